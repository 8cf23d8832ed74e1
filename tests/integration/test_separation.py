"""Two systems in one conversation: each sees and fills its own, and nobody is stuck."""

import asyncio
import time

import pytest

pytestmark = pytest.mark.integration


async def view_of(talk, mini_agent):
    from router.rasa.history import nlu_view
    from router.rasa.seams import assistant_of

    assistant = assistant_of(mini_agent.processor)
    return nlu_view(await talk.tracker(), assistant.shared_slots)


def texts(tracker):
    return [event.text for event in tracker.events if type(event).__name__ == "UserUttered"]


async def test_nlu_policies_see_only_nlu_turns_since_the_last_reset(talk, mini_agent):
    for text in ("block my card", "4711", "transfer money", "stop", "hello", "give feedback"):
        await talk(text)
    assert texts(await view_of(talk, mini_agent)) == ["hello", "give feedback"]


async def test_without_anything_to_hide_they_see_the_tracker_itself(talk, mini_agent):
    from router.rasa.history import nlu_view

    await talk("hello")
    await talk("give feedback")
    tracker = await talk.tracker()
    assert nlu_view(tracker, frozenset()) is tracker


async def test_a_shared_slot_set_in_a_flow_is_known_to_the_nlu_system(talk, mini_agent):
    await talk("add a contact")
    await talk("Carla")
    await talk("give feedback")
    view = await view_of(talk, mini_agent)
    assert texts(view) == ["give feedback"]
    assert view.get_slot("verified") is True
    assert view.get_slot("contact") is None


async def test_slots_of_flows_are_not_filled_on_nlu_turns(talk):
    await talk("block my card")
    await talk("20")
    assert await talk.slot("amount") is None


async def test_slots_of_the_nlu_system_are_not_filled_on_calm_turns(talk):
    await talk("transfer money")
    await talk("4711")
    assert await talk.slot("card_digits") is None


async def test_a_reset_puts_every_slot_that_is_not_shared_back(talk):
    await talk("block my card")
    await talk("4711")
    events = list((await talk.tracker()).events)
    names = [type(event).__name__ for event in events]
    reset = max(
        i for i, e in enumerate(events) if getattr(e, "action_name", "") == "action_reset_routing"
    )
    after = events[reset + 1 :]
    set_slots = [event.key for event in after if type(event).__name__ == "SlotSet"]
    assert "ActiveLoop" in names[reset:]
    assert "verified" not in set_slots
    assert {"card_digits", "amount", "recipient", "confirmed"} <= set(set_slots)
    assert set_slots[-2:] == ["dialogue_stack", "route_session_to_calm"]
    assert after[-1].action_name == "action_listen"


async def test_the_decision_is_recorded_once_and_carries_its_reason(talk):
    await talk("hello")
    await talk("transfer money")
    await talk("Anna")
    decisions = [
        event.metadata["routing_decision"]
        for event in (await talk.tracker()).events
        if getattr(event, "key", "") == "route_session_to_calm"
        and "routing_decision" in event.metadata
    ]
    assert [(d["route"], d["sticky"], d["reason"]) for d in decisions] == [
        ("nlu", False, "in nlu_entry.non_sticky"),
        ("calm", True, "in calm_entry.sticky"),
    ]
    assert {"router", "intent", "confidence", "margin", "latency_ms", "config"} <= set(decisions[1])


async def test_restart_clears_route_and_stack(talk):
    await talk("transfer money")
    await talk("/restart")
    assert await talk.slot("route_session_to_calm") is None
    assert not await talk.slot("dialogue_stack")
    assert await talk("hello") == ["Hi there."]


async def test_a_new_session_clears_route_and_stack_though_slots_carry_over(
    talk, mini_agent, monkeypatch
):
    await talk("add a contact")
    await talk("Carla")
    await talk("transfer money")
    await talk("Anna")
    now = time.time()
    monkeypatch.setattr("rasa.core.processor.time.time", lambda: now + 3 * 3600)
    assert await talk("hello") == ["Hi there."]
    assert await talk.slot("route_session_to_calm") is None
    assert not await talk.slot("dialogue_stack")
    assert await talk.slot("recipient") is None
    assert await talk.slot("verified") is True


async def test_idle_and_fruitless_routes_are_released_where_the_router_says_so(talk, mini_agent):
    from router.rasa.seams import assistant_of

    settings = assistant_of(mini_agent.processor).settings
    await talk("transfer money")
    settings["max_turns_without_progress"] = 2
    try:
        await talk("blah")
        await talk("blah")
        assert await talk.slot("route_session_to_calm") is True
        assert await talk("hello") == ["Hi there."]
    finally:
        settings["max_turns_without_progress"] = None
    await talk("transfer money")
    settings["max_idle_minutes"] = 0.0001
    try:
        await asyncio.sleep(0.1)
        assert await talk("hello") == ["Hi there."]
    finally:
        settings["max_idle_minutes"] = None
    releases = [
        event.metadata["release"]["reason"]
        for event in (await talk.tracker()).events
        if "release" in (event.metadata or {})
    ]
    assert releases[0].startswith("max_turns_without_progress")
    assert releases[1].startswith("max_idle_minutes")


