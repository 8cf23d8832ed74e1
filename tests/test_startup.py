"""The start-up hook acts on `rasa test` and on nothing else."""

import subprocess
import sys

import pytest

from router import startup


@pytest.mark.parametrize(
    "command_line",
    [
        ["/venv/bin/python", "/venv/bin/rasa", "test", "nlu"],
        ["python", "-m", "rasa", "test"],
        ["python.exe", "-X", "dev", "venv/Scripts/rasa.exe", "test", "core"],
    ],
)
def test_tests_of_rasa_are_known(command_line):
    assert startup.is_rasa_test(command_line)


@pytest.mark.parametrize(
    "command_line",
    [
        [],
        ["python"],
        ["python", "/venv/bin/rasa", "train"],
        ["python", "/venv/bin/rasa", "train", "--out", "test"],
        ["python", "-m", "pytest", "rasa", "test"],
        ["python", "-m", "rasa"],
    ],
)
def test_anything_else_is_left_alone(command_line, monkeypatch):
    before = list(sys.meta_path)
    startup.install(command_line)
    assert sys.meta_path == before


def test_a_process_that_only_mentions_tests_loads_nothing_of_the_layer():
    code = "import sys; print([n for n in sys.modules if 'router.rasa' in n], sys.meta_path)"
    result = subprocess.run(
        [sys.executable, "-c", code, "test"], capture_output=True, text=True, check=True
    )
    assert result.stdout.startswith("[] ")
    assert "_BeforeRasaTests" not in result.stdout
    assert result.stderr == ""


def test_the_seams_are_put_in_place_when_rasas_tests_are_imported():
    code = (
        "import sys; from router import startup; import router;"
        "startup.import_module = lambda name: print('imported', name);"
        "startup.install(['python', '-m', 'rasa', 'test']);"
        "finder = sys.meta_path[0];"
        "finder.find_spec('json'); finder.find_spec('rasa.model_testing');"
        "print(finder in sys.meta_path)"
    )
    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert result.stdout == "imported router.rasa\nFalse\n"
