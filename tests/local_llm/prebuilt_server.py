"""llama.cpp's server in Python over libraries that weren't compiled for it.

Run by the server's own Python, with the libraries' folder first and the server's arguments
after it.
"""

import ctypes
import os
import runpy
import sys
from pathlib import Path

folder = Path(sys.argv.pop(1))
(llama,) = folder.glob("libllama.v*.so")
if not (folder / "libllama.so").exists():  # the name the bindings look for
    (folder / "libllama.so").symlink_to(llama.name)
os.environ["LLAMA_CPP_LIB_PATH"] = str(folder)

(ggml,) = folder.glob("libggml.v*.so")
backends = ctypes.CDLL(str(ggml), mode=ctypes.RTLD_GLOBAL)
backends.ggml_backend_load_all_from_path.argtypes = [ctypes.c_char_p]
backends.ggml_backend_load_all_from_path(str(folder).encode())


class Library(ctypes.CDLL):
    """The bindings name a few newer functions, which serving never calls."""

    def __getattr__(self, name):
        try:
            return super().__getattr__(name)
        except AttributeError:
            if name.startswith("__"):
                raise
            return ctypes.CFUNCTYPE(None)(lambda *arguments: None)


ctypes.CDLL = Library
runpy.run_module("llama_cpp.server", run_name="__main__")
