"""Turns, slots, stack and decisions on the terminal: the same look in chat and demo."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from rich import box
from rich.console import Console, RenderableType
from rich.padding import Padding
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from router.routing.decision import Route, RoutingDecision
from router.routing.turn_record import StackFrame, TurnRecord

__all__ = [
    "decision",
    "definitions",
    "elapsed",
    "route_name",
    "slots",
    "stack",
    "system_style",
    "turn",
    "turn_details",
]

SYSTEM_STYLES = {Route.CALM: "cyan", Route.NLU: "magenta"}
_SEPARATOR = " · "
_INDENT = 5
_CONTEXT = frozenset({"collect", "previous_flow_name", "canceled_name", "error_type", "reason"})


def elapsed(console: Console) -> Progress:
    """A line with a spinner and the time gone by; gone itself at the end of its block."""
    columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    off = not console.is_terminal
    return Progress(*columns, console=console, transient=True, disable=off)


def system_style(route: Route | None) -> str:
    """The colour of a system."""
    return SYSTEM_STYLES[route] if route is not None else "white"


def route_name(value: bool | None) -> str:
    """The routing slot's value in words."""
    return {True: "CALM", False: "NLU", None: "none"}[value]


def turn(record: TurnRecord, *, with_user: bool = True) -> RenderableType:
    """A whole turn: message, replies, and dim lines that say who answered and why."""
    rows = Table.grid(padding=(0, 1))
    rows.add_column(width=_INDENT - 1, justify="right", no_wrap=True)
    rows.add_column(overflow="fold")
    if with_user:
        rows.add_row(Text("you", style="bold"), Text(record.user, style="bold"))
    style = system_style(record.route)
    for reply in record.replies or ("(no answer)",):
        rows.add_row(Text("bot", style=style), Text(reply))
    for detail in turn_details(record):
        rows.add_row("", detail)
    for error in record.errors:
        rows.add_row(Text("!", style="bold red"), Text(error, style="red"))
    return rows


def turn_details(record: TurnRecord) -> list[Text]:
    """Who answered and why; with what, and where that led; what models did; what a reset kept."""
    system = Text(_system(record), style=f"bold {system_style(record.route)}")
    lines = [system + Text(f"{_SEPARATOR}{_why(record)}", style="dim")]
    how = _SEPARATOR.join(_how(record))
    lines += [Text(how, style="dim")] if how else []
    if record.llm_calls:
        lines.append(Text(_SEPARATOR.join(_asked(record.llm_calls)), style="dim"))
    if record.released is not None:
        lines.append(Text(_SEPARATOR.join(_release(record)), style="green"))
    return lines


def _system(record: TurnRecord) -> str:
    if record.route is None:
        return "Rasa"
    once = record.decision is not None and not record.decision.sticky
    return f"{record.route.name}{' for this turn' if once else ''}"


def _why(record: TurnRecord) -> str:
    if record.decision is None:
        return record.reason
    has_intent = record.intent or record.decision.intent
    return f"{_understood(record)} {record.reason}" if has_intent else record.reason


def _how(record: TurnRecord) -> list[str]:
    parts = [" + ".join(record.policies)] if record.policies else []
    if record.active_flow:
        parts.append(f"flow {record.active_flow}")
    elif record.ended_flow:
        parts.append(f"flow {record.ended_flow} (over)")
    if record.active_form:
        parts.append(f"form {record.active_form}")
    if record.route_before is not record.route_after:
        parts.append(f"route {_change(record)}")
    return parts


def _asked(calls: Iterable[Mapping[str, Any]]) -> list[str]:
    """Which models were asked; for what, and what that took."""
    models = dict.fromkeys(str(call["model"]) for call in calls if call.get("model"))
    briefly = (f"{call['for']} {', '.join(_call(call, brief=True))}" for call in calls)
    return [f"asked {', '.join(models) or 'a model'}", *briefly]


def _call(call: Mapping[str, Any], *, brief: bool = False) -> Iterator[str]:
    if not brief:
        yield from filter(None, (call.get("model"), call.get("endpoint")))
    if call.get("replayed"):
        yield "replayed"
    elif "latency_ms" in call:
        yield f"{call['latency_ms']:.0f} ms"
    if "prompt_tokens" in call and "completion_tokens" in call:
        yield f"{call['prompt_tokens']}+{call['completion_tokens']} tokens"
    if not brief and call.get("attempts", 1) > 1:
        yield f"{call['attempts']} attempts"
    if not brief and "cost" in call:
        yield f"${call['cost']:.6f}"
    if not (brief and call["outcome"] == "read"):
        yield str(call["outcome"])


