"""A command of the shell that puts a bot's databases back to where tests begin."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import subprocess
import tempfile

__all__ = ["reset"]

_SHOWN = 300  # characters of its output


async def reset(command: str, seconds: float) -> str:
    """Runs the command in the working folder; empty if it went well, else what went wrong.

    A thread waits for it, since asyncio's own subprocesses need a child watcher, which the
    event loops of uvloop, that Rasa sets up, don't have on Python 3.10.

    Args:
        command: for the shell.
        seconds: how long it may take; then, or once this is cancelled, it is killed, with all
            that it started.
    """
    with tempfile.TemporaryFile() as output:
        process = subprocess.Popen(  # noqa: ASYNC220 - returns once the shell is started
            command,
            shell=True,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            code = await asyncio.wait_for(asyncio.to_thread(process.wait), seconds)
        except asyncio.TimeoutError:
            return f"The reset command `{command}` took more than {seconds:g} s."
        finally:
            if process.returncode is None:
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)
                await asyncio.to_thread(process.wait)
        if code == 0:
            return ""
        output.seek(0)
        told = " ".join(output.read().decode(errors="replace").split())[-_SHOWN:]
    return f"The reset command `{command}` ended with {code}: {told or 'it wrote nothing'}"
