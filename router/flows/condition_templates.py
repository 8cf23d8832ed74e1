"""Conditions with Jinja in them, as the patterns have: `slots.{{context.collect}} is null`.

A template is rendered whenever its condition is evaluated. Each value it puts in stands
for one name, one value, or a part of one, whatever it holds.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

from router.errors import InvalidCondition
from router.flows.condition_tokens import HOLE, MAX_LENGTH, invalid, shown

if TYPE_CHECKING:
    from jinja2.sandbox import SandboxedEnvironment

__all__ = ["Template", "is_template", "read_template"]

_MARKS = ("{{", "{%", "{#")
_UNSAFE = re.compile(r"[^\w.+-]")
_CONTEXT_VALUE = re.compile(r"(?<!{){{\s*context\.([a-zA-Z]\w*)\s*}}", re.ASCII)
# What Jinja finds on a mapping before it looks for keys.
_METHODS = frozenset(dir(dict))

Values = Mapping[str, Any]


class Template(NamedTuple):
    """A template of a condition.

    `render` takes slots and context and may raise anything. `masked` is the text with
    holes of the same length for `{{...}}`, None if `{%...%}` decides what the text is.
    """

    render: Callable[[Values, Values], str]
    masked: str | None


def is_template(text: str) -> bool:
    """Whether there is Jinja in the text of a condition."""
    return any(mark in text for mark in _MARKS)


def read_template(text: str) -> Template:
    """The template that a text is; raises InvalidCondition, saying why, if it is none."""
    parts = _CONTEXT_VALUE.split(text)
    texts, names = parts[::2], parts[1::2]
    # Jinja changes the ends of lines.
    if any(map(is_template, texts)) or not _METHODS.isdisjoint(names) or "\r" in text:
        return _jinja(text)
    return _plain(text, texts, names)


def _plain(text: str, texts: list[str], names: list[str]) -> Template:
    """One with `{{context.name}}` only: rendered as by Jinja, in a tenth of the time."""
    text, texts[-1] = text.removesuffix("\n"), texts[-1].removesuffix("\n")

    def render(slots: Values, context: Values) -> str:
        rendered = texts[0]
        for name, following in zip(names, texts[1:], strict=True):
            rendered += _escaped(context.get(name, "")) + following
        return rendered

    return Template(render, _CONTEXT_VALUE.sub(lambda found: HOLE * len(found.group()), text))


def _jinja(text: str) -> Template:
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
    return Template(
        lambda slots, context: render(slots=slots, context=context), _masked(text, environment)
    )


@cache
def _environment() -> SandboxedEnvironment:
    # Importing Jinja takes 160 ms, and most conditions don't need it.
    from jinja2.sandbox import SandboxedEnvironment

    return SandboxedEnvironment(finalize=_escaped)


def _escaped(value: Any) -> str:
    r"""What a `{{...}}` becomes: signs turn into \uXXXX, which only a quoted text takes.

    So a value can't end the quotes around it, or add an `or true` where there are none.
    One that is too long for a condition is cut to what is still too long.
    """
    text = str(value)[: MAX_LENGTH + 1]
    return _UNSAFE.sub(lambda found: rf"\U{ord(found.group()):08x}", text)


def _masked(text: str, environment: SandboxedEnvironment) -> str | None:
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
