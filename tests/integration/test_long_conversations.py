"""The shortcuts for long conversations give what Rasa's own code gives."""

import json
import random

import pytest

pytestmark = [pytest.mark.integration, pytest.mark.alone]

TURNS = (
    "hello",
    "block my card",
    "blah",
    "4711",
    "transfer money",
    "Anna",
    "20",
    "no",
    "/restart",
    "hello",
)


def stock(method):
    return method._coexistence_original


async def test_a_copied_tracker_is_what_replaying_gives(talk):
    from rasa.shared.core.trackers import DialogueStateTracker, EventVerbosity

    for text in TURNS:
        await talk(text)
        tracker = await talk.tracker()
        quick, replayed = tracker.copy(), stock(DialogueStateTracker.copy)(tracker)
        verbosity = EventVerbosity.ALL
        assert quick.current_state(verbosity) == replayed.current_state(verbosity)
        assert quick.followup_action == replayed.followup_action
        assert vars(quick).keys() == vars(replayed).keys()


async def test_changing_a_copy_leaves_the_tracker_alone(talk):
    from rasa.shared.core.events import SlotSet

    await talk("transfer money")
    tracker = await talk.tracker()
    twin = tracker.copy()
    twin.update(SlotSet("recipient", "Ben"))
    assert tracker.get_slot("recipient") is None
    assert len(tracker.events) == len(twin.events) - 1


async def test_applied_events_are_those_rasa_applies(talk):
    from rasa.shared.core.trackers import DialogueStateTracker

    for text in TURNS:
        await talk(text)
        tracker = await talk.tracker()
        assert tracker.applied_events() == stock(DialogueStateTracker.applied_events)(tracker)


def test_applied_events_are_rasas_whatever_forms_do(mini_agent):
    from rasa.shared.core import events
    from rasa.shared.core.trackers import DialogueStateTracker

    kinds = [
        *(lambda name=name: events.ActionExecuted(name) for name in ("a_form", "b_form", "utter")),
        *(lambda name=name: events.ActiveLoop(name) for name in ("a_form", "b_form", None)),
        *(lambda name=name: events.ActionExecutionRejected(name) for name in ("a_form", "b_form")),
        lambda: events.ActionExecuted("action_listen"),
        lambda: events.UserUttered("hello", {"name": "greet"}),
        lambda: events.SlotSet("amount", 5),
        lambda: events.DefinePrevUserUtteredFeaturization(False),
    ]
    rare = [events.Restarted, events.SessionStarted, events.UserUtteranceReverted]
    chosen = random.Random(1)
    shorter = 0
    for number in range(300):
        makers = [*kinds * 5, *(rare if number % 3 else ())]
        said = [chosen.choice(makers)() for _ in range(chosen.randrange(60))]
        tracker = DialogueStateTracker.from_events("x", said, mini_agent.domain.slots)
        applied = tracker.applied_events()
        assert applied == stock(DialogueStateTracker.applied_events)(tracker)
        shorter += len(applied) < len(said)
    assert shorter > 100


async def test_the_store_holds_the_text_that_rasa_writes(talk, mini_agent):
    from rasa.core.tracker_store import InMemoryTrackerStore

    store = mini_agent.tracker_store
    while hasattr(store, "_tracker_store"):
        store = store._tracker_store
    for text in TURNS[:-2]:
        await talk(text)
        tracker = await talk.tracker()
        written = store.store[talk.sender]
        assert written == InMemoryTrackerStore.serialise_tracker(tracker)
        read = store.deserialise_tracker(talk.sender, written)
        assert read.latest_message.as_dict() == tracker.latest_message.as_dict()
        assert read.current_state() == tracker.current_state()
        assert [e.as_dict() for e in read.events] == [e.as_dict() for e in tracker.events]


async def test_what_somebody_else_wrote_is_read_again(talk, mini_agent):
    store = mini_agent.tracker_store
    while hasattr(store, "_tracker_store"):
        store = store._tracker_store
    await talk("hello")
    data = json.loads(store.store[talk.sender])
    data["events"].append({"event": "slot", "name": "verified", "value": True, "timestamp": 1.0})
    store.store[talk.sender] = json.dumps(data)
    assert await talk.slot("verified") is True


def test_event_classes_are_resolved_as_rasa_resolves_them():
    from rasa.shared.core.events import Event, SlotSet

    import router.rasa

    assert router.rasa.seams
    assert Event.resolve_by_type("slot") is SlotSet
    assert Event.resolve_by_type("topic") is None
    assert Event.resolve_by_type("unheard of", SlotSet) is SlotSet
    with pytest.raises(ValueError, match="Unknown event name"):
        Event.resolve_by_type("unheard of")
