"""The grammar of conditions: from text to a function that tests them.

A condition is one or more negations joined by `and`, which binds tighter, and `or`; a
negation is any number of `not` before an operand or two operands with a sign between
them; an operand is a name, a number, a text, a constant, a set or `(condition)`.
"""

from __future__ import annotations

from typing import NamedTuple

from router.errors import InvalidCondition
from router.flows.condition_functions import (
    Constant,
    ConstantSet,
    Name,
    Operand,
    Sign,
    Test,
    Tested,
    all_of,
    any_of,
    as_test,
    comparison,
    name_getter,
    negated,
    unknown,
)
from router.flows.condition_tokens import HOLE, Token, invalid, number_value, text_value, tokens
from router.flows.condition_values import EMPTY, LiteralValue

__all__ = ["LiteralComparison", "Parsed", "parse"]

MAX_NESTING = 100

_NAMESPACES = ("slots", "context")
_CONSTANTS: dict[str, LiteralValue] = {
    "true": True,
    "false": False,
    "null": None,
    "none": None,
    "undefined": None,
    "empty": EMPTY,
}
_SIGNS: dict[str, Sign] = {
    "=": "=",
    "==": "=",
    "is": "=",
    "!=": "!=",
    ">": ">",
    ">=": ">=",
    "<": "<",
    "<=": "<=",
    "contains": "contains",
    "matches": "matches",
}
_TURNED: dict[Sign, Sign] = {">": "<", ">=": "<=", "<": ">", "<=": ">="}
_RESERVED = frozenset({"and", "or", "not", *_SIGNS})
_MEANT = {
    "in": "{'a' 'b'} contains slots.name",
    "equals": "=",
    "has": "contains",
    "contain": "contains",
    "includes": "contains",
    "match": "matches",
    "not": "not in front of the whole comparison (only `is not` stands within)",
}


class LiteralComparison(NamedTuple):
    """A name compared with a literal, the name on the left.

    `operator` is one of `= != > >= < <= contains`, or `in` for each literal of a set.
    """

    name: str
    operator: str
    literal: LiteralValue


class Parsed(NamedTuple):
    """A parsed condition: its test, and what is known before it is tested."""

    test: Test
    names: frozenset[str]
    literal_comparisons: tuple[LiteralComparison, ...]
    mixes_and_or: bool


def parse(text: str) -> Parsed:
    """A condition without templates, as a function; raises InvalidCondition."""
    return _Parser(text).parse()


