"""What `import router` costs."""

from __future__ import annotations

import statistics
import subprocess
import sys
from collections.abc import Iterator

from benchmarks.figures import Figure

_SCRIPT = """
import sys, time
start = time.perf_counter()
import router
print(time.perf_counter() - start)
assert not {"tensorflow", "rasa"} & set(sys.modules)
"""


def measure() -> Iterator[Figure]:
    """The median of seven fresh interpreters."""
    runs = [
        float(subprocess.run([sys.executable, "-c", _SCRIPT], stdout=-1, check=True).stdout)
        for _ in range(7)
    ]
    yield Figure("import router", statistics.median(runs), "s", 0.3, "without TensorFlow")
