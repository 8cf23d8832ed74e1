"""Policies that take long aren't asked where what they'd say can't count: for tests.

Of predictions that are equally sure, Rasa takes that of the policy of higher priority; where
such a policy is certain, TED's and UnexpecTED's are thrown away. They are asked after the others
instead of before or among them, and abstain then.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from rasa.core.policies.policy import Policy, PolicyPrediction
from rasa.engine.graph import GraphNode
from rasa.engine.runner.dask import DaskGraphRunner
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import ActionExecuted, ActionExecutionRejected
from rasa.shared.core.trackers import DialogueStateTracker

__all__ = ["ask_only_if_it_counts"]

_SLOW = frozenset({"TEDPolicy", "UnexpecTEDIntentPolicy"})
_OTHER = "prediction of "  # the input by which a slow policy gets to know another's


def ask_only_if_it_counts(runner: DaskGraphRunner, target: str) -> None:
    """Lets slow policies wait for the others, and abstain where one of those outvotes them.

    Args:
        runner: of a loaded model whose policies weren't trained on texts (those that were may
            overrule a certain prediction).
        target: the node that chooses among the predictions.
    """
    schema = runner._graph_schema.nodes
    nodes = runner._instantiated_nodes
    names = [n for n in schema[target].needs.values() if isinstance(_policy(nodes.get(n)), Policy)]
    slow = [name for name in names if schema[name].uses.__name__ in _SLOW]
    others = {f"{_OTHER}{name}": name for name in names if name not in slow}
    for name in slow:
        node = nodes[name]
        schema[name].needs = node._inputs = {**schema[name].needs, **others}
        node._fn = _abstaining(node._fn)


def _policy(node: GraphNode | None) -> object:
    return node._component if node is not None else None


def _abstaining(ask: Callable[..., PolicyPrediction]) -> Callable[..., PolicyPrediction]:
    def predict(
        policy: Policy, *, tracker: DialogueStateTracker, domain: Domain, **given: Any
    ) -> PolicyPrediction:
        others = [given.pop(name) for name in [*given] if name.startswith(_OTHER)]
        if any(_outvotes(other, policy) for other in others) and not _is_rejected(tracker):
            return policy._prediction(policy._default_predictions(domain))
        return ask(policy, tracker=tracker, domain=domain, **given)

    return predict


def _outvotes(prediction: PolicyPrediction, policy: Policy) -> bool:
    return prediction.max_confidence >= 1.0 and prediction.policy_priority > policy.priority


def _is_rejected(tracker: DialogueStateTracker) -> bool:
    """Whether a form gave back its turn: no prediction of its action counts then."""
    kinds = ActionExecuted, ActionExecutionRejected
    last = next((event for event in reversed(tracker.events) if isinstance(event, kinds)), None)
    return isinstance(last, ActionExecutionRejected)
