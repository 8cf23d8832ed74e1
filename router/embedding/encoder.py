"""Texts to vectors: a small transformer run by onnxruntime.

Mean pooling over the tokens, then length 1, as Reimers and Gurevych (2019),
"Sentence-BERT", https://arxiv.org/abs/1908.10084. Neither torch nor any package's code but
onnxruntime's and tokenizers' is loaded.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

from router.embedding.files import INSTALL, EncoderUnavailable, read_encoder_files

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Vectors = NDArray[np.float32]

__all__ = ["Encoder", "OnnxEncoder", "load_encoder"]

MAX_TOKENS = 128
MAX_CHARACTERS = 4000  # far more than 128 tokens have
MAX_THREADS = 2
_BATCH = 64


@runtime_checkable
class Encoder(Protocol):
    """Makes vectors of texts, the same ones in every process."""

    @property
    def fingerprint(self) -> str:
        """Tells which encoder made a vector: those of two encoders can't be compared."""
        ...

    def encode(self, texts: Sequence[str]) -> Vectors:
        """One row of length 1 for each text."""
        ...


class OnnxEncoder:
    """A BERT-like sentence encoder in ONNX; may be used by several threads at once.

    A text of 10 words takes a few milliseconds on one core. Texts of one length go together,
    so that none is padded: padding costs time, and would change a text's vector slightly.
    """

    def __init__(self, folder: Path | None = None, threads: int = MAX_THREADS) -> None:
        """Loads the encoder in a folder, or the embedded one.

        Args:
            folder: as in `read_encoder_files`.
            threads: at most 2 are used, and no more than there are cores.

        Raises:
            EncoderUnavailable: onnxruntime or tokenizers isn't installed, or a file isn't
                there, isn't the pinned one, or can't be read.
        """
        try:
            # Neither ships types for all it has.
            onnxruntime = import_module("onnxruntime")
            tokenizers = import_module("tokenizers")
        except ImportError as error:
            raise EncoderUnavailable(
                f"The sentence encoder needs the package '{error.name}', which isn't installed. "
                f"Write: {INSTALL}"
            ) from error
        files = read_encoder_files(folder)
        self.fingerprint = files.sha256[:12]
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = max(1, min(threads, MAX_THREADS, os.cpu_count() or 1))
        options.inter_op_num_threads = 1
        # Idle threads would otherwise spin, at the cost of whatever else the server does.
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        try:
            self._tokenizer = tokenizers.Tokenizer.from_str(files.tokenizer)
            self._session = onnxruntime.InferenceSession(
                files.model, options, providers=["CPUExecutionProvider"]
            )
        except Exception as error:  # both raise what they like for a broken file
            place = folder or "the installed packages"
            raise EncoderUnavailable(f"The encoder in {place} can't be read: {error}") from error
        self._tokenizer.no_padding()
        self._tokenizer.enable_truncation(MAX_TOKENS)
        self._inputs = {each.name for each in self._session.get_inputs()}

    def encode(self, texts: Sequence[str]) -> Vectors:
        """As `Encoder.encode`."""
        import numpy as np

        if not texts:
            return np.zeros((0, 0), np.float32)
        ids = [each.ids for each in self._tokenizer.encode_batch([_readable(t) for t in texts])]
        order = sorted(range(len(ids)), key=lambda index: len(ids[index]))
        rows: list[Any] = [None] * len(ids)
        start = 0
        while start < len(order):
            length = len(ids[order[start]])
            stop = start
            while stop < len(order) and len(ids[order[stop]]) == length and stop - start < _BATCH:
                stop += 1
            batch = order[start:stop]
            for index, row in zip(batch, self._run([ids[each] for each in batch]), strict=True):
                rows[index] = row
            start = stop
        return np.asarray(rows, dtype=np.float32).reshape(len(rows), -1)

    def _run(self, ids: list[list[int]]) -> Vectors:
        import numpy as np

        tokens = np.asarray(ids, dtype=np.int64)
        feed = {"input_ids": tokens, "attention_mask": np.ones_like(tokens)}
        if "token_type_ids" in self._inputs:
            feed["token_type_ids"] = np.zeros_like(tokens)
        states = self._session.run(None, feed)[0]
        return unit_rows(states.mean(axis=1) if states.ndim == 3 else states)


@cache
def load_encoder(folder: Path | None = None) -> OnnxEncoder:
    """The encoder in a folder, or the embedded one, loaded once in a process.

    Raises:
        EncoderUnavailable: as `OnnxEncoder`.
    """
    return OnnxEncoder(folder)


def _readable(text: str) -> str:
    """The text without what is cut off anyway, and without halves of characters."""
    return text[:MAX_CHARACTERS].encode("utf-8", "replace").decode()


def unit_rows(rows: Any) -> Vectors:
    """The rows with length 1; those of zeros stay as they are."""
    import numpy as np

    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    scaled: Vectors = (rows / np.maximum(lengths, 1e-12)).astype(np.float32)
    return scaled
