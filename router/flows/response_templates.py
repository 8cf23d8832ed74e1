"""Response variations written in Jinja: `metadata: {template: jinja}`.

The templates are the bot's own, so they aren't attacks, but they may be wrong: each is run
in Jinja's sandbox and with a bound on its steps and its output. What users said is only
ever a value in them. Documentation: https://rasa.com/docs/pro/build/writing-responses and
https://jinja.palletsprojects.com/en/stable/sandbox/
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import cache, lru_cache
from typing import Any

from jinja2 import ChainableUndefined, Template, TemplateError, nodes
from jinja2.exceptions import SecurityError
from jinja2.runtime import Context
from jinja2.sandbox import ImmutableSandboxedEnvironment

from router.errors import ActionFailed

MAX_STEPS = 10_000  # rounds of loops and calls in one text of a variation
MAX_LENGTH = 50_000  # characters of one text
MAX_BITS = 4_096  # of a power or product of whole numbers

_NO_TEXT = frozenset({"id", "channel", "condition", "metadata"})
_STEPS = "_coexistence_steps"


class TemplateFailed(ActionFailed):
    """A response's template can't be rendered; the message quotes no value of a slot."""


def is_jinja(variation: Mapping[str, Any]) -> bool:
    """Whether the variation's texts are Jinja, and so not Rasa's `{slot}`."""
    metadata = variation.get("metadata")
    return isinstance(metadata, Mapping) and metadata.get("template") == "jinja"


def render_variation(
    variation: Mapping[str, Any],
    slots: Mapping[str, Any],
    context: Mapping[str, Any],
    extra: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """The variation with every text in it rendered: text, buttons, image, custom, ...

    Args:
        variation: the response's variation; it isn't changed.
        slots: values by name, offered as `slots.<name>` and as `<name>`.
        context: the context of the pattern at work, offered as `context.<key>`.
        extra: further values by name, which go before slots of the same name.

    What isn't there, and what is null, renders as nothing.

    Raises:
        TemplateFailed: a text is no valid template, does what the sandbox forbids, or
            takes too many steps or characters.
    """
    names = {**slots, **(extra or {}), "slots": slots, "context": context}
    return {
        key: value if key in _NO_TEXT else _rendered(value, names, key)
        for key, value in variation.items()
    }


def template_errors(variation: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Texts of the variation that are no valid templates: where in it, and why."""
    for key, value in variation.items():
        if key in _NO_TEXT:
            continue
        for path, text in _texts(value, key):
            try:
                _template(text)
            except Exception as error:  # noqa: BLE001 - Jinja passes on what Python's compiler raises
                yield path, _reason(error)


def _rendered(value: Any, names: Mapping[str, Any], path: str) -> Any:
    if isinstance(value, str):
        try:
            return _text(value, names)
        except Exception as error:  # noqa: BLE001 - a template may call for anything
            # The chain of errors would show values in the log.
            raise TemplateFailed(f"the template of its {path} fails: {_reason(error)}") from None
    if isinstance(value, Mapping):
        return {key: _rendered(each, names, f"{path}.{key}") for key, each in value.items()}
    if isinstance(value, list):
        return [_rendered(each, names, f"{path}[{i}]") for i, each in enumerate(value)]
    return value


def _texts(value: Any, path: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, Mapping):
        for key, each in value.items():
            yield from _texts(each, f"{path}.{key}")
    elif isinstance(value, list):
        for index, each in enumerate(value):
            yield from _texts(each, f"{path}[{index}]")


def _text(template: str, names: Mapping[str, Any]) -> str:
    parts, length = [], 0
    for part in _template(template).generate({**names, _STEPS: _Steps()}):
        parts.append(part)
        length += len(part)
        _check_length(length)
    return "".join(parts)


@lru_cache(maxsize=1024)
def _template(text: str) -> Template:
    environment = _environment()
    tree = environment.parse(text)
    for loop in list(tree.find_all(nodes.For)):
        each = nodes.Getattr(nodes.Name(_STEPS, "load"), "each", "load")
        loop.iter = nodes.Call(each, [loop.iter], [], None, None).set_lineno(loop.lineno)
    return environment.from_string(tree)


@cache
def _environment() -> _Sandbox:
    return _Sandbox(undefined=ChainableUndefined, finalize=_shown, keep_trailing_newline=True)


def _shown(value: Any) -> Any:
    return "" if value is None else value


def _reason(error: Exception) -> str:
    """What went wrong; Python's own errors may quote values, Jinja's quote the template."""
    kind = type(error).__name__
    return f"{kind}: {error}" if isinstance(error, TemplateError) else kind


class _Steps:
    """Counts what one rendering does, and ends it when it's too much."""

    def __init__(self) -> None:
        self._left = MAX_STEPS

    def take(self) -> None:
        self._left -= 1
        if self._left < 0:
            raise SecurityError(f"it takes more than {MAX_STEPS} steps")

    def each(self, items: Iterable[Any] | None) -> Iterator[Any]:
        """The items of a loop, each a step; an unset slot has none."""
        for item in () if items is None else items:
            self.take()
            yield item


class _Sandbox(ImmutableSandboxedEnvironment):
    """Jinja's sandbox, in which data goes before methods and nothing grows without end."""

    # Not worked out when the template is compiled, either: 9**9**9 would take forever.
    intercepted_binops = frozenset({"*", "**"})

    def getattr(self, obj: Any, attribute: str) -> Any:
        """A slot named `items` is found under that name, though a dict has such a method."""
        if isinstance(obj, Mapping) and attribute in obj:
            return obj[attribute]
        return super().getattr(obj, attribute)

    def unsafe_undefined(self, obj: Any, attribute: str) -> Any:
        """Raises, where Jinja would give an undefined value, and that renders as nothing."""
        kind = type(obj).__name__
        raise SecurityError(f"access to '{attribute}' of a value of type {kind} is unsafe")

    def call(__self, __context: Context, __obj: Any, *args: Any, **kwargs: Any) -> Any:
        """Calls a function, macro or method; its result may be cut short by the bounds."""
        __context[_STEPS].take()
        result = super().call(__context, __obj, *args, **kwargs)
        if isinstance(result, str):
            _check_length(len(result))
        return result

    def call_binop(self, context: Context, operator: str, left: Any, right: Any) -> Any:
        """Multiplies, or raises to a power, unless the result would be huge."""
        _check_product(operator, left, right)
        return super().call_binop(context, operator, left, right)


def _check_product(operator: str, left: Any, right: Any) -> None:
    bits, whole = 0, isinstance(left, int) and isinstance(right, int)
    if operator == "**" and whole:
        bits = left.bit_length() * abs(right)
    elif whole:
        bits = left.bit_length() + right.bit_length()
    if bits > MAX_BITS or _repeated_length(left, right) > MAX_LENGTH:
        raise SecurityError(f"the result of {operator} is too big")


def _repeated_length(one: Any, other: Any) -> int:
    """The length of a text or list taken several times; 0 for anything else."""
    times, items = (one, other) if isinstance(one, int) else (other, one)
    return len(items) * times if isinstance(times, int) and hasattr(items, "__len__") else 0


def _check_length(length: int) -> None:
    if length > MAX_LENGTH:
        raise SecurityError(f"it gives more than {MAX_LENGTH} characters")
