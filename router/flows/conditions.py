"""Conditions of flows, of their branches and of rejections.

The language is that of pypred, as CALM's flows use it: `slots.amount > 10 and not
slots.confirmed`. It is parsed once, into functions; nothing is ever passed to `eval`.
Documentation: https://rasa.com/docs/pro/build/writing-flows
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Container, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from router.errors import InvalidCondition
from router.flows.condition_functions import Test
from router.flows.condition_syntax import LiteralComparison, Parsed, parse
from router.flows.condition_templates import is_template, read_template
from router.flows.condition_tokens import check_characters
from router.flows.condition_values import EMPTY, CannotEvaluate, LiteralValue

__all__ = ["EMPTY", "Condition", "LiteralComparison", "LiteralValue", "parse_condition"]

logger = logging.getLogger(__name__)

# Conditions are looked up by their text as they are needed, and thousands of flows have
# thousands of them, of some kilobytes each. What users said may be in rendered ones.
KEPT = 8192
MAX_KEPT_LENGTH = 200

_NO_CATEGORICAL: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Condition:
    """A parsed condition; make one with `parse_condition`.

    `names` are the slots and context values it uses, as written (`slots.amount`),
    without those that a template makes up. `mixes_and_or` tells of an `a and b or c`
    without parentheses, which pypred groups as `a and (b or c)`, and this package, as
    everyone else, as `(a and b) or c`.
    """

    text: str
    names: frozenset[str]
    literal_comparisons: tuple[LiteralComparison, ...] = field(repr=False, compare=False)
    mixes_and_or: bool = field(repr=False, compare=False)
    _test: Test = field(repr=False, compare=False)

    def evaluate(
        self,
        slots: Mapping[str, Any],
        context: Mapping[str, Any],
        categorical: Container[str] = _NO_CATEGORICAL,
    ) -> bool:
        """Whether it holds; never raises: what can't be evaluated is false, with a warning.

        `slots` are values by name without `slots.`, a missing one being null;
        `categorical` are the names of the slots that are compared ignoring case.
        """
        try:
            return self._test(slots, context, categorical)
        except CannotEvaluate as error:
            reason = str(error)
        except Exception as error:  # noqa: BLE001 - values may have any __eq__ and __bool__
            reason = type(error).__name__
        logger.warning("The condition %r can't be evaluated, so it is false: %s", self.text, reason)
        return False

    def __reduce__(self) -> tuple[Callable[[str], Condition], tuple[str]]:
        return parse_condition, (self.text,)


def parse_condition(text: str | bool) -> Condition:
    """A condition from its text, or from a boolean as YAML gives it.

    Jinja in the text (`slots.{{context.collect}} is not null`) is rendered whenever the
    condition is evaluated; each `{{...}}` stands for one name, value or part of one.
    Raises InvalidCondition, which says what was found, where, and what to write.
    """
    if isinstance(text, bool):
        text = str(text)
    if not isinstance(text, str):
        found = type(text).__name__
        raise InvalidCondition(f"A condition is text, not {found}: write it in quotes")
    return _read(text)


@lru_cache(maxsize=KEPT)
def _read(text: str) -> Condition:
    check_characters(text)
    return _templated(text) if is_template(text) else _condition(text, _parsed(text))


def _condition(text: str, parsed: Parsed) -> Condition:
    return Condition(
        text=text,
        names=parsed.names,
        literal_comparisons=parsed.literal_comparisons,
        mixes_and_or=parsed.mixes_and_or,
        _test=parsed.test,
    )


def _parsed(text: str) -> Parsed:
    try:
        return parse(text)
    except RecursionError:
        # Nesting is bounded, but the caller may have left hardly any stack.
        raise InvalidCondition("A condition nested too deep: write it flatter") from None


def _templated(text: str) -> Condition:
    render, masked = read_template(text)

    def test(
        slots: Mapping[str, Any], context: Mapping[str, Any], categorical: Container[str]
    ) -> bool:
        try:
            rendered = _rendered(render(slots, context))
        except Exception:  # noqa: BLE001 - a template may call for anything
            # The reason may quote a slot's value, so it isn't told.
            raise CannotEvaluate("its template gives no condition") from None
        return rendered.test(slots, context, categorical)

    if masked is None:
        return _condition(text, Parsed(test, frozenset(), (), False))
    return _condition(text, _parsed(masked)._replace(test=test))


def _rendered(text: str) -> Parsed:
    check_characters(text)
    return _rendered_before(text) if len(text) <= MAX_KEPT_LENGTH else _parsed(text)


@lru_cache(maxsize=KEPT)
def _rendered_before(text: str) -> Parsed:
    return _parsed(text)
