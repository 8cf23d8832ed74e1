"""The start-up hook acts on the commands that need it and on nothing else."""

import subprocess
import sys

import pytest

from router import startup


@pytest.mark.parametrize(
    ("command_line", "command"),
    [
        (["/venv/bin/python", "/venv/bin/rasa", "test", "nlu"], "test"),
        (["python", "-m", "rasa", "test"], "test"),
        (["python.exe", "-X", "dev", "venv/Scripts/rasa.exe", "run", "--enable-api"], "run"),
        (["python", "/venv/bin/rasa", "train", "--out", "test"], "train"),
        ([], None),
        (["python"], None),
        (["python", "-m", "pytest", "rasa", "test"], None),
        (["python", "-m", "rasa"], None),
    ],
)
def test_a_command_of_rasas_is_known(command_line, command):
    assert startup.rasa_command(command_line) == command


@pytest.mark.parametrize(
    ("arguments", "endpoints", "waits"),
    [
        (["test", "nlu"], "", True),
        (["run"], "", False),
        (["run"], "nlg:\n  type: rephrase\n", True),
        (["shell"], "nlg:\n  type: rasa_plus.ml.ContextualResponseRephraser\n", True),
        (["run", "--endpoints", "other.yml"], "nlg:\n  type: rephrase\n", False),
        (["train"], "nlg:\n  type: rephrase\n", False),
    ],
)
def test_it_waits_for_tests_and_for_a_rephraser(arguments, endpoints, waits, tmp_path, monkeypatch):
    (tmp_path / "endpoints.yml").write_text(endpoints, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "meta_path", list(sys.meta_path))
    before = list(sys.meta_path)
    startup.install(["python", "-m", "rasa", *arguments])
    assert (sys.meta_path != before) is waits


def test_a_process_that_only_mentions_tests_loads_nothing_of_the_layer():
    code = "import sys; print([n for n in sys.modules if 'router.rasa' in n], sys.meta_path)"
    result = subprocess.run(
        [sys.executable, "-c", code, "test"], capture_output=True, text=True, check=True
    )
    assert result.stdout.startswith("[] ")
    assert "_BeforeRasa" not in result.stdout
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
