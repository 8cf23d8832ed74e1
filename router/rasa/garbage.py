"""Python's garbage collector, kept from what a model is made of.

A full collection looks at every object there is: with TensorFlow and a model loaded that
takes half a second, in which no conversation goes on. What was loaded stays anyway.
https://docs.python.org/3/library/gc.html#gc.freeze
"""

from __future__ import annotations

import gc
from typing import Any


def spare_what_is_loaded() -> None:
    """To be called once for each model, when all of it is there.

    Where it replaces another one, that may be garbage by now: what survives the next full
    collection is spared from then on.
    """
    if _spare_survivors in gc.callbacks:
        return
    if gc.get_freeze_count() == 0:
        gc.freeze()
        return
    gc.unfreeze()
    gc.callbacks.append(_spare_survivors)


def _spare_survivors(phase: str, info: dict[str, Any]) -> None:
    if phase == "stop" and info["generation"] == 2:
        gc.callbacks.remove(_spare_survivors)
        gc.freeze()
