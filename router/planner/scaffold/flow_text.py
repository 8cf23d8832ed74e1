"""Draft flows as a file."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from router.planner.scaffold.model import DraftFlow, DraftStep
from router.planner.scaffold.yaml_text import block_lines, comment_lines, scalar

__all__ = ["DRAFT", "flows_text"]

#: What drafts begin with.
DRAFT = "# DRAFT"


def flows_text(flows: Sequence[DraftFlow], area: str) -> str:
    """The file of an area's flows; each TODO above what it is about."""
    lines = [
        f"{DRAFT} of the area {area}, made by `coexist plan scaffold` from rules, stories and",
        "# forms. Answer each TODO and remove it; then remove this comment.",
        "flows:",
    ]
    for number, flow in enumerate(flows):
        lines += [""] if number else []
        lines += _flow(flow)
    return "\n".join(lines) + "\n"


def _flow(flow: DraftFlow) -> Iterator[str]:
    yield f"  {scalar(flow.id)}:"
    if flow.sources:
        yield from comment_lines(f"From {', '.join(flow.sources)}.", 4)
    yield from _todos(flow.todos, 4)
    yield from block_lines({"description": flow.description}, 4)
    if flow.triggers:
        yield from block_lines({"nlu_trigger": [{"intent": each} for each in flow.triggers]}, 4)
    yield "    steps:"
    yield from _steps(flow.steps, 6)


def _steps(steps: Sequence[DraftStep], column: int, end: str = "") -> Iterator[str]:
    """The lines of a list; `end` is what its last step goes on with, if it says nothing else."""
    indent = " " * column
    for number, step in enumerate(steps, 1):
        yield from _todos(step.todos, column)
        first, *others = block_lines(step.keys, column + 2)
        yield f"{indent}- {first.lstrip()}"
        yield from others
        if step.branches:
            yield f"{indent}  next:"
            for branch in step.branches:
                yield from _todos(branch.todos, column + 4)
                start = f"{indent}    - else:"
                if branch.condition:
                    yield f"{indent}    - if: {scalar(branch.condition)}"
                    start = f"{indent}      then:"
                yield start if branch.steps else f"{start} END"
                yield from _steps(branch.steps, column + 8, "END")
        elif end and number == len(steps):
            yield f"{indent}  next: {end}"


def _todos(todos: Sequence[str], column: int) -> Iterator[str]:
    for todo in dict.fromkeys(todos):
        yield from comment_lines(f"TODO: {todo}", column)