async def test_a_long_flow_may_take_more_than_ten_actions(mini_agent):
    from rasa.shared.core.events import ActionExecuted, UserUttered
    from rasa.shared.core.trackers import DialogueStateTracker

    processor = mini_agent.processor
    for route, reached in (("calm", False), ("nlu", True)):
        tracker = DialogueStateTracker.from_events(
            "many",
            [
                ActionExecuted("action_listen"),
                UserUttered("x", {"name": "transfer"}, parse_data={"route": route}),
                *[ActionExecuted("utter_sent") for _ in range(12)],
            ],
            processor.domain.slots,
        )
        assert processor.is_action_limit_reached(tracker, True) is reached


async def test_a_component_that_waits_holds_up_nobody(mini_agent, monkeypatch, talk):
    from rasa.core.channels.channel import CollectingOutputChannel, UserMessage

    from router.rasa.command_adapter import NLUCommandAdapter

    original = NLUCommandAdapter.process
    running, most = 0, 0

    async def process(self, *args, **kwargs):
        nonlocal running, most
        running += 1
        most = max(most, running)
        await asyncio.sleep(0.3)
        running -= 1
        return original(self, *args, **kwargs)

    nodes = mini_agent.processor.graph_runner._instantiated_nodes.values()
    [node] = [node for node in nodes if node._component_class is NLUCommandAdapter]
    monkeypatch.setattr(node, "_fn", process)
    messages = [
        UserMessage("hello", CollectingOutputChannel(), f"{talk.sender} {n}") for n in range(20)
    ]
    await asyncio.gather(*(mini_agent.handle_message(message) for message in messages))
    assert most == 20
    assert all(message.output_channel.messages[0]["text"] == "Hi there." for message in messages)


async def test_a_shared_slot_that_a_flow_collects_keeps_its_type_and_its_rejections(talk):
    await talk("leave a tip")
    assert await talk("500") == ["Too generous.", "What tip?"]
    assert await talk("20") == ["What else can I do for you?"]
    assert await talk.slot("tip") == 20.0


async def test_a_slot_that_a_custom_mapping_fills_is_asked_for_once(talk):
    assert await talk("guess my mood") == ["How are you?"]
    assert await talk("happy, really") == ["You are happy.", "What else can I do for you?"]


async def test_set_slots_reaches_the_slots_of_the_system_that_answers(talk):
    await talk("block my card")
    assert await talk("/SetSlots(card_digits=4711)") == ["Card 4711 is blocked."]
    await talk("transfer money")
    assert await talk("/SetSlots(recipient=Ben, amount=5)") == ["Send 5.0 to Ben?"]


@pytest.mark.parametrize(
    "payload", ["verified=true", "route_session_to_calm=true", "dialogue_stack=x", "amount=5"]
)
async def test_set_slots_cannot_set_what_users_must_not_set(talk, payload):
    await talk("block my card")
    await talk(f"/SetSlots({payload})")
    assert await talk.slot("route_session_to_calm") is False
    assert not await talk.slot("verified")
    assert not await talk.slot("dialogue_stack")
    assert await talk.slot("amount") is None


async def test_a_release_without_a_reset_hides_nothing_from_the_nlu_policies(talk, mini_agent):
    await talk("hello")
    await talk("stop")
    assert await talk.slot("route_session_to_calm") is None
    assert texts(await view_of(talk, mini_agent)) == ["hello"]


async def test_a_decision_is_logged_once_and_without_the_users_text(talk):
    import logging

    import structlog
    from structlog.testing import capture_logs

    before = structlog.get_config()["wrapper_class"]
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.INFO))
    try:
        with capture_logs() as lines:
            await talk("wire money to Anna")
    finally:
        structlog.configure(wrapper_class=before)
    [line] = [line for line in lines if line["event"] == "coexistence.routing_decision"]
    assert line["log_level"] == "info"
    assert (line["route"], line["reason"]) == ("calm", "in calm_entry.sticky")
    assert "Anna" not in str(line)


def test_what_a_form_asks_for_is_filled_unless_a_flow_is_in_progress():
    from rasa.shared.core.domain import Domain

    from router.dialogue.state import DialogueState, Frame
    from router.flows.assistant import Assistant
    from router.flows.reading import flows_from_data
    from router.flows.slots import SlotSpec
    from router.flows.yaml_source import parse_yaml
    from router.rasa.slot_filling import domain_for_slot_filling
    from router.routing.decision import Route

    mappings = [{"type": "from_text"}]
    names = ("guests", "day")
    domain = Domain.from_dict(
        {
            "slots": {name: {"type": "text", "mappings": mappings} for name in names},
            "forms": {"table_form": {"required_slots": ["guests"]}},
        }
    )
    flow = "table: {description: d, steps: [{collect: guests}, {collect: day}]}"
    specs = {
        slot.name: SlotSpec(slot.name, "text", mappings=tuple(mappings)) for slot in domain.slots
    }
    assistant = Assistant(flows=flows_from_data(parse_yaml(flow, "flows.yml"), []), slots=specs)

    def filled(state):
        view = domain_for_slot_filling(domain, Route.NLU, state, assistant)
        return {slot.name for slot in view.slots} & {*names}

    assert filled(DialogueState()) == {"guests"}
    assert filled(DialogueState((Frame("1", "table"),))) == set()
