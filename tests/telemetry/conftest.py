"""What tests of telemetry share: all that this process records, from the test's beginning."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from telemetry_recorder import Recorder, recorder

from router.telemetry.api import content


@pytest.fixture
def recorded(monkeypatch: pytest.MonkeyPatch) -> Iterator[Recorder]:
    monkeypatch.setattr(content, "is_logged", False)
    found = recorder()
    found.clear()
    yield found
    found.clear()
