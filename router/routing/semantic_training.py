"""How the semantic router learns: a linear head over intents, and a fallback threshold.

scipy, which comes with Rasa, is needed here and not where the model is used.
"""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module
from typing import TYPE_CHECKING, Any

from router.routing.semantic_configuration import Objective, SemanticRouterConfig
from router.routing.semantic_model import SemanticModel, softmax

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from router.routing.encoder import Vectors

__all__ = ["best_threshold", "fit", "fit_head"]

# Chosen on the validation part of CLINC150. Ending early is part of the regularisation.
STRENGTH = 10.0
STEPS = 60
FOLDS = 4
# For `catch_out_of_scope`: both kinds of message count alike, however few of the training data
# are out of scope. Not tuned on any data.
OUTSIDE_SHARE = 0.5


def fit(
    names: Sequence[str],
    vectors: Vectors,
    *,
    config: SemanticRouterConfig,
    encoder: str,
    flows: Sequence[str] = (),
) -> SemanticModel:
    """Learns which intent a message means, and when to doubt it.

    The threshold is fitted for the configuration's objective on messages that the head, by
    cross-validation, hadn't learnt from. Messages that are out of scope are a class of their
    own too. Without any, those of intents hidden from the head stand for them, as in Lin and
    Xu (2019), "Deep Unknown Intent Detection with Margin Loss",
    https://arxiv.org/abs/1906.00434; they count for `catch_out_of_scope` only, since how
    often they occur isn't known.

    Args:
        names: the intent or flow that each message means.
        vectors: one row of length 1 for each message.
        config: lists, objective and what to do when in doubt.
        encoder: the fingerprint of the encoder that made the vectors.
        flows: names that start a flow; those in no list go to CALM.

    Raises:
        ValueError: there is no message, or only one intent.
    """
    import numpy as np

    classes, targets = np.unique(np.asarray(names), return_inverse=True)
    if len(classes) < 2:
        raise ValueError("A semantic router needs messages of at least two intents or flows.")
    outcomes = config.outcomes()
    routes = [
        outcomes.get(name, "calm" if name in flows else config.unlisted)
        for name in classes.tolist()
    ]
    outside = np.isin(classes, [item.name for item in config.out_of_scope])
    threshold = config.threshold
    if threshold is None:
        threshold = _fitted(vectors, targets, routes, outside, config)
    weights, bias = fit_head(vectors, targets, len(classes))
    return SemanticModel(
        names=tuple(classes.tolist()),
        routes=tuple(routes),
        weights=weights,
        bias=bias,
        threshold=float(threshold),
        encoder=encoder,
    )


def fit_head(
    vectors: Vectors, targets: NDArray[np.intp], count: int, strength: float = STRENGTH
) -> tuple[Vectors, Vectors]:
    """Multinomial logistic regression with an L2 penalty, by L-BFGS.

    Args:
        vectors: one row for each message.
        targets: the number of each message's class, from 0.
        count: how many classes there are.
        strength: the inverse of the penalty, summed over messages as in scikit-learn's `C`.

    Returns:
        One column of weights for each class, and their biases.
    """
    import numpy as np

    minimize = import_module("scipy.optimize").minimize  # it ships no types
    rows = np.hstack([vectors, np.ones((len(vectors), 1), np.float32)]).astype(np.float32)
    shape = rows.shape[1], count
    each = np.arange(len(targets))

    def loss(flat: Any) -> tuple[float, Any]:
        weights = flat.reshape(shape).astype(np.float32)
        shares = softmax(rows @ weights)
        penalty = 0.5 / strength * float((weights[:-1] ** 2).sum())
        value = penalty - float(np.log(shares[each, targets] + 1e-12).sum())
        shares[each, targets] -= 1
        slope = rows.T @ shares
        slope[:-1] += weights[:-1] / strength
        return value / len(targets), (slope / len(targets)).ravel().astype(np.float64)

    found = minimize(
        loss, np.zeros(shape[0] * count), jac=True, method="L-BFGS-B", options={"maxiter": STEPS}
    )
    weights = found.x.reshape(shape).astype(np.float32)
    return weights[:-1], weights[-1]


