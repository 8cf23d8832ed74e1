"""The language models that config.yml asks for and endpoints.yml describes."""

import pytest

CONFIG = """\
importers:
  - name: router.CoexistenceImporter
pipeline:
  - name: LLMBasedRouter
    calm_entry:
      sticky: payments
    llm:
      {router}
  - name: LLMCommandGenerator
    {generator}
policies:
  - name: FlowPolicy
"""
ENDPOINTS = """\
model_groups:
  - id: small
    models:
      - provider: openai
        model: gpt-4o-mini
        {key}
"""


@pytest.mark.parametrize(
    ("router", "generator", "key", "expected"),
    [
        ("model_group: small", "minimize_num_calls: true", "timeout: 4.0", []),
        ("model_group: smal", "minimize_num_calls: true", "timeout: 4.0", ["invalid-value 8"]),
        ("provider: openai", "minimize_num_calls: true", "timeout: 4.0", ["missing-key 8"]),
        ("model_group: small", "minimise_num_calls: true", "timeout: 4.0", ["unknown-key 10"]),
        ("model_group: small", "user_input: {max_chars: 5}", "timeout: 4.0", ["unknown-key 10"]),
        ("model_group: small", "flow_retrieval: {active: false}", "timeout: 4.0", []),
        ("model_group: small", "llm: {model_group: big}", "timeout: 4.0", ["invalid-value 10"]),
    ],
)
def test_models_are_checked_where_they_are_written(bot, router, generator, key, expected):
    bot.write(
        config=CONFIG.format(router=router, generator=generator),
        endpoints=ENDPOINTS.format(key=key),
    )
    assert bot.found() == expected


def test_a_key_that_is_written_out_is_refused_and_not_shown(bot):
    bot.write(
        config=CONFIG.format(router="model_group: small", generator="timeout: 5.0"),
        endpoints=ENDPOINTS.format(key="api_key: sk-abcdef0123456789"),
    )
    (problem,) = bot.problems()
    assert (problem.location.file, problem.location.line) == ("endpoints.yml", 6)
    assert "sk-abc" not in str(problem)
    assert "${" in str(problem)


def test_a_router_by_a_model_needs_no_classifier_before_it(bot):
    config = CONFIG.format(router="provider: openai\n      model: x", generator="timeout: 5.0")
    bot.write(config=config.replace("policies:", "  - name: DIETClassifier\npolicies:"))
    assert bot.found() == []


@pytest.mark.parametrize("place", ["router", "generator", "embeddings"])
@pytest.mark.parametrize("written", ["sk-literal-1", "[sk-literal-1]"])
def test_a_key_in_the_wrong_place_is_not_shown_and_told_once(bot, place, written):
    router = written if place == "router" else "{provider: openai, model: m}"
    generator = {
        "router": "timeout: 5.0",
        "generator": f"llm: {written}",
        "embeddings": f"flow_retrieval: {{embeddings: {written}}}",
    }[place]
    config = CONFIG.format(router="ROUTER", generator=generator)
    bot.write(config=config.replace("llm:\n      ROUTER", f"llm: {router}"))
    (problem,) = bot.problems()
    assert problem.code == "invalid-value"
    assert problem.location.line == (7 if place == "router" else 9)
    assert "sk-literal" not in str(problem)


@pytest.mark.parametrize(
    ("router", "more"),
    [
        ("SemanticRouter", "encoder: sk-literal-1"),
        ("SemanticRouter", "encoder: {embeddings: [sk-literal-1]}"),
        ("SemanticRouter", "encoder: {folder: x, embeddings: {api_key: sk-literal-1}}"),
        ("HybridRouter", "llm: sk-literal-1"),
        ("HybridRouter", "semantic: {encoder: [sk-literal-1]}"),
    ],
)
def test_nor_is_it_among_the_keys_of_the_routers_with_lists(bot, router, more):
    bot.write(
        config=f"""\
importers:
  - name: router.CoexistenceImporter
pipeline:
  - name: {router}
    nlu_entry: {{sticky: [greet], non_sticky: []}}
    calm_entry: {{sticky: [pay]}}
    {more}
  - name: LLMCommandGenerator
policies:
  - name: FlowPolicy
"""
    )
    told = bot.problems()
    assert "invalid-value" in {each.code for each in told}
    assert "sk-literal" not in "\n".join(map(str, told))


def test_what_is_no_key_is_shown_as_given(bot):
    keys = "flow_retrieval: {num_flows: many}"
    bot.write(config=CONFIG.format(router="{provider: openai, model: m}", generator=keys))
    (problem,) = bot.problems()
    assert "'many'" in str(problem)


LLM = "provider: openai\n      model: m"


@pytest.mark.parametrize("key", ["prompt_template", "prompt"])
def test_a_prompt_that_is_not_there(bot, key):
    bot.write(config=CONFIG.format(router=LLM, generator=f"{key}: prompts/mine.jinja2"))
    (problem,) = bot.problems()
    assert (problem.code, str(problem.location)) == ("missing-file", "config.yml:11:5")
    file = bot.folder / "prompts" / "mine.jinja2"
    file.parent.mkdir()
    file.write_text("{{ user_message | data }}")
    assert bot.problems() == []


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (b"Say:\n{% if user_message %}", "invalid-template mine.jinja2:2"),
        (b"Say:\n\n{{ user_message | dta }}", "invalid-template mine.jinja2:3"),
        (b"Say: {{ user_message", "invalid-template mine.jinja2:1"),
        (b"\xff\xfe", "not-utf8 mine.jinja2:1"),
    ],
)
def test_a_prompt_that_is_no_template_is_told_with_its_line(bot, text, found):
    config = CONFIG.format(router=LLM, generator="timeout: 5.0")
    config = config.replace("    calm_entry:", "    prompt_template: mine.jinja2\n    calm_entry:")
    bot.write(config=config)
    (bot.folder / "mine.jinja2").write_bytes(text)
    (problem,) = bot.problems()
    assert f"{problem.code} {problem.location.file}:{problem.location.line}" == found
