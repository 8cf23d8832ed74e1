"""The line that a user types into a chat in the terminal."""

from __future__ import annotations

import sys

from rich.console import Console
from rich.text import Text

__all__ = ["PROMPT", "enable_line_editing", "read_line"]

PROMPT = " you "


def read_line(console: Console) -> str:
    """The next line, without space round it; one that isn't typed is shown.

    Raises:
        EOFError: there's none left.
    """
    if sys.stdin.isatty() and console.is_terminal:
        return input(PROMPT).strip()
    line = sys.stdin.readline()
    if not line:
        raise EOFError
    console.print(Text(f"{PROMPT}{line.strip()}", style="bold"))
    return line.strip()


def enable_line_editing() -> None:
    """Gives lines that are typed editing and a history, where the system can."""
    try:
        import readline  # noqa: F401 - importing it gives input() editing and history
    except ImportError:
        return
