"""What Rasa makes of keys in config.yml, and what training refuses of keys and prompts."""

import pytest

pytestmark = pytest.mark.integration

KEY = "sk-0123456789abcdef"
OPENAI = {"provider": "openai", "model": "m"}


def addon(**keys):
    """What Rasa asks a component before it trains it."""
    from router.rasa.llm_generator import LLMCommandGenerator

    return LLMCommandGenerator.fingerprint_addon({"flow_retrieval": {"active": False}, **keys})


def refusal(**keys):
    from router.rasa.errors import CoexistenceSetupError

    with pytest.raises(CoexistenceSetupError) as raised:
        addon(**keys)
    return str(raised.value)


def test_rasa_fills_in_a_variable_unless_it_stands_in_quotes(monkeypatch):
    from rasa.shared.utils.io import read_yaml

    monkeypatch.setenv("MY_KEY", KEY)
    read = read_yaml("plain: ${MY_KEY}\nquoted: '${MY_KEY}'\n")
    assert read == {"plain": KEY, "quoted": "${MY_KEY}"}


def test_a_key_that_would_be_in_the_model_is_refused_and_not_shown():
    told = refusal(llm={**OPENAI, "api_key": KEY})
    assert 'Write "${NAME}"' in told and "quotes" in told
    assert KEY not in told
    assert addon(llm={**OPENAI, "api_key": "${MY_KEY}"}) is None


def test_a_group_may_be_known_to_the_server_alone(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert addon(llm={"model_group": "of the server"}) is None


@pytest.mark.parametrize("text", ["Say:\n{% if x %}", "Say:\n{{ x | dta }}"])
def test_a_prompt_that_is_no_template_is_refused_with_its_line(tmp_path, text):
    file = tmp_path / "mine.jinja2"
    file.write_text(text)
    assert f"{file}:2:1: error[invalid-template]" in refusal(prompt_template=str(file))
    file.write_text("{{ user_message }}")
    assert addon(prompt_template=str(file)) == "{{ user_message }}"


def test_a_prompt_that_is_not_there_is_refused():
    assert "error[missing-file]" in refusal(prompt_template="nowhere.jinja2")
