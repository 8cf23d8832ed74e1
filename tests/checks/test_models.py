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
