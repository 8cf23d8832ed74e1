"""What the semantic router learns: a linear head over intents, and a fallback threshold.

The head is a multinomial logistic regression on sentence embeddings, as the baselines of
Larson et al. (2019), https://arxiv.org/abs/1909.02027, and Casanueva et al. (2020),
"Efficient Intent Detection with Dual Sentence Encoders", https://arxiv.org/abs/2003.04807.
"""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from router.errors import IncompatibleModel

if TYPE_CHECKING:
    from router.routing.encoder import Vectors

__all__ = ["SemanticModel", "Verdict"]

FORMAT = 1
_ARRAYS, _REST = "semantic.npz", "semantic.json"
_NEAREST = 3
# Keeps logits finite.
_EDGE = 1e-6


@dataclass(frozen=True)
class Verdict:
    """What the model makes of one message.

    Attributes:
        intent: the intent or flow it is most like.
        confidence: that one's probability.
        distance: of the probability from the threshold, on the logit scale; below 0 is unsure.
        route: where that intent's messages go: `calm`, `nlu`, `calm_once` or `nlu_once`.
        nearest: the likeliest intents with their probabilities, best first.
    """

    intent: str
    confidence: float
    distance: float
    route: str
    nearest: tuple[tuple[str, float], ...]

    @property
    def is_sure(self) -> bool:
        """Whether the probability reaches the threshold."""
        return self.distance >= 0


@dataclass(frozen=True, eq=False)
class SemanticModel:
    """A trained head: plain arrays, predicted with by numpy alone.

    Attributes:
        names: intents and flows; `routes` says where each one's messages go.
        weights: one column for each name.
        bias: one number for each name.
        threshold: the least probability that is no doubt.
        encoder: the fingerprint of the encoder whose vectors it takes.
    """

    names: tuple[str, ...]
    routes: tuple[str, ...]
    weights: Vectors
    bias: Vectors
    threshold: float
    encoder: str

    def predict(self, vector: Vectors) -> Verdict:
        """What the message is like.

        Raises:
            IncompatibleModel: the vector hasn't the length of those it was trained with.
        """
        if vector.shape != self.weights.shape[:1]:
            raise IncompatibleModel(
                f"The model takes vectors of {self.weights.shape[0]} numbers, and the encoder "
                f"gives {vector.shape[0]}. Train it again."
            )
        shares = softmax((vector @ self.weights + self.bias)[None, :])[0]
        order = shares.argsort(kind="stable")[::-1][:_NEAREST]
        best = int(order[0])
        confidence = float(shares[best])
        return Verdict(
            intent=self.names[best],
            confidence=confidence,
            distance=logit(confidence) - logit(self.threshold),
            route=self.routes[best],
            nearest=tuple((self.names[each], float(shares[each])) for each in order),
        )

    def save(self, folder: Path) -> None:
        """Writes two files into a folder; neither is a pickle."""
        import numpy as np

        folder.mkdir(parents=True, exist_ok=True)
        np.savez(folder / _ARRAYS, weights=self.weights, bias=self.bias)
        rest = {
            "format": FORMAT,
            "names": self.names,
            "routes": self.routes,
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
                weights, bias = arrays["weights"], arrays["bias"]
            model = cls(
                names=tuple(rest["names"]),
                routes=tuple(rest["routes"]),
                weights=weights,
                bias=bias,
                threshold=float(rest["threshold"]),
                encoder=str(rest["encoder"]),
            )
            count = len(model.names)
            if (
                len(model.routes) != count
                or bias.shape != (count,)
                or weights.shape[1:] != (count,)
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
