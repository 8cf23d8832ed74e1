"""Bots of Rasa 1 and 2, of which `rasa train` of 3.6 refuses some files and passes over others."""

from pathlib import Path

import pytest

from router.checks import check_project

CONFIG = "language: en\npipeline:\n- name: WhitespaceTokenizer\npolicies:\n- name: RulePolicy\n"
DOMAIN_2 = """\
version: "2.0"
intents: [greet, book]
slots:
  cuisine: {type: text}
  people: {type: float, mappings: [{type: from_text}]}
  seats: {type: float}
forms:
  table_form:
    required_slots:
      cuisine: [{type: from_text}]
  other_form:
    seats: [{type: from_text}]
"""
DOMAIN_3 = """\
version: "3.1"
intents: [greet, book]
slots:
  cuisine: {type: text, mappings: [{type: from_text}]}
forms:
  table_form: {required_slots: [cuisine]}
  empty_form: {}
"""
MARKDOWN = "# what users say\n\n## intent:greet\n- hi\n"
STORY = "## happy path\n* greet\n  - utter_greet\n"


@pytest.fixture
def problems(tmp_path, monkeypatch):
    """Those of a bot with nothing of ours, as `code file:line`."""
    monkeypatch.chdir(tmp_path)

    def found(**files):
        for name, text in {"config_yml": CONFIG, "domain_yml": DOMAIN_3, **files}.items():
            file = Path(name.replace("__", "/").replace("_", "."))
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, "utf-8")
        Path("data").mkdir(exist_ok=True)
        return check_project(Path("config.yml"), Path("domain.yml"), [Path("data")])

    return found


def places(problems):
    return [f"{p.code} {p.location.file}:{p.location.line}" for p in problems]


def test_a_bot_of_rasa_2_is_told_what_rasa_3_refuses(problems):
    found = problems(domain_yml=DOMAIN_2)
    assert places(found) == [
        "old-version domain.yml:1",
        "old-format domain.yml:4",
        "old-format domain.yml:8",
    ]
    version, slots, forms = found
    assert version.is_warning and not slots.is_warning and not forms.is_warning
    assert slots.message.endswith("as Rasa 2 wrote them: cuisine, seats.")
    assert forms.message.endswith(": table_form, other_form.")
    assert "`rasa data migrate`" in slots.advice and "`rasa data migrate`" in forms.advice


def test_a_bot_of_rasa_3_is_left_alone(problems):
    assert problems() == []


def test_a_list_of_forms_is_one_of_rasa_2(problems):
    assert places(problems(domain_yml="forms: [table_form]\n")) == ["old-format domain.yml:1"]


@pytest.mark.parametrize("text", [MARKDOWN, STORY])
def test_markdown_is_told_at_its_first_line(problems, text):
    [problem] = problems(data__nlu_md=text)
    line = 3 if text is MARKDOWN else 2
    assert places([problem]) == [f"old-format data/nlu.md:{line}"]
    assert "rasa data convert" in problem.advice


def test_other_markdown_is_left_alone(problems):
    assert (
        problems(data__readme_md="# Data\n\n* stories\n* rules\n  - by topic\n\n## Notes\n") == []
    )


def test_slots_without_mappings_are_calms_where_a_bot_has_any(problems):
    ours = f"importers: [{{name: router.CoexistenceImporter}}]\n{CONFIG}"
    slots = "intents: [greet]\nslots:\n  amount: {type: float}\n"
    assert places(problems(domain_yml=slots)) == ["old-format domain.yml:3"]
    assert problems(domain_yml=slots, config_yml=ours) == []
    old = f'version: "2.0"\n{slots}'
    found = places(problems(domain_yml=old, config_yml=ours))
    assert found == ["old-version domain.yml:1", "old-format domain.yml:4"]


def test_a_comment_silences_a_version(problems):
    ignoring = DOMAIN_3.replace('"3.1"', '"2.0"  # coexist: ignore[old-version]')
    assert problems(domain_yml=ignoring) == []
