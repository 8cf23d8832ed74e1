"""What `import router` offers is complete, sorted, documented, and fails clearly without Rasa."""

from __future__ import annotations

import importlib.metadata
import importlib.util
import inspect
import sys
from pathlib import Path

import pytest

import router
from router import errors
from router.errors import UnsupportedRasa

COMPONENTS = [name for name in router.__all__ if not name.startswith("__")]


def test_all_is_sorted_and_complete() -> None:
    assert router.__all__ == sorted(router.__all__)
    assert set(router.__all__) == {*router._MODULES, "__version__"}
    assert set(router.__all__) <= set(dir(router))


def test_the_errors_are_all_listed_and_drawn() -> None:
    defined = {name for name, value in vars(errors).items() if inspect.isclass(value)}
    public = {name for name in defined if getattr(errors, name).__module__ == errors.__name__}
    assert errors.__all__ == sorted(public)
    drawn = {name for name in public if issubclass(getattr(errors, name), Exception)}
    assert all(name in (errors.__doc__ or "") for name in drawn)


def test_the_version_is_that_of_the_distribution() -> None:
    assert router.__version__ == importlib.metadata.version("rasa-coexistence")


@pytest.mark.parametrize("name", COMPONENTS)
def test_a_component_is_described_where_people_look_first(name: str) -> None:
    assert name in (router.__doc__ or "")


@pytest.mark.integration
@pytest.mark.skipif(importlib.util.find_spec("rasa") is None, reason="the components need Rasa")
@pytest.mark.parametrize("name", COMPONENTS)
def test_a_component_resolves_to_a_documented_class(name: str) -> None:
    component = getattr(router, name)
    assert inspect.isclass(component)
    assert component.__name__ == name
    assert component.__doc__


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'Nonsense'"):
        router.Nonsense  # noqa: B018 (the access is the test)


def broken_component(
    monkeypatch: pytest.MonkeyPatch, directory: Path, module: str, needs: str
) -> None:
    (directory / f"{module}.py").write_text(f"import {needs}\n", encoding="utf-8")
    monkeypatch.syspath_prepend(str(directory))
    monkeypatch.setitem(router._MODULES, "FlowPolicy", module)


def test_a_component_without_rasa_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setitem(sys.modules, "rasa", None)
    broken_component(monkeypatch, tmp_path, "component_needing_rasa", "rasa.core")
    with pytest.raises(UnsupportedRasa, match=r"install rasa-coexistence\[rasa\] on Python 3.10"):
        router.FlowPolicy  # noqa: B018 (the access is the test)


def test_another_missing_module_keeps_its_own_error(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    broken_component(monkeypatch, tmp_path, "component_needing_else", "nowhere_to_be_found")
    with pytest.raises(ModuleNotFoundError, match="nowhere_to_be_found"):
        router.FlowPolicy  # noqa: B018 (the access is the test)
