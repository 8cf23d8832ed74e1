"""SemanticRouter, HybridRouter and a bot's own router, as the check sees them."""

import pytest

CONFIG = """\
importers:
  - name: router.CoexistenceImporter
pipeline:
  - name: {router}
    nlu_entry:
      sticky: [{sticky}]
      non_sticky: []
    calm_entry:
      sticky: {calm}
    out_of_scope: [{outside}]
    {more}
  - name: LLMCommandGenerator
policies:
  - name: FlowPolicy
"""


def config(router="SemanticRouter", sticky="", calm="[pay]", outside="", more="unsure: nlu_once"):
    return CONFIG.format(router=router, sticky=sticky, calm=calm, outside=outside, more=more)


@pytest.mark.parametrize(
    ("keys", "expected"),
    [
        ({}, []),
        ({"router": "HybridRouter", "more": "semantic: {}"}, []),
        ({"router": "HybridRouter"}, []),
        ({"sticky": "nobody"}, ["unknown-intent 6"]),
        ({"sticky": "{name: nobody, examples: [hello]}"}, []),
        ({"outside": "nobody"}, ["unknown-intent 10"]),
        ({"sticky": "pay"}, ["intent-listed-twice 9"]),
        ({"more": "objektive: accuracy"}, ["unknown-key 11"]),
        ({"more": "encoder: {embeddings: {model_group: no}}"}, ["invalid-value 11"]),
        ({"more": "encoder: {embeddings: {provider: openai}}"}, ["missing-key 11"]),
        (
            {"router": "HybridRouter", "more": "llm: {model_group: no}"},
            ["invalid-value 11"],
        ),
    ],
    ids=str,
)
def test_their_keys_are_checked_where_they_are_written(bot, keys, expected):
    bot.write(config=config(**keys))
    assert [each for each in bot.found() if not each.startswith("unlisted")] == expected


def test_a_bots_own_router_is_one_by_its_name_and_has_its_own_keys(bot):
    own = "  - name: bot.routers.NightRouter\n    hours: 8\n"
    text = config().replace("  - name: LLMCommandGenerator", f"{own}  - name: LLMCommandGenerator")
    bot.write(config=text)
    assert "two-routers 12" in bot.found()


@pytest.mark.parametrize(
    ("trigger", "generator", "expected"),
    [
        ("", "NLUCommandAdapter", ["intent-starts-nothing 9"]),
        ("", "LLMCommandGenerator", []),
        ("nlu_trigger: [{intent: pay}]", "NLUCommandAdapter", []),
    ],
)
def test_a_listed_flow_that_nothing_can_start_is_a_warning(bot, trigger, generator, expected):
    steps = "steps: [{action: action_pay}]"
    flow = f"flows:\n  paying:\n    description: pays\n    {trigger}\n    {steps}\n"
    text = config(calm="[paying]").replace("LLMCommandGenerator", generator)
    bot.write(config=text, data__paying=flow)
    assert bot.found("intent-starts-nothing") == expected
