"""What `router.llm` offers is complete, sorted, documented, and costs nothing to import."""

from __future__ import annotations

import inspect
import subprocess
import sys

import pytest

from router import llm


def test_all_is_sorted_and_resolves():
    assert llm.__all__ == sorted(llm.__all__)
    assert {name for names in llm._MODULES.values() for name in names} == set(llm.__all__)
    assert set(llm.__all__) <= set(dir(llm))


@pytest.mark.parametrize("name", llm.__all__)
def test_a_name_is_documented(name):
    value = getattr(llm, name)
    if inspect.isclass(value) or inspect.isfunction(value):
        assert value.__doc__


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="no attribute 'nonsense'"):
        llm.nonsense  # noqa: B018 (the access is the test)


def test_the_configuration_is_read_without_httpx():
    program = (
        "import sys; from router.llm import read_llm_config, Deadline; "
        "print(sorted({'httpx', 'litellm', 'pybreaker'} & set(sys.modules)))"
    )
    command = [sys.executable, "-c", program]
    result = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    assert result.stdout.strip() == "[]"
