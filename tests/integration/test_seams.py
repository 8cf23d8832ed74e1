"""Each seam: what a bot does only because Rasa's own code passes through it."""

import asyncio
import sys
import textwrap

import pytest

pytestmark = pytest.mark.integration

ROUTE = "route_session_to_calm"


@pytest.fixture(scope="module")
def seams(mini_agent):
    from router.rasa import seams

    return seams


async def test_parse_message_awaits_components(mini_agent, seams, monkeypatch):
    """Two messages whose component waits take one waiting time, not two."""
    from router.rasa.command_adapter import NLUCommandAdapter

    async def process(self, messages, tracker, assistant):
        await asyncio.sleep(0.4)
        return messages

    for node in mini_agent.processor.graph_runner._instantiated_nodes.values():
        if isinstance(node._component, NLUCommandAdapter):
            monkeypatch.setattr(node, "_fn", process)
    start = asyncio.get_running_loop().time()
    parsed = await asyncio.gather(*(mini_agent.parse_message("hello") for _ in range(2)))
    assert 0.4 <= asyncio.get_running_loop().time() - start < 0.8
    assert [each["intent"]["name"] for each in parsed] == ["greet", "greet"]


async def test_handle_message_with_tracker_reads_a_buttons_payload(talk):
    await talk("transfer money")
    assert await talk("/SetSlots(recipient=Zoe)") == ["How much?"]
    message = (await talk.tracker()).latest_message
    assert message.parse_data["route"] == "calm"
    assert await talk.slot("recipient") == "Zoe"


async def test_run_action_extract_slots_routes_a_message_without_pipeline(mini_agent, talk):
    """A reminder or the API adds a message that was never handled."""
    from rasa.core.channels.channel import CollectingOutputChannel

    channel = CollectingOutputChannel()
    tracker = await mini_agent.processor.fetch_tracker_and_update_session(talk.sender)
    await mini_agent.trigger_intent("transfer", [], channel, tracker)
    assert await talk.slot(ROUTE) is True
    assert [message["text"] for message in channel.messages] == ["To whom?"]


async def test_predict_next_with_tracker_hides_the_other_systems_turns(talk):
    """The feedback story is known to memory only because the CALM turns are left out."""
    for text in ("transfer money", "Anna", "stop"):
        await talk(text)
    assert await talk("give feedback") == ["How did you like it?"]
    assert await talk("it was great") == ["Thanks for telling us."]
    policies = {e.policy for e in (await talk.tracker()).events if hasattr(e, "policy")}
    assert {"FlowPolicy", "MemoizationPolicy"} <= {str(policy) for policy in policies}


async def test_is_action_limit_reached_lets_flows_take_more_actions(
    mini_agent, talk, seams, monkeypatch
):
    await talk("transfer money")
    await talk("Anna")
    monkeypatch.setattr(mini_agent.processor, "max_number_of_predictions", 1)
    assert await talk("20") == ["Send 20.0 to Anna?"]  # the check, its action, the question


async def test_the_limit_of_flows_holds_too(mini_agent, talk, seams, monkeypatch):
    await talk("transfer money")
    await talk("Anna")
    monkeypatch.setattr(seams, "MAX_PREDICTIONS_CALM", 1)
    assert await talk("20") == []


async def test_run_action_moves_the_flow_on(talk):
    await talk("transfer money")
    events = list((await talk.tracker()).events)
    actions = [getattr(event, "action_name", None) for event in events]
    after = events[actions.index("utter_ask_recipient") :]
    assert "dialogue_stack" in {getattr(event, "key", None) for event in after}


async def test_extract_slots_leaves_the_flows_slots_alone_on_nlu_turns(talk):
    """A person named to the NLU system isn't the recipient of a transfer."""
    await talk("block my card")
    await talk("Anna")
    assert await talk.slot(ROUTE) is False
    events = list((await talk.tracker()).events)
    entities = [entity for event in events for entity in getattr(event, "entities", ())]
    assert [entity["value"] for entity in entities] == ["Anna"]
    assert "recipient" not in {getattr(event, "key", None) for event in events}


