"""Conditions of flows, of their branches and of rejections.

The language is that of pypred, as CALM's flows use it: `slots.amount > 10 and not
slots.confirmed`. It is parsed once, into functions; nothing is ever passed to `eval`.
Documentation: https://rasa.com/docs/pro/build/writing-flows
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Container, Mapping
from dataclasses import dataclass, field
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any

from router.errors import InvalidCondition
from router.flows.condition_functions import Test
from router.flows.condition_syntax import LiteralComparison, Parsed, parse
from router.flows.condition_tokens import HOLE, check_characters, invalid, shown
from router.flows.condition_values import EMPTY, CannotEvaluate, LiteralValue

if TYPE_CHECKING:
    from jinja2.sandbox import SandboxedEnvironment

__all__ = ["EMPTY", "Condition", "LiteralComparison", "LiteralValue", "parse_condition"]

logger = logging.getLogger(__name__)

_TEMPLATE_MARKS = ("{{", "{%", "{#")
_UNSAFE = re.compile(r"[^\w.+-]")
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
    check_characters(text)
    if any(mark in text for mark in _TEMPLATE_MARKS):
        return _templated(text)
    return _condition(text, _parsed(text))


def _condition(text: str, parsed: Parsed) -> Condition:
    return Condition(
        text=text,
        names=parsed.names,
        literal_comparisons=parsed.literal_comparisons,
        mixes_and_or=parsed.mixes_and_or,
        _test=parsed.test,
    )


@lru_cache(maxsize=1024)
def _parsed(text: str) -> Parsed:
    check_characters(text)
    return _parsed_with_holes(text)


def _parsed_with_holes(text: str) -> Parsed:
    try:
        return parse(text)
    except RecursionError:
        # Nesting is bounded, but the caller may have left hardly any stack.
        raise InvalidCondition("A condition nested too deep: write it flatter") from None


@cache
def _environment() -> SandboxedEnvironment:
    # Importing Jinja takes 160 ms, and most conditions have no template.
    from jinja2.sandbox import SandboxedEnvironment

    return SandboxedEnvironment(finalize=_escaped)


def _escaped(value: Any) -> str:
    r"""What a `{{...}}` becomes: signs turn into \uXXXX, which only a quoted text takes.

    So a value can't end the quotes around it, or add an `or true` where there are none.
    """
    return _UNSAFE.sub(lambda found: rf"\U{ord(found.group()):08x}", str(value))


def _templated(text: str) -> Condition:
    from jinja2 import TemplateError, nodes

    environment = _environment()
    try:
        tree = environment.parse(text)
        if any(tree.find_all((nodes.Pow, nodes.Mul, nodes.Mod))):
            # Jinja works out constants such as 9**9**9 as it compiles, however long it takes.
            raise invalid("The template", 0, "write it without *, ** and %")
        render = environment.from_string(tree).render
    except InvalidCondition:
        raise
    except TemplateError as error:
        raise InvalidCondition(f"The template in {shown(text)} is invalid: {error}") from None
    except Exception as error:  # noqa: BLE001 - Jinja passes on what Python's compiler raises
        what = type(error).__name__
        raise InvalidCondition(f"The template in {shown(text)} is invalid: {what}") from None

    def test(
        slots: Mapping[str, Any], context: Mapping[str, Any], categorical: Container[str]
    ) -> bool:
        try:
            rendered = _parsed(render(slots=slots, context=context))
        except Exception:  # noqa: BLE001 - a template may call for anything
            # The reason may quote a slot's value, so it isn't told.
            raise CannotEvaluate("its template gives no condition") from None
        return rendered.test(slots, context, categorical)

    if (masked := _masked(text, environment)) is None:
        return _condition(text, Parsed(test, frozenset(), (), False))
    return _condition(text, _parsed_with_holes(masked)._replace(test=test))


def _masked(text: str, environment: SandboxedEnvironment) -> str | None:
    """The text with holes of the same length for `{{...}}`, None if it has `{%...%}`."""
    masked: list[str] = []
    inside = False
    for _, kind, part in environment.lex(text):
        if kind == "block_begin":
            return None
        inside = inside or kind == "variable_begin"
        if inside:
            masked.append(HOLE * len(part))
        else:
            masked.append(" " * len(part) if kind.startswith("comment") else part)
        inside = inside and kind != "variable_end"
    return "".join(masked)
