"""The sentence encoders that config.yml names, and the embedded one, which knows English."""

import pytest

from router.checks import model_checks

CONFIG = """\
language: {language}
importers:
  - name: router.CoexistenceImporter
pipeline:
  - name: {router}
    {keys}
    nlu_entry: {{sticky: [greet], non_sticky: []}}
    calm_entry: {{sticky: [pay]}}
  - name: LLMCommandGenerator
    {generator}
policies:
  - name: FlowPolicy
"""
ENDPOINT = "embeddings: {provider: openai, model: m}"


def write(
    bot,
    keys="unsure: nlu_once",
    generator="timeout: 5.0",
    router="SemanticRouter",
    language="de",
    flows=2,
):
    lines = [
        f"  flow_{number}: {{description: One., steps: [{{action: action_pay}}]}}"
        for number in range(flows)
    ]
    bot.write(
        config=CONFIG.format(language=language, router=router, keys=keys, generator=generator),
        flows__many="\n".join(["flows:", *lines]),
    )


def warned(bot):
    return bot.found("english-encoder")


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        ("de", ["english-encoder 5"]),
        ("sv-SE", ["english-encoder 5"]),
        ("en", []),
        ("en-GB", []),
        ("EN_us", []),
        ("null", []),
    ],
)
def test_a_bot_of_another_language_needs_another_encoder(bot, language, expected):
    write(bot, language=language)
    assert warned(bot) == expected


def test_without_a_language_it_is_english_as_for_rasa(bot):
    write(bot)
    config = (bot.folder / "config.yml").read_text()
    bot.write(config=config.replace("language: de\n", ""))
    assert warned(bot) == []


@pytest.mark.parametrize(
    ("router", "keys", "expected"),
    [
        ("SemanticRouter", "encoder: {timeout: 1.0}", ["english-encoder 6"]),
        ("SemanticRouter", f"encoder: {{{ENDPOINT}}}", []),
        ("SemanticRouter", "encoder: {folder: mine}", []),
        ("HybridRouter", "unsure: nlu_once", []),
        ("HybridRouter", "semantic: {}", ["english-encoder 6"]),
        ("HybridRouter", "semantic: {encoder: {folder: mine}}", []),
        ("HybridRouter", "semantic: {}\n    first: intents", []),
    ],
)
def test_what_compares_meanings_uses_it_unless_told_otherwise(bot, router, keys, expected):
    write(bot, router=router, keys=keys)
    assert warned(bot) == expected


@pytest.mark.parametrize(
    ("generator", "flows", "expected"),
    [
        ("timeout: 5.0", 20, []),
        ("timeout: 5.0", 21, ["english-encoder 9"]),
        ("flow_retrieval: {num_flows: 3}", 4, ["english-encoder 10"]),
        ("flow_retrieval: {num_flows: 3, active: false}", 4, []),
        (f"flow_retrieval: {{num_flows: 3, {ENDPOINT}}}", 4, []),
    ],
)
def test_flow_retrieval_uses_it_where_there_are_many_flows(
    bot, monkeypatch, generator, flows, expected
):
    monkeypatch.setattr(model_checks, "find_spec", lambda name: name)
    write(bot, keys=f"encoder: {{{ENDPOINT}}}", generator=generator, flows=flows)
    assert warned(bot) == expected


def test_flow_retrieval_that_nobody_wrote_uses_none_that_is_not_installed(bot, monkeypatch):
    monkeypatch.setattr(model_checks, "find_spec", lambda name: None)
    write(bot, keys=f"encoder: {{{ENDPOINT}}}", flows=21)
    assert warned(bot) == []


@pytest.mark.parametrize(
    ("router", "keys"),
    [
        ("SemanticRouter", "encoder: {folder: mine}"),
        ("HybridRouter", "semantic: {encoder: {folder: mine}}"),
    ],
)
def test_a_folder_without_an_encoder_is_told_where_it_is_named(bot, router, keys):
    write(bot, router=router, keys=keys, language="en")
    (problem,) = bot.problems()
    assert (problem.code, problem.location.line) == ("missing-file", 6)
    folder = bot.folder / "mine" / "onnx"
    folder.mkdir(parents=True)
    (folder / "model.onnx").touch()
    assert "tokenizer.json" in str(bot.problems()[0])
    (folder.parent / "tokenizer.json").touch()
    assert bot.problems() == []
