"""Whether a slot's value is the one that a test writes."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from router.flows.yaml_scalars import scalar_value

__all__ = ["same_value"]


def same_value(expected: Any, given: Any) -> bool:
    """Whether the two would be written alike in YAML.

    `50` is `50.0` and the text `"50"`, `true` is the text `"true"`, but not the number 1; two
    texts are compared to the letter, null is only null.
    """
    if expected is None or given is None:
        return expected is given
    if isinstance(expected, str) != isinstance(given, str):
        return _same_word(expected, given)
    if isinstance(expected, bool) or isinstance(given, bool):
        return expected is given
    if isinstance(expected, (int, float)) and isinstance(given, (int, float)):
        return expected == given or math.isclose(expected, given, rel_tol=1e-9)
    if isinstance(expected, Mapping) and isinstance(given, Mapping):
        return expected.keys() == given.keys() and all(
            same_value(value, given[key]) for key, value in expected.items()
        )
    if isinstance(expected, (list, tuple)) and isinstance(given, (list, tuple)):
        return len(expected) == len(given) and all(map(same_value, expected, given))
    return bool(expected == given)


def _same_word(expected: Any, given: Any) -> bool:
    """A text and something else: alike if the text, without quotes, would be that."""
    text, other = (expected, given) if isinstance(expected, str) else (given, expected)
    word = scalar_value(text.strip())
    return word is not None and not isinstance(word, str) and same_value(word, other)