def _release(record: TurnRecord) -> list[str]:
    by_action = record.released == "action_reset_routing"
    kept = [f"kept {', '.join(record.shared)}"] if record.shared else []
    return ["reset" if by_action else f"released, {record.released}", *kept]


def _change(record: TurnRecord) -> str:
    return f"{route_name(record.route_before)} -> {route_name(record.route_after)}"


def slots(values: Mapping[str, tuple[Any, bool]]) -> RenderableType:
    """Slots and whether both systems share them."""
    if not values:
        return _note("No slot has a value.")
    table = _table("slot", "value", "")
    for name, (value, shared) in sorted(values.items()):
        table.add_row(name, Text(repr(value)), Text("shared" if shared else "", style="green"))
    return Padding(table, (0, 0, 0, _INDENT))


def stack(frames: Iterable[StackFrame]) -> RenderableType:
    """The dialogue stack, the frame that goes on next first."""
    frames = list(frames)
    if not frames:
        return _note("The stack is empty: no flow is active.")
    table = _table("flow", "id", "step", "context")
    for frame in reversed(frames):
        context = ", ".join(f"{k}={v}" for k, v in frame.context.items() if k in _CONTEXT)
        style = "dim" if frame.is_pattern else ""
        name = "" if frame.is_pattern else frame.name
        table.add_row(name, frame.flow_id, frame.step_id, context, style=style)
    return Padding(table, (0, 0, 0, _INDENT))


def decision(record: TurnRecord, last: RoutingDecision | None) -> RenderableType:
    """Why the last turn was answered as it was, all that is known of it.

    `last` is the decision that counts: the turn's own, or an earlier one that still holds.
    """
    table = Table.grid(padding=(0, 2))
    table.add_column(style="dim", no_wrap=True)
    table.add_column(overflow="fold")
    for name, value in _decision_rows(record, last):
        style = f"bold {system_style(record.route)}" if name == "answered by" else ""
        table.add_row(name, Text(value, style=style))
    return Padding(table, (0, 0, 0, _INDENT))


def _decision_rows(record: TurnRecord, last: RoutingDecision | None) -> Iterator[tuple[str, str]]:
    yield "answered by", _system(record)
    yield "understood as", _understood(record)
    yield "route", _change(record)
    yield "reason", record.reason
    if last is not None:
        when = "in this turn" if record.decision is not None else "in an earlier turn"
        yield "decided", f"{when}, by {last.router}: {last.outcome}"
        skipped = {"route", "sticky", "router", "llm", *(("reason",) if record.decision else ())}
        for name, value in last.as_dict().items():
            if name not in skipped:
                yield f"  {name}", str(value)
    for call in record.llm_calls:
        yield f"asked for {call['for']}", ", ".join(_call(call))
    yield "policies", ", ".join(record.policies) or "none"
    yield "actions", ", ".join(record.actions) or "none"
    if record.slots_changed:
        changed = (f"{name}={value!r}" for name, value in record.slots_changed.items())
        yield "slots changed", ", ".join(changed)
    if record.released:
        yield "released by", record.released


def _understood(record: TurnRecord) -> str:
    # A router by meaning has an intent of its own, which may not be the classifier's.
    decided = record.decision if record.decision and record.decision.intent else record
    confidence = f" {decided.confidence:.2f}" if decided.confidence is not None else ""
    return f"{decided.intent}{confidence}" if decided.intent else "no intent"


def definitions(pairs: Iterable[tuple[str, str]]) -> RenderableType:
    """Words and what they mean, in two columns."""
    table = Table.grid(padding=(0, 2))
    for word, meaning in pairs:
        table.add_row(Text(word, style="bold"), Text(meaning, style="dim"))
    return Padding(table, (0, 0, 0, _INDENT))


def _table(*columns: str) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, header_style="dim")
    for column in columns:
        table.add_column(column, overflow="fold")
    return table


def _note(text: str) -> RenderableType:
    return Padding(Text(text, style="dim"), (0, 0, 0, _INDENT))


def remark(mark: str, text: str, style: str) -> RenderableType:
    """A line below a turn, set off by a mark."""
    rows = Table.grid(padding=(0, 1))
    rows.add_column(width=_INDENT - 1, justify="right", no_wrap=True)
    rows.add_column(overflow="fold")
    rows.add_row(Text(mark, style=style), Text(text, style=style))
    return rows
