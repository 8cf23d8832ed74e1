"""How the semantic router learns: a head over intents, its calibration, a fallback threshold.

scipy, which comes with Rasa, is needed here and not where the model is used.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib import import_module
from typing import TYPE_CHECKING, Any

from router.embedding.encoder import unit_rows
from router.routing.semantic_configuration import SemanticRouterConfig
from router.routing.semantic_model import Head, SemanticModel, softmax

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from router.embedding.encoder import Vectors

__all__ = ["best_threshold", "calibrated", "fit", "fit_head"]

# Chosen on the validation part of CLINC150. Ending early is part of the regularisation.
STRENGTH = 10.0
STEPS = 60
FOLDS = 4
# For `catch_out_of_scope`: how often live messages are taken to be out of scope, however few of
# the training data are. A round guess, fitted to no data.
OUTSIDE_SHARE = 0.2
# Messages of hidden intents stand in for so many that are out of scope, unless there are MANY.
# Chosen on the validation part of CLINC150, with 3 and 10 examples an intent.
STAND_INS, MANY = 10, 200
# What calibration expects before it has seen anything: a slope, and how sure it is of it.
_SLOPE, _SPREAD = 0.5, 0.25
# Where nothing can be held out: a likeness of 0.6 alone says as much for as against.
_UNFITTED = (_SLOPE, -9.0 * _SLOPE)


def fit(
    names: Sequence[str],
    vectors: Vectors,
    *,
    config: SemanticRouterConfig,
    encoder: str,
    flows: Mapping[str, str] | None = None,
) -> SemanticModel:
    """Learns which intent a message means, and when to doubt it.

    On messages that the head, by cross-validation, hadn't learnt from, its sureness is made a
    probability of being right (Platt 1999, "Probabilistic Outputs for Support Vector
    Machines"), and the threshold fitted for the configuration's objective. Messages that are
    out of scope are a class of their own too. For `catch_out_of_scope`, those of intents
    hidden from the head stand in for what there are few of, as in Lin and Xu (2019), "Deep
    Unknown Intent Detection with Margin Loss", https://arxiv.org/abs/1906.00434.

    Args:
        names: the intent or flow that each message means.
        vectors: one row of length 1 for each message.
        config: lists, objective and what to do when in doubt.
        encoder: the fingerprint of the encoder that made the vectors.
        flows: names that start a flow, and which. They go where the flow is listed, if they
            aren't themselves, and to CALM if neither is.

    Raises:
        ValueError: there is no message, or only one intent.
    """
    import numpy as np

    classes, targets = np.unique(np.asarray(names), return_inverse=True)
    if len(classes) < 2:
        raise ValueError("A semantic router needs messages of at least two intents or flows.")
    outcomes, flows = config.outcomes(), flows or {}
    routes = [
        outcomes.get(name)
        or outcomes.get(flows.get(name, ""))
        or ("calm" if name in flows else config.unlisted)
        for name in classes.tolist()
    ]
    in_scope = ~np.isin(classes, [item.name for item in config.out_of_scope])
    if in_scope.sum() < 2:
        raise ValueError("A semantic router needs two intents or flows that aren't out of scope.")
    slope, offset, threshold = _fitted(vectors, targets, routes, in_scope, config)
    return SemanticModel(
        names=tuple(classes.tolist()),
        routes=tuple(routes),
        flows=tuple(flows.get(name) for name in classes.tolist()),
        head=_head(vectors, targets, in_scope),
        slope=slope,
        offset=offset,
        threshold=threshold if config.threshold is None else config.threshold,
        encoder=encoder,
    )


def _head(vectors: Vectors, targets: Any, in_scope: Any, strength: float = STRENGTH) -> Head:
    import numpy as np

    weights, bias = fit_head(vectors, targets, len(in_scope), strength)
    sums = np.zeros((len(in_scope), vectors.shape[1]), np.float32)
    np.add.at(sums, targets, vectors)
    return Head(weights, bias, unit_rows(sums), in_scope)


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

    If it never pays, it's the least confidence seen: what is less sure is like nothing known.

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
        return float(ranked[0])
    upper = ranked[cut] if cut < len(ranked) else 1.0
    return float((ranked[cut - 1] + upper) / 2)


def _fitted(
    vectors: Vectors,
    targets: NDArray[np.intp],
    routes: Sequence[str],
    in_scope: Any,
    config: SemanticRouterConfig,
) -> tuple[float, float, float]:
    """Slope and offset of the calibration, and the threshold."""
    import numpy as np

    given = np.asarray(routes)
    is_outside = ~in_scope[targets]
    middle = int(np.median(np.bincount(targets)))
    # Messages that are the only one of their intent tell nothing when they're left out.
    if middle < 2:
        return (*_UNFITTED, 0.5)
    folds = min(FOLDS, middle)
    top, sureness = _held_out(vectors, targets, in_scope, _spread(targets, folds), folds)
    sure = (given[top] == given[targets]) & ~is_outside
    unsure = np.where(is_outside, True, given[targets] == config.unsure)
    slope, offset = calibrated(sureness, sure)
    weights = np.ones(len(sureness))
    if config.objective == "catch_out_of_scope":
        known = int(is_outside.sum())
        hidden = np.zeros(0)
        if known < MANY:
            by_intent = _by_intent(len(routes), folds)[targets]
            hidden = _held_out(vectors, targets, in_scope, by_intent, folds)[1][~is_outside]
        stand_ins = STAND_INS if len(hidden) else 0
        weights = np.where(
            is_outside,
            OUTSIDE_SHARE / max(known + stand_ins, 1),
            (1 - OUTSIDE_SHARE) / (~is_outside).sum(),
        )
        share = OUTSIDE_SHARE * stand_ins / max(known + stand_ins, 1)
        weights = np.append(weights, np.full(len(hidden), share / max(len(hidden), 1)))
        sureness = np.append(sureness, hidden)
        sure = np.append(sure, np.zeros(len(hidden), bool))
        unsure = np.append(unsure, np.ones(len(hidden), bool))
    confidence = 1 / (1 + np.exp(-(slope * sureness + offset)))
    return slope, offset, best_threshold(confidence, sure, unsure, weights)


def calibrated(sureness: Any, right: Any) -> tuple[float, float]:
    """Slope and offset that make a logit of being right; targets kept off 0 and 1 as Platt's.

    Where hardly any is wrong, the data don't tell how fast doubt grows; an expected slope
    then keeps what is like nothing known from being taken for sure.
    """
    import numpy as np

    minimize = import_module("scipy.optimize").minimize
    yes, no = float(right.sum()), float((~right).sum())
    wanted = np.where(right, (yes + 1) / (yes + 2), 1 / (no + 2))
    middle = float(sureness.mean())
    centred = sureness - middle

    def loss(line: Any) -> tuple[float, Any]:
        logits = line[0] * centred + line[1]
        unexpected = (line[0] - _SLOPE) / _SPREAD
        value = (np.logaddexp(0, logits) - wanted * logits).sum() + unexpected**2 / 2
        error = 1 / (1 + np.exp(-logits)) - wanted
        slope = (error * centred).sum() + unexpected / _SPREAD
        return float(value), np.array([slope, error.sum()])

    # Being surer never means being less often right.
    bounds = [(1e-3, None), (None, None)]
    found = minimize(loss, np.array([_SLOPE, 0.0]), jac=True, method="L-BFGS-B", bounds=bounds).x
    return float(found[0]), float(found[1] - found[0] * middle)


def _held_out(
    vectors: Vectors, targets: NDArray[np.intp], in_scope: Any, fold_of: Any, folds: int
) -> tuple[Any, Any]:
    """The best name and the sureness for each message, by heads that hadn't seen its fold."""
    import numpy as np

    top = np.zeros(len(targets), np.intp)
    sureness = np.zeros(len(targets))
    for fold in range(folds):
        out = fold_of == fold
        known, learnt = np.unique(targets[~out], return_inverse=True)
        if not out.any() or not in_scope[known].any() or len(known) < 2:
            continue
        # Fewer messages would otherwise mean a stronger penalty, and less confidence.
        strength = STRENGTH * len(targets) / max(int((~out).sum()), 1)
        head = _head(vectors[~out], learnt, in_scope[known], strength)
        found, sureness[out] = head.sureness(vectors[out], head.shares(vectors[out]))
        top[out] = known[found]
    return top, sureness


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
