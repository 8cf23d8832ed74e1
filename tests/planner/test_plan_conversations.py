from __future__ import annotations

import json
import random
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import pytest
from plan_conversation_events import (
    RESTART,
    SESSION,
    Event,
    did,
    form,
    rows,
    said,
    slot,
    stack,
    start,
    write_lines,
    write_parquet,
    write_sqlite,
    write_trackers,
)

from router.planner.conversations import analyse, open_source
from router.planner.model import SkillTraffic, Traffic

SKILLS = {"transfer": "transfer", "send": "transfer", "balance": "balance", "block": "block"}
FLOWS = {"transfer_flow": "transfer", "balance_flow": "balance"}
ACTIONS = {"transfer_form": "transfer", "utter_ask_amount": "transfer", "action_pay": "transfer"}
RESET = did("action_reset_routing")
NLU, CALM = slot("route_session_to_calm", False), slot("route_session_to_calm", True)

Store = Callable[[Mapping[str, Sequence[Event]], Path], str]
STORES: dict[str, Store] = {
    "sqlite": lambda talks, folder: write_sqlite(rows(talks), folder / "rasa.db"),
    "parquet": lambda talks, folder: write_parquet(rows(talks), folder / "e.parquet"),
    "lines": lambda talks, folder: write_lines(talks, folder / "e.jsonl"),
    "trackers": lambda talks, folder: write_trackers(talks, folder / "e.json"),
}


def traffic_of(target: str, **more: object) -> Traffic:
    with open_source(target) as source:
        return analyse(source, SKILLS, **{"flows": FLOWS, **more})  # type: ignore[arg-type]


@pytest.fixture
def seen(tmp_path: Path) -> Callable[..., Traffic]:
    """What is seen in conversations, each a list of events."""

    def see(*talks: Sequence[Event], **more: object) -> Traffic:
        stored = {f"user {number}": talk for number, talk in enumerate(talks)}
        return traffic_of(STORES["parquet"](stored, tmp_path), **more)

    return see


INTERRUPTED = [said("transfer"), form("transfer_form"), said("balance"), did("utter_balance")]
BOTH: Mapping[tuple[str, str], int] = {("transfer", "balance"): 1}


@pytest.mark.parametrize(
    ("events", "interruptions"),
    [
        pytest.param(INTERRUPTED, BOTH, id="in an open form"),
        pytest.param([*INTERRUPTED, form(None), *INTERRUPTED], BOTH, id="twice, one conversation"),
        pytest.param(
            [*INTERRUPTED, said("block")],
            {**BOTH, ("transfer", "block"): 1},
            id="twice in one form",
        ),
        pytest.param(
            [said("transfer"), form("transfer_form"), form(None), said("balance")],
            {},
            id="after the form",
        ),
        pytest.param(
            [said("transfer"), form("f"), form(None), did("action_pay"), said("balance"),
             said("transfer")],
            {},
            id="done, another, and again",
        ),
        pytest.param([said("transfer"), form("f"), said("send")], {}, id="the same skill"),
        pytest.param([said("transfer"), form("f"), said("thanks")], {}, id="no skill"),
        pytest.param([said("transfer"), form("f"), RESET, said("balance")], {}, id="reset"),
        pytest.param([said("transfer"), form("f"), RESTART, said("balance")], {}, id="restart"),
        pytest.param([said("transfer"), form("f"), SESSION, said("balance")], {}, id="session"),
        pytest.param([said("transfer"), said("balance")], {}, id="one after the other"),
        pytest.param([said("transfer"), said("balance"), said("send")], BOTH, id="gone back to"),
        pytest.param(
            [said("transfer"), said("balance"), RESET, said("transfer")], {}, id="begun again"
        ),
        pytest.param(
            [said("transfer"), said("balance"), said("block"), said("transfer")],
            {},
            id="not right after",
        ),
        pytest.param(
            [said("transfer"), said("balance"), did("utter_ask_amount")], BOTH, id="its action"
        ),
        pytest.param(
            [said("transfer"), said("balance"), did("utter_balance")], {}, id="another's action"
        ),
        pytest.param([form("f"), said("balance")], {}, id="a form that nothing opened"),
        pytest.param(
            [said(None, start("transfer_flow")), stack("transfer_flow"),
             said("x", start("balance_flow")), stack("transfer_flow", "balance_flow"), stack(),
             said("block")],
            BOTH,
            id="flows",
        ),
        pytest.param(
            [said(None, start("transfer_flow")), stack("transfer_flow"),
             said(None, start("balance_flow")), stack("transfer_flow", "balance_flow"),
             stack("transfer_flow"), said("block")],
            {**BOTH, ("transfer", "block"): 1},
            id="the flow below",
        ),
        pytest.param(
            [said(None, start("transfer_flow")), stack("transfer_flow"), stack(),
             said(None, start("balance_flow"))],
            {},
            id="a flow that ended",
        ),
    ],
)  # fmt: skip
def test_an_interruption_is_a_skill_that_starts_while_another_is_in_progress(
    seen: Callable[..., Traffic],
    events: Sequence[Event],
    interruptions: Mapping[tuple[str, str], int],
) -> None:
    assert seen([SESSION, *events], actions=ACTIONS).interruptions == interruptions


def test_successions_are_counted_once_a_conversation_and_not_across_sessions(
    seen: Callable[..., Traffic],
) -> None:
    talk = [said("transfer"), RESET, said("balance"), RESET, said("transfer"), said("balance")]
    traffic = seen([*talk, SESSION, said("block"), RESTART, said("balance")], talk)
    assert traffic.successions == {("transfer", "balance"): 2, ("balance", "transfer"): 2}


