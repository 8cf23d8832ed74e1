"""How the values in a condition compare.

Slots hold what a language model or a user wrote, so 10 and "10" are equal, and so are
true and "true"; null equals nothing else, and true is no 1.
"""

from __future__ import annotations

import enum
import operator
import re
import warnings
from collections.abc import Callable, Iterable, Mapping, Set
from typing import Any, Final, Literal, Union

from router.flows.condition_tokens import as_number

__all__ = ["EMPTY", "CannotEvaluate", "LiteralValue", "contains", "equal", "ordering", "pattern"]

PATTERN_SECONDS = 0.05
MAX_PATTERN_LENGTH = 500
MAX_PATTERN_SIZE = 10_000


class Empty(enum.Enum):
    """The constant `empty`, equal to every text, list, set and mapping of length 0."""

    EMPTY = "empty"


EMPTY: Final = Empty.EMPTY

LiteralValue = Union[str, int, float, bool, None, Empty]

_BOOLEANS = {"true": True, "false": False}
_ORDERS: dict[str, Callable[[Any, Any], Any]] = {
    ">": operator.gt,
    ">=": operator.ge,
    "<": operator.lt,
    "<=": operator.le,
}
_COUNT_OR_ITEM = re.compile(
    r"""
    \\.
  | \[\^?\]?(?:\\.|[^\]\\])*\]
  | \(\?\#[^)]*\)
  | (?P<open>\()
  | (?P<close>\))
  | \{(?P<least>[0-9]*)(?:,[0-9]*)?\}
  | .
    """,
    re.VERBOSE | re.DOTALL,
)


class CannotEvaluate(Exception):
    """Values that don't compare; its text names types, never values."""


def equal(left: Any, right: Any, ignore_case: bool = False) -> bool:
    """Whether two values are equal; raises nothing for values that JSON can hold."""
    if isinstance(left, str) and isinstance(right, str):
        return left == right or (ignore_case and left.casefold() == right.casefold())
    if left is None or right is None:
        return left is right
    if left is EMPTY:
        return _is_empty(right)
    if right is EMPTY:
        return _is_empty(left)
    if isinstance(left, bool) or isinstance(right, bool):
        return _as_bool(left) is _as_bool(right)
    if isinstance(left, str) and isinstance(right, (int, float)):
        return as_number(left) == right
    if isinstance(right, str) and isinstance(left, (int, float)):
        return left == as_number(right)
    return bool(left == right)


def ordering(sign: Literal[">", ">=", "<", "<="]) -> Callable[[Any, Any], bool]:
    """The order of two numbers or two texts; it raises CannotEvaluate for others."""
    compare = _ORDERS[sign]

    def holds(left: Any, right: Any) -> bool:
        if (_is_number(left) and _is_number(right)) or (
            isinstance(left, str) and isinstance(right, str)
        ):
            return bool(compare(left, right))
        raise CannotEvaluate(f"{sign} compares {_kind(left)} with {_kind(right)}")

    return holds


def contains(container: Any, item: Any, ignore_case: bool = False) -> bool:
    """Whether a list, set or mapping has an item, or a text a part of it.

    Null contains nothing. Raises CannotEvaluate for what can't contain the item.
    """
    if container is None:
        return False
    if isinstance(container, str):
        if _is_number(item):
            item = str(item)
        if not isinstance(item, str):
            raise CannotEvaluate(f"contains looks for {_kind(item)} in text")
        return item in container or (ignore_case and item.casefold() in container.casefold())
    if not isinstance(container, (list, tuple, Set, Mapping)):
        raise CannotEvaluate(f"contains looks into {_kind(container)}")
    return any(equal(each, item, ignore_case) for each in container)


def pattern(source: str) -> Callable[[Any], bool]:
    """A test whether a text matches a regular expression anywhere, in bounded time.

    Null matches nothing. Raises ValueError, saying why, for an expression that can't be
    used; the test raises CannotEvaluate for values that aren't text, and after 50 ms.
    """
    if len(source) > MAX_PATTERN_LENGTH:
        raise ValueError(f"it has {len(source)} characters; write at most {MAX_PATTERN_LENGTH}")
    search = _compiled(source).search

    def matches(value: Any) -> bool:
        if isinstance(value, str):
            try:
                return search(value, timeout=PATTERN_SECONDS) is not None
            except TimeoutError:
                reason = f"a regular expression took over {PATTERN_SECONDS} seconds"
                raise CannotEvaluate(reason) from None
        if value is None:
            return False
        raise CannotEvaluate(f"matches is given {_kind(value)}")

    return matches


def _compiled(source: str) -> Any:
    # Importing it takes 75 ms, and most assistants have no `matches`.
    import regex

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            # Rasa's dialect is that of re: what only regex knows (recursion, fuzzy
            # matches) is refused, and what re knows is searched by regex.
            verbose = re.compile(source).flags & re.VERBOSE
            _check_size(source)
            if not verbose:
                return regex.compile(source)
    except (re.error, regex.error) as error:
        raise ValueError(str(error)) from None
    except (OverflowError, RecursionError, MemoryError):
        raise ValueError("it is too large") from None
    raise ValueError("write it without the flag x")


def _check_size(source: str) -> None:
    """Raises ValueError if counts such as `(a{1000}){1000}`, which regex writes out, grow large."""
    sizes, lasts = [0], [0]
    for found in _COUNT_OR_ITEM.finditer(source):
        size = 1
        if found["open"]:
            sizes.append(0)
            lasts.append(0)
            continue
        if found["close"] and len(sizes) > 1:
            size = sizes.pop()
            lasts.pop()
        elif found["least"] is not None:
            # Bounds on the digits too: Python refuses to convert thousands of them.
            times = int(found["least"][:9] or 0)
            size = lasts[-1] * max(times - 1, 0)
            lasts[-1] += size
            sizes[-1] += size
            continue
        sizes[-1] += size
        lasts[-1] = size
        if sizes[-1] > MAX_PATTERN_SIZE:
            break
    if sum(sizes) > MAX_PATTERN_SIZE:
        raise ValueError("its counts in braces multiply too far; write smaller ones")


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _is_empty(value: Any) -> bool:
    return value is EMPTY or (isinstance(value, (str, list, tuple, Set, Mapping)) and not value)


def _as_bool(value: Any) -> bool | None:
    if isinstance(value, bool):
        return value
    return _BOOLEANS.get(value.strip().lower()) if isinstance(value, str) else None


def _kind(value: Any) -> str:
    kinds: Iterable[tuple[Any, str]] = (
        (type(None), "null"),
        (bool, "a boolean"),
        ((int, float), "a number"),
        (str, "text"),
    )
    return next((name for kind, name in kinds if isinstance(value, kind)), type(value).__name__)