async def test_request_runs_actions_in_this_process(mini_bot, talk):
    for text in ("transfer money", "Anna", "20"):
        await talk(text)
    threads = sys.modules["mini_actions"].THREADS
    before = len(threads)
    assert (await talk("yes"))[0] == "Sent."
    assert len(threads) == before + 1
    assert threads[-1] != "MainThread"


CALM_DOMAIN = textwrap.dedent(
    """
    version: "3.1"
    intents: [greet]
    slots:
      plain:
        type: text
        shared_for_coexistence: true
      spoken:
        type: text
        mappings:
          - type: from_llm
      flow_only:
        type: text
        mappings:
          - type: from_text
            conditions: [{active_flow: transfer}]
    """
)


def test_from_yaml_reads_a_domain_written_for_calm(seams, tmp_path):
    from rasa.shared.core.domain import Domain

    (tmp_path / "domain.yml").write_text(CALM_DOMAIN)
    domain = Domain.load(str(tmp_path / "domain.yml"))
    assert {slot.name for slot in domain.slots} >= {"plain", "spoken", "flow_only"}


def test_from_dict_reads_a_folder_written_for_calm(seams, tmp_path):
    from rasa.shared.core.domain import Domain

    (tmp_path / "one.yml").write_text(CALM_DOMAIN)
    (tmp_path / "two.yml").write_text('version: "3.1"\nintents: [bye]\n')
    domain = Domain.load(str(tmp_path))
    assert {slot.name for slot in domain.slots} >= {"plain", "spoken", "flow_only"}
    assert {"greet", "bye"} <= set(domain.intents)


def test_the_answer_of_an_action_is_checked_by_a_schema_compiled_once(seams, monkeypatch):
    """Rasa's own check, which compiles it each time, still says what is wrong with one."""
    import jsonschema
    from rasa.core.actions.action import RemoteAction

    asked = []
    own = jsonschema.validate
    monkeypatch.setattr(jsonschema, "validate", lambda *a, **k: asked.append(a) or own(*a, **k))
    action = RemoteAction("action_x", None)
    assert action._validate_action_result({"events": [], "responses": []})
    assert not asked
    with pytest.raises(jsonschema.ValidationError, match="Failed to validate Action server"):
        action._validate_action_result({"events": 5})
    assert len(asked) == 1


def test_every_seam_of_the_module_is_reached_by_a_test_above(seams):
    """Whoever adds a seam adds a test of it, and its name here."""
    assert {name for _, name, _ in seams._SEAMS} == {
        "parse_message",
        "_handle_message_with_tracker",
        "run_action_extract_slots",
        "_predict_next_with_tracker",
        "is_action_limit_reached",
        "_run_action",
        "run",
        "from_yaml",
        "from_dict",
    }


def test_installing_again_changes_nothing(seams):
    def installed():
        return [getattr(owner, name) for owner, name, _ in seams._SEAMS]

    before, plugins = installed(), list(seams.plugin_manager().get_plugins())
    seams.install()
    assert installed() == before
    assert list(seams.plugin_manager().get_plugins()) == plugins
    for each in before:
        assert hasattr(each, seams._INSTALLED)
        assert not hasattr(getattr(each, seams._INSTALLED), seams._INSTALLED)


@pytest.mark.parametrize("version", ["3.5.17", "3.7.0", "3.60.0", "4.0.0"])
def test_any_other_rasa_is_refused(seams, version):
    from router.errors import UnsupportedRasa

    with pytest.raises(UnsupportedRasa, match=rf"{version}.*pip install rasa==3.6.21"):
        seams.check_version(version)


def test_any_3_6_is_welcome(seams):
    seams.check_version("3.6.0")
    seams.check_version("3.6.21")


async def test_a_model_without_the_layer_behaves_as_stock(seams, stock_bot):
    from rasa.core.agent import Agent

    agent = Agent.load(str(stock_bot / "models" / "stock.tar.gz"))
    assert seams.assistant_of(agent.processor) is None
    answers = [message["text"] for message in await agent.handle_text("order a pizza")]
    assert answers == ["Are you sure?"]
    tracker = await agent.tracker_store.retrieve("default")
    assert ROUTE not in tracker.slots
    assert ROUTE not in {getattr(event, "key", None) for event in tracker.events}
    assert "route" not in tracker.latest_message.parse_data
