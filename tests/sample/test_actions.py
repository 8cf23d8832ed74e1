"""The sample bank's custom actions, on a database of their own."""

from __future__ import annotations

import asyncio
import inspect
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from rasa_sdk import Action, Tracker
from rasa_sdk.executor import ActionExecutor, CollectingDispatcher

from actions import database
from actions.cards import ActionBlockCard, ActionVerifyCustomer, ValidateBlockCardForm
from actions.contacts import (
    ActionAddContact,
    ActionListContacts,
    ActionRemoveContact,
    ValidateContactToRemove,
    ValidateRecipient,
)
from actions.transfers import ActionCheckBalance, ActionTransferMoney

VERIFIED = {"is_verified": True, "customer_number": "1001"}
FORM_SLOTS = ["customer_number", "block_reason", "card_digits"]
FORM_DOMAIN = {"forms": {"block_card_form": {"required_slots": FORM_SLOTS}}}
ALL_ACTIONS = [
    ActionAddContact,
    ActionBlockCard,
    ActionCheckBalance,
    ActionListContacts,
    ActionRemoveContact,
    ActionTransferMoney,
    ActionVerifyCustomer,
    ValidateBlockCardForm,
    ValidateContactToRemove,
    ValidateRecipient,
]


@pytest.fixture(autouse=True)
def bank(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "bank.sqlite"
    monkeypatch.setenv("BANK_DB", str(path))
    return path


def query(statement: str, *values: Any) -> list[tuple[Any, ...]]:
    with database.transaction() as connection:
        return [tuple(row) for row in connection.execute(statement, values)]


def run(
    action: Action, slots: dict[str, Any] | None = None, events: list[dict[str, Any]] | None = None
) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """The slots the action set, and the messages it sent."""
    tracker = Tracker(
        sender_id="someone",
        slots=dict(slots or {}),
        latest_message={"text": "", "intent": {}, "entities": []},
        events=events or [],
        paused=False,
        followup_action=None,
        active_loop={},
        latest_action_name="action_listen",
    )
    dispatcher = CollectingDispatcher()
    result = action.run(dispatcher, tracker, FORM_DOMAIN)
    if inspect.iscoroutine(result):
        result = asyncio.run(result)
    changes = {event["name"]: event["value"] for event in result if event["event"] == "slot"}
    return changes, dispatcher.messages


def fill_form(
    new: dict[str, Any], before: dict[str, Any] | None = None
) -> tuple[dict[str, Any], list[str]]:
    """What the form's validation makes of slots that were filled in this turn."""
    slots = dict.fromkeys(["is_verified", *FORM_SLOTS]) | (before or {}) | new
    events = [{"event": "slot", "name": name, "value": value} for name, value in new.items()]
    changes, messages = run(ValidateBlockCardForm(), slots, events)
    return changes, [message["response"] for message in messages]


def balance(customer: str = "1001") -> int:
    return query("SELECT balance FROM accounts WHERE customer = ?", customer)[0][0]


@pytest.mark.parametrize("action", ALL_ACTIONS)
@pytest.mark.parametrize("slots", [{}, dict.fromkeys([*VERIFIED, *FORM_SLOTS, "amount"])])
def test_no_action_fails_on_empty_slots(action: type[Action], slots: dict[str, Any]) -> None:
    run(action(), slots)


@pytest.mark.parametrize("action", ALL_ACTIONS)
def test_no_action_fails_on_values_of_the_wrong_type(action: type[Action]) -> None:
    names = [*FORM_SLOTS, "amount", "recipient", "schedule"]
    names += ["contact_name", "contact_iban", "contact_to_remove"]
    run(action(), {"is_verified": True} | {name: ["a", 1] for name in names})


def test_rasa_sdk_finds_every_action_and_nothing_else() -> None:
    executor = ActionExecutor()
    executor.register_package("actions")

    assert set(executor.actions) == {action().name() for action in ALL_ACTIONS}


def test_the_database_is_filled_on_first_use(bank: Path) -> None:
    assert not bank.exists()
    assert balance() == 250_000
    assert query("SELECT name FROM contacts WHERE customer = '1001' ORDER BY name") == [
        ("Anna",),
        ("Ben",),
        ("Carla",),
    ]


def test_changes_outlive_the_connection_until_a_reset(
    bank: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    query("DELETE FROM contacts")
    assert query("SELECT * FROM contacts") == []

    assert database.main(["--reset"]) == 0

    assert len(query("SELECT * FROM contacts")) == 4
    assert str(bank) in capsys.readouterr().out


def test_the_command_line_does_nothing_unasked() -> None:
    with pytest.raises(SystemExit):
        database.main([])


def test_an_error_takes_the_whole_transaction_back() -> None:
    with pytest.raises(RuntimeError), database.transaction() as connection:
        connection.execute("UPDATE accounts SET balance = 0")
        raise RuntimeError

    assert balance() == 250_000


@pytest.mark.parametrize(
    ("amount", "cents"),
    [(50.0, 5_000), ("50", 5_000), (0.29, 29), (None, None), ("much", None), ("inf", None)],
)
def test_amounts_become_cents(amount: object, cents: int | None) -> None:
    assert database.to_cents(amount) == cents


def test_a_known_number_verifies_the_customer() -> None:
    slots, _ = run(ActionVerifyCustomer(), {"customer_number": " 1001 "})

    assert slots == {
        "customer_number": "1001",
        "customer_name": "Robin Meyer",
        "is_verified": True,
    }


def test_an_unknown_number_is_forgotten_so_that_it_is_asked_for_again() -> None:
    slots, _ = run(ActionVerifyCustomer(), {"customer_number": "9999"})

    assert slots == {"customer_number": None, "customer_name": None, "is_verified": None}


@pytest.mark.parametrize(
    ("amount", "covers", "text"),
    [
        (2500.0, True, "2500.00"),
        (2500.01, False, "2500.01"),
        (0.0, False, "0.00"),
        (None, False, None),
    ],
)
def test_the_balance_covers_what_it_holds(
    amount: float | None, covers: bool, text: str | None
) -> None:
    slots, _ = run(ActionCheckBalance(), VERIFIED | {"amount": amount})

    assert slots == {
        "balance_covers": covers,
        "amount_text": text,
        "account_balance": "2500.00",
    }


def test_nobody_hears_a_balance_unverified() -> None:
    slots, _ = run(ActionCheckBalance(), {"customer_number": "1001", "amount": 1.0})

    assert slots == {"balance_covers": False, "amount_text": "1.00", "account_balance": None}


def transfer(**changed: Any) -> Any:
    order = {"recipient": "Anna", "amount": 50.0, "schedule": "now"}
    return run(ActionTransferMoney(), VERIFIED | order | changed)[0]["transfer_succeeded"]


def test_a_transfer_moves_the_money_and_is_written_down() -> None:
    assert transfer(recipient="anna")

    assert balance() == 245_000
    assert query("SELECT recipient, amount, status FROM transfers ORDER BY id DESC LIMIT 1") == [
        ("Anna", 5_000, "done")
    ]


def test_a_transfer_for_tomorrow_leaves_the_balance() -> None:
    assert transfer(schedule="tomorrow")

    assert balance() == 250_000
    assert query("SELECT status FROM transfers ORDER BY id DESC LIMIT 1") == [("scheduled",)]


@pytest.mark.parametrize(
    "changed",
    [
        {"amount": 2500.01},
        {"amount": -5.0},
        {"amount": None},
        {"recipient": "Zoe"},
        {"recipient": "x' OR '1'='1"},
        {"is_verified": None},
    ],
)
def test_a_transfer_that_cannot_be_made_changes_nothing(changed: dict[str, Any]) -> None:
    assert not transfer(**changed)

    assert balance() == 250_000
    assert len(query("SELECT * FROM transfers")) == 2


def test_transfers_at_the_same_time_never_overdraw() -> None:
    with ThreadPoolExecutor(8) as threads:
        made = list(threads.map(lambda _: transfer(amount=1000.0), range(8)))

    assert made.count(True) == 2
    assert balance() == 50_000


@pytest.mark.parametrize(
    ("action", "slot"),
    [(ValidateRecipient, "recipient"), (ValidateContactToRemove, "contact_to_remove")],
)
def test_only_the_customers_own_contacts_are_accepted(action: type[Action], slot: str) -> None:
    assert run(action(), VERIFIED | {slot: "bEN"}) == ({slot: "Ben"}, [])

    slots, messages = run(action(), VERIFIED | {slot: "Zoe"})
    assert slots == {slot: None}
    assert messages[0]["response"] == "utter_contact_unknown"
    assert messages[0]["unknown"] == "Zoe"

    assert run(action(), {"customer_number": "1002", "is_verified": True, slot: "Ben"})[0] == {
        slot: None
    }


def test_a_contact_is_added_once() -> None:
    slots = VERIFIED | {"contact_name": "Olga", "contact_iban": "gb29 NWBK 6016 1331 9268 19"}

    assert run(ActionAddContact(), slots)[0] == {"contact_added": True}
    assert run(ActionAddContact(), slots | {"contact_name": "OLGA"})[0] == {"contact_added": False}

    assert query("SELECT iban FROM contacts WHERE name = 'Olga'") == [("GB29NWBK60161331926819",)]


def test_no_contact_is_added_for_nobody() -> None:
    slots = {"is_verified": True, "contact_name": "Olga", "contact_iban": "GB29NWBK60161331926819"}

    assert run(ActionAddContact(), slots)[0] == {"contact_added": False}
    assert run(ActionAddContact(), slots | {"customer_number": "9999"})[0] == {
        "contact_added": False
    }


def test_removing_a_contact_leaves_those_of_other_customers() -> None:
    run(ActionRemoveContact(), VERIFIED | {"contact_to_remove": "anna"})

    assert query("SELECT customer FROM contacts WHERE name = 'Anna'") == [("1002",)]


def test_contacts_are_listed_by_name() -> None:
    _, messages = run(ActionListContacts(), VERIFIED)
    assert messages[0]["response"] == "utter_contacts"
    assert messages[0]["names"] == "Anna, Ben, Carla"

    query("DELETE FROM contacts")
    _, messages = run(ActionListContacts(), VERIFIED)
    assert messages[0]["response"] == "utter_no_contacts"


def test_the_form_asks_an_unverified_customer_for_the_number() -> None:
    slots, _ = fill_form({"block_reason": "lost"})

    # No requested_slot: the form's own order holds, which begins with the number.
    assert slots == {"block_reason": "lost"}


def test_the_form_never_asks_a_verified_customer_for_the_number() -> None:
    slots, _ = fill_form({}, {"is_verified": True})
    assert slots == {"requested_slot": "block_reason"}

    slots, _ = fill_form({"block_reason": "stolen"}, {"is_verified": True})
    assert slots == {"block_reason": "stolen", "requested_slot": "card_digits"}


def test_the_form_verifies_as_the_flow_does() -> None:
    slots, said = fill_form({"customer_number": "1001"})

    assert slots == {
        "customer_number": "1001",
        "customer_name": "Robin Meyer",
        "is_verified": True,
        "requested_slot": "block_reason",
    }
    assert said == ["utter_customer_verified"]


def test_the_form_asks_again_for_an_unknown_number() -> None:
    slots, said = fill_form({"customer_number": "9999"})

    assert slots["customer_number"] is None
    assert not slots["is_verified"]
    assert said == ["utter_customer_unknown"]


@pytest.mark.parametrize(
    ("digits", "accepted", "said"),
    [
        ("4711", "4711", []),
        ("47", None, ["utter_card_digits_malformed"]),
        ("-471", None, ["utter_card_digits_malformed"]),
        ("3305", None, ["utter_card_unknown"]),
    ],
)
def test_card_digits_are_those_of_one_of_the_customers_cards(
    digits: str, accepted: str | None, said: list[str]
) -> None:
    slots, messages = fill_form({"card_digits": digits}, VERIFIED | {"block_reason": "lost"})

    assert slots["card_digits"] == accepted
    assert slots["requested_slot"] == (None if accepted else "card_digits")
    assert messages == said


def test_the_reason_is_one_of_two() -> None:
    assert fill_form({"block_reason": "Stolen"})[0]["block_reason"] == "stolen"
    assert fill_form({"block_reason": "melted"})[0]["block_reason"] is None


def test_blocking_a_card_blocks_that_one() -> None:
    slots = VERIFIED | {"card_digits": "4711", "block_reason": "stolen"}

    _, messages = run(ActionBlockCard(), slots)

    assert messages[0]["response"] == "utter_card_blocked"
    assert query("SELECT digits, blocked_because FROM cards ORDER BY digits") == [
        ("3305", None),
        ("4711", "stolen"),
        ("8020", None),
    ]


def test_a_card_that_is_not_there_is_not_said_to_be_blocked() -> None:
    _, messages = run(ActionBlockCard(), VERIFIED | {"card_digits": "3305"})

    assert messages[0]["response"] == "utter_card_unknown"
