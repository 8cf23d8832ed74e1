"""The custom actions of a bot under test: stubs answer, everything else runs as configured."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from rasa.shared.core.domain import Domain
from rasa.utils.endpoints import EndpointConfig

from router.flows.assistant import Assistant
from router.llm.secrets import MissingVariable, resolve
from router.rasa.errors import CustomActionFailed

__all__ = ["TestActions", "stubbable_actions"]


class TestActions(EndpointConfig):
    """The action endpoint of a bot under test.

    `section` is the one of endpoints.yml as written: the variables in it are looked up when an
    action is run, so that tests that run none need none.
    """

    __test__ = False  # not a test of pytest's

    def __init__(self, section: Mapping[str, Any] | None, file: Path) -> None:
        super().__init__(**(section or {}))
        self._section, self._file = section, file
        self._endpoint: EndpointConfig | None = None
        self._stubs: dict[str, Mapping[str, dict[str, Any]]] = {}

    def stub(self, sender_id: str, answers: Mapping[str, dict[str, Any]]) -> None:
        """In this conversation, the actions named answer so."""
        self._stubs[sender_id] = answers

    def forget(self, sender_id: str) -> None:
        """Nothing of the conversation's is stubbed any more."""
        self._stubs.pop(sender_id, None)

    async def request(self, *args: Any, **kwargs: Any) -> Any:
        """Answers a call of an action.

        Raises:
            CustomActionFailed: there's nothing that would run it, or it failed.
        """
        call = kwargs.get("json") or {}
        name = str(call.get("next_action"))
        stub = self._stubs.get(str(call.get("sender_id")), {}).get(name)
        if stub is not None:
            return copy.deepcopy(stub)
        return await self._configured(name).request(*args, **kwargs)

    def _configured(self, name: str) -> EndpointConfig:
        if self._section is None:
            raise CustomActionFailed(
                f"The custom action '{name}' can't run: {self._file} has no `action_endpoint`. "
                "Add one, or stub the action under `stub_custom_actions` of the test."
            )
        if self._endpoint is None:
            try:
                self._endpoint = EndpointConfig(**resolve(self._section))
            except MissingVariable as error:
                raise CustomActionFailed(
                    f"The custom action '{name}' can't run: `action_endpoint` of {self._file}: "
                    f"{error} Set it, or stub the action under `stub_custom_actions`."
                ) from error
        return self._endpoint


def stubbable_actions(domain: Domain, assistant: Assistant | None) -> frozenset[str]:
    """The actions that run outside of the assistant, so that a stub can stand for them."""
    listed = assistant.actions if assistant else frozenset(domain.user_actions)
    return frozenset(listed) - frozenset(domain.form_names) - frozenset(domain.responses)
