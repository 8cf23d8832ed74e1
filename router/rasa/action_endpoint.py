"""How custom actions are reached: in this process, or on an action server in time.

`action_endpoint: {actions_module: actions}` in endpoints.yml runs a bot's rasa-sdk actions
in the server process; with `url:` they are asked over HTTP, `timeout` seconds at most.
"""

from __future__ import annotations

import asyncio
import contextvars
import importlib
import inspect
import json
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from typing import Any

from jsonschema.validators import validator_for
from rasa.core.actions.action import RemoteAction
from rasa.utils.endpoints import ClientResponseError, EndpointConfig

from router.rasa.errors import CustomActionFailed

DEFAULT_TIMEOUT = 30.0  # seconds
MODULE_KEY = "actions_module"
TIMEOUT_KEY = "timeout"
THREADS = 64  # an action that hangs keeps its thread; the others need some left

_threads = ThreadPoolExecutor(THREADS, thread_name_prefix="actions")


def wrap_request(original: Any) -> Any:
    """`EndpointConfig.request` that knows `actions_module` and `timeout`."""

    async def request(self: EndpointConfig, *args: Any, **kwargs: Any) -> Any:
        module = self.kwargs.get(MODULE_KEY)
        if module is None and "next_action" not in (kwargs.get("json") or {}):
            return await original(self, *args, **kwargs)  # not a call of an action
        name = str(kwargs["json"].get("next_action"))
        seconds = _timeout(self)
        try:
            if module is not None:
                call = _run_in_process(str(module), kwargs["json"])
            else:
                call = original(self, *args, **{**kwargs, "timeout": seconds})
            return await asyncio.wait_for(call, seconds)
        except asyncio.TimeoutError as error:
            raise CustomActionFailed(
                f"The custom action '{name}' took more than {seconds:g} s. Make it "
                f"faster, or raise `{TIMEOUT_KEY}` of `action_endpoint` in endpoints.yml."
            ) from error

    return request


def wrap_validate(original: Any) -> Any:
    """`RemoteAction._validate_action_result` that doesn't check the schema itself each time.

    That held up the server longer than most actions take. What's wrong Rasa still says.
    """

    def validate(self: RemoteAction, result: dict[str, Any]) -> bool:
        return bool(_answer_format().is_valid(result) or original(self, result))

    return validate


@lru_cache(maxsize=1)
def _answer_format() -> Any:
    schema = RemoteAction.action_response_format_spec()
    return validator_for(schema)(schema)


def _timeout(endpoint: EndpointConfig) -> float:
    given = endpoint.kwargs.get(TIMEOUT_KEY, DEFAULT_TIMEOUT)
    try:
        seconds = float(given)
    except (TypeError, ValueError):
        seconds = 0.0
    if seconds <= 0:
        raise CustomActionFailed(
            f"`{TIMEOUT_KEY}` of `action_endpoint` in endpoints.yml is {given!r}. "
            "Write a number of seconds above 0."
        )
    return seconds


async def _run_in_process(module: str, call: dict[str, Any]) -> dict[str, Any]:
    """Runs one action as the action server would, and answers what it would answer."""
    from rasa_sdk.executor import ActionExecutor, CollectingDispatcher
    from rasa_sdk.interfaces import ActionExecutionRejection, Tracker

    executor = _executor(module)
    name = call["next_action"]
    run = executor.actions.get(name)
    if run is None:
        raise CustomActionFailed(
            f"The module '{module}' has no action '{name}'. It has: "
            f"{', '.join(sorted(executor.actions)) or 'none'}."
        )
    call = json.loads(json.dumps(call))  # as an action server would get it: the action's own
    tracker = Tracker.from_dict(call["tracker"])
    dispatcher = CollectingDispatcher()
    try:
        events = await _call(run, dispatcher, tracker, call.get("domain", {}))
    except _Exited as error:
        raise CustomActionFailed(
            f"The custom action '{name}' ended the process (`sys.exit({error})`), which an action "
            "can't. Return events, or raise an error."
        ) from error
    except ActionExecutionRejection as error:
        body = json.dumps({"error": str(error), "action_name": error.action_name})
        raise ClientResponseError(400, "rejected", body) from error
    valid = ActionExecutor.validate_events(events or [], name)
    try:
        answer = json.dumps({"events": valid, "responses": dispatcher.messages})
    except (TypeError, ValueError) as error:
        raise CustomActionFailed(
            f"The custom action '{name}' returned what JSON can't hold: {error}. Return "
            "strings, numbers, booleans, lists and dicts."
        ) from error
    result: dict[str, Any] = json.loads(answer)
    return result


class _Exited(Exception):
    """An action called `sys.exit`, which would end the server."""


async def _call(run: Any, *args: Any) -> Any:
    """Awaits an `async` action here, runs any other in a worker thread."""
    if inspect.iscoroutinefunction(run):
        return await _awaited(run(*args))
    # With the turn's context, in which what it logs belongs to its conversation.
    bound = contextvars.copy_context()
    loop = asyncio.get_running_loop()
    result = await loop.run_in_executor(_threads, bound.run, _staying, run, *args)
    return await _awaited(result) if inspect.isawaitable(result) else result


def _staying(run: Callable[..., Any], *args: Any) -> Any:
    try:
        return run(*args)
    except SystemExit as error:
        raise _Exited(error.code) from error


async def _awaited(result: Awaitable[Any]) -> Any:
    try:
        return await result
    except SystemExit as error:
        raise _Exited(error.code) from error


@lru_cache(maxsize=8)
def _executor(module: str) -> Any:
    from rasa_sdk.executor import ActionExecutor

    executor = ActionExecutor()
    try:
        executor.register_package(importlib.import_module(module))
    except (ImportError, SystemExit) as error:  # rasa-sdk exits on a broken submodule
        raise CustomActionFailed(
            f"`{MODULE_KEY}: {module}` of endpoints.yml can't be imported: {error}. "
            "Write the name of a module or package beside config.yml."
        ) from error
    return executor


SEAMS: tuple[tuple[Any, str, Callable[..., Any]], ...] = (
    (EndpointConfig, "request", wrap_request),
    (RemoteAction, "_validate_action_result", wrap_validate),
)