def best_threshold(confidence: Any, right_if_sure: Any, right_if_unsure: Any, weight: Any) -> float:
    """The threshold below which being unsure pays most; the lowest of equally good ones.

    Args:
        confidence: the top probability of each message.
        right_if_sure: whether its route would be right.
        right_if_unsure: whether going where doubtful messages go would be right.
        weight: how much it counts.
    """
    import numpy as np

    order = np.argsort(confidence, kind="stable")
    sure, unsure = (
        np.concatenate([[0.0], np.cumsum((np.asarray(right) * weight)[order])])
        for right in (right_if_sure, right_if_unsure)
    )
    gains = unsure + sure[-1] - sure
    # A cut between two equal confidences can't be made.
    ranked = np.asarray(confidence)[order]
    possible = np.concatenate([[True], ranked[1:] > ranked[:-1], [True]])
    cut = int(np.argmax(np.where(possible, gains.round(9), -np.inf)))
    if cut == 0:
        return 0.0
    upper = ranked[cut] if cut < len(ranked) else 1.0
    return float((ranked[cut - 1] + upper) / 2)


def _fitted(
    vectors: Vectors,
    targets: NDArray[np.intp],
    routes: Sequence[str],
    outside: Any,
    config: SemanticRouterConfig,
) -> float:
    import numpy as np

    given = np.asarray(routes)
    is_outside = outside[targets]
    counts = np.bincount(targets)
    # Messages that are the only one of their intent tell nothing when they're left out.
    if np.median(counts) < 2:
        return 0.0
    folds = min(FOLDS, int(np.median(counts)))
    top, confidence = _held_out(vectors, targets, len(routes), _spread(targets, folds), folds)
    sure = given[top] == np.where(is_outside, config.unsure, given[targets])
    unsure = np.where(is_outside, True, given[targets] == config.unsure)
    if config.objective == "catch_out_of_scope" and not is_outside.any():
        hidden = _by_intent(len(routes), folds)[targets]
        _, doubt = _held_out(vectors, targets, len(routes), hidden, folds)
        confidence = np.concatenate([confidence, doubt])
        sure = np.concatenate([sure, np.zeros(len(doubt), bool)])
        unsure = np.concatenate([unsure, np.ones(len(doubt), bool)])
        is_outside = np.arange(len(confidence)) >= len(doubt)
    return best_threshold(confidence, sure, unsure, _weights(is_outside, config.objective))


def _weights(is_outside: Any, objective: Objective) -> Any:
    """What each message counts: as often as it occurs, or a fixed share for what is outside."""
    import numpy as np

    if objective == "accuracy":
        return np.ones(len(is_outside))
    outside, inside = max(int(is_outside.sum()), 1), max(int((~is_outside).sum()), 1)
    return np.where(is_outside, OUTSIDE_SHARE / outside, (1 - OUTSIDE_SHARE) / inside)


def _held_out(
    vectors: Vectors, targets: NDArray[np.intp], count: int, fold_of: Any, folds: int
) -> tuple[Any, Any]:
    """The top class and its probability for each message, by heads that hadn't seen its fold."""
    import numpy as np

    top = np.zeros(len(targets), np.intp)
    confidence = np.zeros(len(targets))
    for fold in range(folds):
        out = fold_of == fold
        known, learnt = np.unique(targets[~out], return_inverse=True)
        if not out.any() or len(known) < 2:
            continue
        # Fewer messages would otherwise mean a stronger penalty, and less confidence.
        strength = STRENGTH * len(targets) / max(int((~out).sum()), 1)
        weights, bias = fit_head(vectors[~out], learnt, len(known), strength)
        shares = softmax(vectors[out] @ weights + bias)
        top[out] = known[shares.argmax(axis=1)]
        confidence[out] = shares.max(axis=1)
    return top, confidence


def _spread(targets: NDArray[np.intp], folds: int) -> Any:
    """A fold for each message, each intent's spread evenly over them; the same in every run."""
    import numpy as np

    draw = np.random.default_rng(0)
    fold_of = np.zeros(len(targets), np.intp)
    for target in range(int(targets.max()) + 1):
        members = draw.permutation(np.flatnonzero(targets == target))
        fold_of[members] = (np.arange(len(members)) + target) % folds
    return fold_of


def _by_intent(count: int, folds: int) -> Any:
    """A fold for each intent; the same in every run."""
    import numpy as np

    return np.random.default_rng(0).permutation(count) % folds