class _Parser:
    """Descends recursively; three calls for each parenthesis, of which 100 nest at most."""

    def __init__(self, text: str) -> None:
        self.tokens = tuple(tokens(text))
        self.index = 0
        self.token = self.tokens[0]
        self.nesting = 0
        self.names: set[str] = set()
        self.comparisons: list[LiteralComparison] = []
        self.mixes_and_or = False

    def parse(self) -> Parsed:
        if self.at_end():
            raise invalid("Nothing", 0, "write a condition, or True for one that always holds")
        test = as_test(self.condition())
        if not self.at_end():
            raise self.unexpected()
        return Parsed(test, frozenset(self.names), tuple(self.comparisons), self.mixes_and_or)

    def at_end(self) -> bool:
        return self.token.kind == "end"

    def next(self) -> Token:
        token = self.token
        self.index += token.kind != "end"
        self.token = self.tokens[self.index]
        return token

    def condition(self) -> Operand:
        start = self.token
        operand = self.negation()
        if self.token.keyword not in ("and", "or"):
            return operand
        alternatives = [[as_test(operand)]]
        while (joint := self.token.keyword) in ("and", "or"):
            self.next()
            if joint == "or":
                self.mixes_and_or |= len(alternatives[-1]) > 1
                alternatives.append([])
            alternatives[-1].append(as_test(self.negation()))
        return Tested(start, any_of([all_of(tests) for tests in alternatives]))

    def negation(self) -> Operand:
        start = self.token
        negations = 0
        while self.token.keyword == "not":
            self.next()
            negations += 1
        operand = self.operand()
        at = self.token
        if (sign := self.sign()) is not None:
            right = self.operand()
            self.note_literals(operand, sign, right)
            operand = Tested(at, comparison(operand, sign, right))
            if self.token.text.lower() in _SIGNS:
                advice = "a comparison has two sides; join several with and"
                raise invalid(str(self.token), self.token.position, advice)
        if not negations:
            return operand
        test = as_test(operand)
        return Tested(start, negated(test) if negations % 2 else test)

    def sign(self) -> Sign | None:
        token = self.token
        sign = _SIGNS.get(token.text.lower())
        if sign is None:
            return None
        self.next()
        if token.keyword == "is" and self.token.keyword == "not":
            self.next()
            return "!="
        return sign

    def operand(self) -> Operand:
        token = self.next()
        if token.kind == "number":
            return Constant(token, number_value(token))
        if token.kind == "text":
            return Constant(token, text_value(token))
        if token.text == "(":
            return self.in_parentheses(token)
        if token.text == "{":
            return self.set(token)
        if token.keyword in _CONSTANTS:
            return Constant(token, _CONSTANTS[token.keyword])
        if token.kind == "word" and token.keyword not in _RESERVED:
            return self.name(token)
        what = "The end" if token.kind == "end" else str(token)
        expected = "write a slot (slots.name), a number, a quoted text or a constant here"
        raise invalid(what, token.position, expected)

    def in_parentheses(self, opening: Token) -> Operand:
        self.nesting += 1
        if self.nesting > MAX_NESTING:
            advice = f"nest parentheses at most {MAX_NESTING} deep"
            raise invalid("A parenthesis", opening.position, advice)
        operand = self.condition()
        if self.token.kind == "end":
            raise invalid("A parenthesis", opening.position, "it has no end; write the closing )")
        if self.token.text != ")":
            raise self.unexpected()
        self.next()
        self.nesting -= 1
        return operand

    def set(self, opening: Token) -> ConstantSet:
        values: list[LiteralValue] = []
        while (token := self.next()).text != "}":
            if token.kind == "number":
                values.append(number_value(token))
            elif token.kind == "text":
                values.append(text_value(token))
            elif token.keyword in _CONSTANTS:
                values.append(_CONSTANTS[token.keyword])
            elif token.kind == "end":
                raise invalid("A brace", opening.position, "it has no end; write the closing }")
            elif token.text != "," and not token.has_hole:
                advice = "a set holds numbers, constants and quoted texts: {'a' 'b' 3}"
                raise invalid(str(token), token.position, advice)
        return ConstantSet(opening, tuple(values))

    def name(self, token: Token) -> Name:
        namespace, *path = token.text.split(".")
        if namespace not in _NAMESPACES or not path:
            if token.has_hole:
                return Name(token, unknown)
            raise _no_name(token)
        if not all(path):
            advice = f"write a name after each dot: {namespace}.name"
            raise invalid(str(token), token.position, advice)
        if not token.has_hole:
            self.names.add(token.text)
        return Name(token, name_getter(namespace, path[0], tuple(path[1:])))

    def note_literals(self, left: Operand, sign: Sign, right: Operand) -> None:
        if sign == "matches":
            return
        if isinstance(left, Name):
            if isinstance(right, Constant):
                self.note(left, sign, right.value)
            elif isinstance(right, ConstantSet):
                for value in right.values:
                    self.note(left, sign, value)
        elif isinstance(right, Name):
            if isinstance(left, ConstantSet):
                for value in left.values:
                    self.note(right, "in", value)
            elif isinstance(left, Constant) and sign != "contains":
                self.note(right, _TURNED.get(sign, sign), left.value)

    def note(self, name: Name, sign: str, value: LiteralValue) -> None:
        is_known = not (isinstance(value, str) and HOLE in value)
        if is_known and not name.token.has_hole:
            self.comparisons.append(LiteralComparison(name.token.text, sign, value))

    def unexpected(self) -> InvalidCondition:
        token = self.token
        if token.text == ")":
            advice = "it has no start; write ( or leave it out"
            return invalid("A parenthesis", token.position, advice)
        meant = _MEANT.get(token.keyword, "and or or between conditions")
        return invalid(str(token), token.position, f"write {meant}")


def _no_name(token: Token) -> InvalidCondition:
    namespace, dot, rest = token.text.partition(".")
    if namespace in _NAMESPACES:
        return invalid(str(token), token.position, f"write a name after it: {namespace}.name")
    meant = {"slot": "slots", "slots": "slots", "context": "context"}.get(namespace.lower())
    if dot and meant:
        return invalid(str(token), token.position, f"write {meant}.{rest}")
    if len(token.text) > 40:
        return invalid(str(token), token.position, "write slots. in front of a slot's name")
    advice = f"write slots.{token.text} for a slot, or '{token.text}' for a text"
    return invalid(str(token), token.position, advice)
