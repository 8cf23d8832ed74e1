"""What the semantic router learns: a linear head over intents, and when to doubt it.

The head is a multinomial logistic regression on sentence embeddings, as the baselines of
Larson et al. (2019), https://arxiv.org/abs/1909.02027, and Casanueva et al. (2020),
"Efficient Intent Detection with Dual Sentence Encoders", https://arxiv.org/abs/2003.04807. How
sure it is depends on the head and on the nearest intent's mean vector: a message that is like
nothing known may still get a high probability, for lack of an alternative (Podolskiy et al.
2021, "Revisiting Mahalanobis Distance for Transformer-Based Out-of-Domain Detection",
https://arxiv.org/abs/2101.03778).
"""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from router.errors import IncompatibleModel

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from router.embedding.encoder import Vectors

__all__ = ["Head", "SemanticModel", "Verdict"]

FORMAT = 2
_ARRAYS, _REST = "semantic.npz", "semantic.json"
_HEAD = ("weights", "bias", "means", "in_scope")
_NEAREST = 3
# What a likeness (cosine) of 1 adds to the logit of the top probability. Chosen by the area
# under the ROC curve on the validation part of CLINC150, with 3, 10 and 100 examples an intent;
# anything from 10 to 30 does as well.
_LIKENESS = 15.0
# Keeps logits finite.
_EDGE = 1e-6


@dataclass(frozen=True)
class Verdict:
    """What the model makes of one message.

    Attributes:
        intent: the intent or flow it is most like.
        confidence: the probability that this is so, calibrated at training.
        distance: of the confidence from the threshold, on the logit scale; below 0 is unsure.
        route: where that intent's messages go: `calm`, `nlu`, `calm_once` or `nlu_once`.
        flow: the flow that the intent starts, if any.
        nearest: the likeliest intents with the head's probabilities, best first.
    """

    intent: str
    confidence: float
    distance: float
    route: str
    flow: str | None
    nearest: tuple[tuple[str, float], ...]

    @property
    def is_sure(self) -> bool:
        """Whether the confidence reaches the threshold."""
        return self.distance >= 0


@dataclass(frozen=True, eq=False)
class Head:
    """A linear classifier over names, and the names' mean vectors.

    Attributes:
        weights: one column for each name.
        bias: one number for each name.
        means: one row of length 1 for each name.
        in_scope: for each name whether messages can mean it; the others only raise doubt.
    """

    weights: Vectors
    bias: Vectors
    means: Vectors
    in_scope: NDArray[np.bool_]

    def shares(self, vectors: Vectors) -> Vectors:
        """Each name's probability, one row a message."""
        shares: Vectors = softmax(vectors @ self.weights + self.bias)
        return shares

    def sureness(self, vectors: Vectors, shares: Any) -> tuple[Any, Any]:
        """For each message the best name in scope, and how sure that is; on no fixed scale."""
        import numpy as np

        best = np.where(self.in_scope, shares, -1).argmax(axis=1)
        top = np.clip(shares[np.arange(len(best)), best], _EDGE, 1 - _EDGE)
        likeness = (vectors @ self.means[self.in_scope].T).max(axis=1)
        return best, np.log(top / (1 - top)) + _LIKENESS * likeness


@dataclass(frozen=True, eq=False)
class SemanticModel:
    """A trained head: plain arrays, predicted with by numpy alone.

    Attributes:
        names: intents and flows; `routes` says where each one's messages go, `flows` what
            each one starts.
        head: tells the names apart.
        slope: with `offset`, makes a logit of the head's sureness (Platt scaling).
        offset: see `slope`.
        threshold: the least confidence that is no doubt.
        encoder: the fingerprint of the encoder whose vectors it takes.
    """

    names: tuple[str, ...]
    routes: tuple[str, ...]
    flows: tuple[str | None, ...]
    head: Head
    slope: float
    offset: float
    threshold: float
    encoder: str

    def predict(self, vector: Vectors) -> Verdict:
        """What the message is like.

        Raises:
            IncompatibleModel: the vector hasn't the length of those it was trained with.
        """
        if vector.shape != self.head.weights.shape[:1]:
            raise IncompatibleModel(
                f"The model takes vectors of {self.head.weights.shape[0]} numbers, and the encoder "
                f"gives {vector.shape[0]}. Train it again."
            )
        vectors = vector[None, :]
        shares = self.head.shares(vectors)
        found, sureness = self.head.sureness(vectors, shares)
        best = int(found[0])
        scaled = self.slope * float(sureness[0]) + self.offset
        order = shares[0].argsort(kind="stable")[::-1][:_NEAREST]
        return Verdict(
            intent=self.names[best],
            confidence=1 / (1 + math.exp(-max(-50.0, min(50.0, scaled)))),
            distance=scaled - logit(self.threshold),
            route=self.routes[best],
            flow=self.flows[best],
            nearest=tuple((self.names[each], float(shares[0][each])) for each in order),
        )

    def save(self, folder: Path) -> None:
        """Writes two files into a folder; neither is a pickle."""
        import numpy as np

        folder.mkdir(parents=True, exist_ok=True)
        arrays = {name: getattr(self.head, name) for name in _HEAD}
        np.savez(folder / _ARRAYS, **arrays)
        rest = {
            "format": FORMAT,
            "names": self.names,
            "routes": self.routes,
            "flows": self.flows,
            "slope": self.slope,
            "offset": self.offset,
            "threshold": self.threshold,
            "encoder": self.encoder,
        }
        (folder / _REST).write_text(json.dumps(rest, indent=1) + "\n", encoding="utf-8")

    @classmethod
    def load(cls, folder: Path) -> SemanticModel:
        """Reads what `save` wrote.

        Raises:
            IncompatibleModel: the files aren't there, or aren't what this version writes.
        """
        import zipfile

        import numpy as np

        try:
            rest = json.loads((folder / _REST).read_text(encoding="utf-8"))
            if rest["format"] != FORMAT:
                raise ValueError(f"format {rest['format']} instead of {FORMAT}")
            with np.load(folder / _ARRAYS, allow_pickle=False) as arrays:
                head = Head(*(arrays[name] for name in _HEAD))
            model = cls(
                names=tuple(rest["names"]),
                routes=tuple(rest["routes"]),
                flows=tuple(rest["flows"]),
                head=head,
                slope=float(rest["slope"]),
                offset=float(rest["offset"]),
                threshold=float(rest["threshold"]),
                encoder=str(rest["encoder"]),
            )
            count = len(model.names)
            shapes = (head.bias.shape, head.in_scope.shape, head.weights.shape[1:])
            if (
                {len(model.routes), len(model.flows)} != {count}
                or set(shapes) != {(count,)}
                or len(head.means) != count
            ):
                raise ValueError("the arrays don't fit the names")
        except (OSError, ValueError, KeyError, TypeError, zipfile.BadZipFile) as error:
            raise IncompatibleModel(
                f"The semantic router's model in {folder} can't be read: {error}. Train it again."
            ) from error
        return model


def softmax(scores: Any) -> Any:
    """Rows of scores as rows of probabilities."""
    import numpy as np

    shares = scores - scores.max(axis=1, keepdims=True)
    np.exp(shares, out=shares)
    shares /= shares.sum(axis=1, keepdims=True)
    return shares


def logit(share: float) -> float:
    """A probability on the logit scale, kept finite."""
    share = min(max(share, _EDGE), 1 - _EDGE)
    return math.log(share / (1 - share))
