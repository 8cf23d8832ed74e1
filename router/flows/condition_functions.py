"""The functions that conditions are compiled to.

Each takes the slots, the context and the names of the categorical slots. They are built
once, when a condition is read, so that testing one costs about a microsecond.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Mapping
from dataclasses import dataclass
from typing import Any, Literal, Union

from router.flows.condition_tokens import Token, invalid
from router.flows.condition_values import (
    CannotEvaluate,
    LiteralValue,
    contains,
    equal,
    ordering,
    pattern,
)

Values = Mapping[str, Any]
Get = Callable[[Values, Values, Container[str]], Any]
Test = Callable[[Values, Values, Container[str]], bool]
Sign = Literal["=", "!=", ">", ">=", "<", "<=", "contains", "matches"]


@dataclass(frozen=True)
class Name:
    """A slot or a value of the context."""

    token: Token
    get: Get

    @property
    def slot(self) -> str:
        """The slot's name, or "" for a value of the context."""
        namespace, _, rest = self.token.text.partition(".")
        return rest if namespace == "slots" else ""


@dataclass(frozen=True)
class Constant:
    """A number, a quoted text, or a constant such as `null`."""

    token: Token
    value: LiteralValue

    def get(self, slots: Values, context: Values, categorical: Container[str]) -> Any:
        """Its value, whatever the slots."""
        return self.value


@dataclass(frozen=True)
class ConstantSet:
    """A set of constants: `{'a' 'b' 3}`."""

    token: Token
    values: tuple[LiteralValue, ...]

    def get(self, slots: Values, context: Values, categorical: Container[str]) -> Any:
        """Its values, whatever the slots."""
        return self.values


@dataclass(frozen=True)
class Tested:
    """Something that is true or false: a comparison, or several joined."""

    token: Token
    get: Test


Operand = Union[Name, Constant, ConstantSet, Tested]


def name_getter(namespace: str, first: str, rest: tuple[str, ...]) -> Get:
    """The value of `namespace.first`, with a path into mappings in `rest`; null if missing."""
    of_slots = namespace == "slots"
    if rest:

        def get(slots: Values, context: Values, categorical: Container[str]) -> Any:
            value = (slots if of_slots else context).get(first)
            for key in rest:
                if not isinstance(value, Mapping):
                    return None
                value = value.get(key)
            return value

        return get
    if of_slots:
        return lambda slots, context, categorical: slots.get(first)
    return lambda slots, context, categorical: context.get(first)


def unknown(slots: Values, context: Values, categorical: Container[str]) -> bool:
    """Stands for what only a rendered template knows; raises CannotEvaluate."""
    raise CannotEvaluate("its template isn't rendered")


def as_test(operand: Operand) -> Test:
    """Whether an operand is true; raises InvalidCondition for one that never is a condition."""
    if isinstance(operand, Tested):
        return operand.get
    if isinstance(operand, Name):
        get = operand.get
        return lambda slots, context, categorical: bool(get(slots, context, categorical))
    if isinstance(operand, Constant) and isinstance(operand.value, bool):
        return operand.get
    what = "A set" if isinstance(operand, ConstantSet) else f"{operand.token} alone"
    raise invalid(what, operand.token.position, "it is no condition; compare it with a slot")


def negated(test: Test) -> Test:
    """True where the test is false."""
    return lambda slots, context, categorical: not test(slots, context, categorical)


def all_of(tests: list[Test]) -> Test:
    """True if all are; the first false one ends it."""
    if len(tests) == 1:
        return tests[0]

    def test(slots: Values, context: Values, categorical: Container[str]) -> bool:
        for each in tests:  # noqa: SIM110 - a generator costs more than most tests
            if not each(slots, context, categorical):
                return False
        return True

    return test


def any_of(tests: list[Test]) -> Test:
    """True if one is; the first true one ends it."""
    if len(tests) == 1:
        return tests[0]

    def test(slots: Values, context: Values, categorical: Container[str]) -> bool:
        for each in tests:  # noqa: SIM110 - a generator costs more than most tests
            if each(slots, context, categorical):
                return True
        return False

    return test