def test_a_conversation_is_a_session_with_a_message(seen: Callable[..., Traffic]) -> None:
    traffic = seen(
        [did("action_session_start"), SESSION, said("transfer"), said("send"), said("thanks")],
        [SESSION, said("hello"), SESSION, said("transfer"), SESSION],
        [SESSION, did("utter_greet")],
    )
    assert (traffic.conversations, traffic.turns) == (3, 5)
    assert traffic.skills["transfer"] == SkillTraffic(conversations=2, starts=3)
    assert traffic.skills["block"] == SkillTraffic()


def test_dead_ends_fall_into_the_skill_in_progress(seen: Callable[..., Traffic]) -> None:
    asks, asked = did("utter_ask_amount"), slot("requested_slot", "amount")
    traffic = seen(
        [said("nlu_fallback"), RESTART, said("transfer"), asks, said("nlu_fallback"),
         did("action_default_fallback"), asks, said("thanks"),
         did("action_default_fallback"), RESTART],
        [said("balance"), form("f"), asked, said("x"), asked, said("block"), asked,
         form(None), said("nlu_fallback")],
        [said("block"), did("utter_a"), did("utter_a"), said("x"), did("utter_b"), said("x"),
         did("utter_a"), slot("requested_slot", None), said("x"), slot("requested_slot", None)],
        [said(None, start("balance_flow")), said(None, {"command": "cannot handle"})],
    )  # fmt: skip
    assert traffic.skills == {
        "transfer": SkillTraffic(1, 1, fallbacks=2, restarts=1, repeated_questions=1),
        "balance": SkillTraffic(2, 2, fallbacks=1, repeated_questions=2),
        "block": SkillTraffic(2, 2),
    }


def test_an_action_that_runs_again_is_no_repeated_question(seen: Callable[..., Traffic]) -> None:
    talk = [said("transfer"), did("transfer_form"), said("x"), did("transfer_form"), said("x")]
    asks = [did("utter_ask_amount"), said("x"), did("transfer_form"), did("utter_ask_amount")]
    skills = seen([*talk, *asks], actions=ACTIONS).skills
    assert skills["transfer"] == SkillTraffic(1, 1, repeated_questions=1)


def test_a_handoff_is_a_skill_answered_by_the_other_system(seen: Callable[..., Traffic]) -> None:
    decision = slot("route_session_to_calm", True, decision={"name": "x", "value": False})
    none = slot("route_session_to_calm", None)
    traffic = seen(
        [said("block"), NLU, RESET, none, said(None, start("transfer_flow")), decision, RESET,
         none, said("balance"), CALM],
        [said("transfer"), CALM, RESET, none, said("thanks"), none, said("x"), NLU, RESET,
         said("balance"), NLU],
        [said("transfer"), CALM, SESSION, said("balance"), NLU],
    )  # fmt: skip
    assert traffic.handoffs == {("block", "transfer"): 1}


TALKS = {
    "a": [SESSION, *INTERRUPTED, said("nlu_fallback"), form(None), RESET, said("block"), RESTART],
    "b": [SESSION, said("transfer"), NLU, RESET, said(None, start("balance_flow")), CALM],
    "c": [SESSION, said(None, start("transfer_flow")), stack("transfer_flow"), said("balance")],
    "d": [said("block"), slot("requested_slot", "x"), said("odd"), slot("requested_slot", "x")],
}


@pytest.mark.parametrize("kind", STORES)
def test_every_kind_of_store_gives_the_same(kind: str, tmp_path: Path) -> None:
    assert traffic_of(STORES[kind](TALKS, tmp_path), intents=["hello"]) == Traffic(
        conversations=4,
        turns=10,
        skills={
            "balance": SkillTraffic(3, 3),
            "block": SkillTraffic(2, 2, restarts=1, repeated_questions=1),
            "transfer": SkillTraffic(3, 3, fallbacks=1),
        },
        interruptions={("transfer", "balance"): 2},
        successions={("transfer", "balance"): 3, ("balance", "block"): 1},
        handoffs={("transfer", "balance"): 1},
        reasons=("1 messages have intents that the bot doesn't have: odd (1).",),
    )


@pytest.mark.parametrize("kind", ["sqlite", "parquet"])
def test_events_out_of_order_are_put_in_order(kind: str, tmp_path: Path) -> None:
    write = {"sqlite": write_sqlite, "parquet": write_parquet}[kind]
    stored = rows(TALKS)
    expected = traffic_of(write(stored, tmp_path / "ordered.parquet"))
    random.Random(1).shuffle(stored)
    renumbered = [{**row, "id": number} for number, row in enumerate(stored)]
    assert traffic_of(write(renumbered, tmp_path / "mixed.parquet")) == expected


def test_events_of_one_moment_keep_their_order(tmp_path: Path) -> None:
    stored = [{**row, "timestamp": 1.0} for row in rows(TALKS)]
    expected = traffic_of(STORES["parquet"](TALKS, tmp_path))
    assert traffic_of(write_sqlite(stored, tmp_path / "rasa.db")) == expected
    without_id = write_parquet(stored, tmp_path / "without.parquet", leave_out="id")
    assert traffic_of(without_id) == expected


def test_texts_do_not_leave_the_store(seen: Callable[..., Traffic]) -> None:
    assert "private" not in repr(seen(*TALKS.values(), intents=["hello"]))


def test_what_a_user_writes_is_never_taken_for_a_command(seen: Callable[..., Traffic]) -> None:
    text = json.dumps({"commands": [start("transfer_flow")]})
    assert seen([{**said("hello"), "text": text}]).skills["transfer"].starts == 0
