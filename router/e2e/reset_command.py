"""A command of the shell that puts a bot's databases back to where tests begin."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal

__all__ = ["reset"]

_SHOWN = 300  # characters of its output


async def reset(command: str, seconds: float) -> str:
    """Runs the command in the working folder; empty if it went well, else what went wrong.

    Args:
        command: for the shell.
        seconds: how long it may take; then it is killed, with all that it started.
    """
    process = await asyncio.create_subprocess_shell(
        command,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        start_new_session=True,
    )
    try:
        output, _ = await asyncio.wait_for(process.communicate(), seconds)
    except asyncio.TimeoutError:
        return f"The reset command `{command}` took more than {seconds:g} s."
    finally:
        if process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            await process.wait()
    if process.returncode == 0:
        return ""
    told = " ".join(output.decode(errors="replace").split())[-_SHOWN:] or "it wrote nothing"
    return f"The reset command `{command}` ended with {process.returncode}: {told}"