def comparison(left: Operand, sign: Sign, right: Operand) -> Test:
    """A comparison; raises InvalidCondition for sides that can't be compared so."""
    if sign == "matches":
        return _matching(left, right)
    if sign == "contains":
        return _containing(left, right)
    for side in (left, right):
        if isinstance(side, ConstantSet):
            advice = f"{sign} takes no set; write {{'a' 'b'}} contains slots.name"
            raise invalid("A set", side.token.position, advice)
    if sign == "=" or sign == "!=":
        return _equality(left, right, sign == "=")
    for side in (left, right):
        if isinstance(side, Constant) and not _has_order(side.value):
            raise invalid(str(side.token), side.token.position, "it has no order; write = or !=")
    holds, of_left, of_right = ordering(sign), left.get, right.get
    return lambda slots, context, categorical: holds(
        of_left(slots, context, categorical), of_right(slots, context, categorical)
    )


def _has_order(value: LiteralValue) -> bool:
    return isinstance(value, (str, int, float)) and not isinstance(value, bool)


def _folds(*operands: Operand) -> Callable[[Container[str]], bool]:
    """Whether case is ignored: one of the sides is a categorical slot."""
    names = [each.slot for each in operands if isinstance(each, Name) and each.slot]
    if not names:
        return lambda categorical: False
    if len(names) == 1:
        name = names[0]
        return lambda categorical: name in categorical
    return lambda categorical: any(name in categorical for name in names)


def _equality(left: Operand, right: Operand, wanted: bool) -> Test:
    folds, of_left, of_right = _folds(left, right), left.get, right.get

    def test(slots: Values, context: Values, categorical: Container[str]) -> bool:
        left_now = of_left(slots, context, categorical)
        right_now = of_right(slots, context, categorical)
        return equal(left_now, right_now, folds(categorical)) is wanted

    return test


def _containing(left: Operand, right: Operand) -> Test:
    if isinstance(left, Constant) and not isinstance(left.value, str):
        advice = "it contains nothing; write a slot or a set"
        raise invalid(str(left.token), left.token.position, advice)
    if isinstance(left, ConstantSet) and isinstance(right, ConstantSet):
        raise invalid("A set", right.token.position, "write a slot on one side of contains")
    folds, of_left, of_right = _folds(left, right), left.get, right.get
    if isinstance(left, ConstantSet):
        return _membership(left.values, of_right, folds)
    if isinstance(right, ConstantSet):
        wanted = right.values

        def holds_all(slots: Values, context: Values, categorical: Container[str]) -> bool:
            container, fold = of_left(slots, context, categorical), folds(categorical)
            return all(contains(container, value, fold) for value in wanted)

        return holds_all
    return lambda slots, context, categorical: contains(
        of_left(slots, context, categorical),
        of_right(slots, context, categorical),
        folds(categorical),
    )


def _membership(
    values: tuple[LiteralValue, ...], get: Get, folds: Callable[[Container[str]], bool]
) -> Test:
    texts = frozenset(value for value in values if isinstance(value, str))
    folded = frozenset(text.casefold() for text in texts)
    others = tuple(value for value in values if not isinstance(value, str))

    def test(slots: Values, context: Values, categorical: Container[str]) -> bool:
        value = get(slots, context, categorical)
        if not isinstance(value, str):
            return contains(values, value)
        if value in texts or (folds(categorical) and value.casefold() in folded):
            return True
        return bool(others) and contains(others, value)

    return test


def _matching(left: Operand, right: Operand) -> Test:
    if not isinstance(right, Constant) or right.token.kind != "text":
        advice = "write a quoted regular expression after matches"
        raise invalid(str(right.token), right.token.position, advice)
    if isinstance(left, ConstantSet) or (
        isinstance(left, Constant) and not isinstance(left.value, str)
    ):
        raise invalid(str(left.token), left.token.position, "write a slot in front of matches")
    if right.token.has_hole:
        return unknown
    try:
        # Backslashes belong to the regular expression, \' and \uXXXX included.
        holds, get = pattern(right.token.inner), left.get
    except ValueError as error:
        advice = f"this regular expression can't be used: {error}"
        raise invalid(str(right.token), right.token.position, advice) from None
    return lambda slots, context, categorical: holds(get(slots, context, categorical))
