"""Any number of flows as a bank might write them, ten steps each, and their domain.

Of ten flows, six pay bills, three report problems and one identifies the customer; that
one is called by the others, and reports link to payments. Each has slots of its own.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from router.errors import Problem
from router.flows.assistant import Assistant
from router.flows.checks import Known, check_flows
from router.flows.default_patterns import default_patterns, default_responses
from router.flows.model import Flow
from router.flows.reading import read_flows
from router.flows.slots import RESERVED_SLOTS, SlotSpec

FLOWS_A_FILE = 20

_PAY = """\
  pay_bill_{n}:
    name: paying a bill of provider {n}
    description: Pays a bill of provider {n} from one of the customer's accounts, now or later.
    nlu_trigger:
      - intent: pay_bill_{n}
    steps:
      - call: identify_{group}9
      - collect: amount_{n}
        description: How much to pay, in euros, as a number without a currency.
        rejections:
          - if: slots.amount_{n} <= 0
            utter: utter_too_little
          - if: slots.amount_{n} > {limit} and not slots.is_premium
            utter: utter_too_much
      - collect: reference_{n}
        description: The number printed at the top right of the bill, eight characters or more.
        rejections:
          - if: not (slots.reference_{n} matches '^[A-Z0-9]{{8,20}}$')
            utter: utter_malformed
      - id: ask_schedule
        collect: schedule_{n}  # now, tomorrow or monthly
        description: When the money leaves the account.
        next:
          - if: slots.schedule_{n} = "monthly" and slots.amount_{n} >= 100
            then:
              - action: utter_monthly
                next: ask_confirmation
          - if: slots.schedule_{n} is not null
            then: ask_confirmation
          - else:
              - set_slots:
                  - schedule_{n}: now
                next: ask_confirmation
      - id: ask_confirmation
        collect: confirmed_{n}
        description: Whether the customer confirms the payment as it was read out.
        ask_before_filling: true
        next:
          - if: not slots.confirmed_{n}
            then: say_goodbye
          - else: send
      - id: send
        action: action_pay_bill
      - action: utter_paid
        next: END
      - id: say_goodbye
        action: utter_cancelled
"""
_REPORT = """\
  report_problem_{n}:
    description: Takes down what went wrong with product {n}, how badly, and since when.
    if: slots.is_premium or slots.route_session_to_calm
    nlu_trigger:
      - intent: {{name: report_problem_{n}, confidence_threshold: 0.7}}
    persisted_slots:
      - product_{n}
    steps:
      - collect: product_{n}
        description: |
          The product's name or its number,
          whichever the customer gives first.
        utter: utter_which_product
      - collect: severity_{n}
        description: How bad it is.
      - noop: true
        next:
          - if: slots.severity_{n} = "blocked" or slots.severity_{n} = "stolen"
            then: escalate
          - else: describe
      - id: describe
        collect: details_{n}
        description: What happened, in the customer's own words.
        reset_after_flow_ends: false
      - set_slots:
          - is_premium: false
          - severity_{n}: null
      - action: action_report
        next:
          - if: slots.product_{n} matches "(?i)card" and slots.details_{n} is not empty
            then:
              - link: pay_bill_{group}0
          - if: "{{'loan' 'mortgage'}} contains slots.product_{n}"
            then: escalate
          - else:
              - action: utter_reported
                next: END
      - id: escalate
        action: utter_escalated
      - action: action_escalate
"""
_IDENTIFY = """\
  identify_{n}:
    name: finding out who you are
    description: Makes sure that branch {n} knows the customer, unless it does already.
    if: "False"
    steps:
      - noop: true
        next:
          - if: slots.known_{n}
            then: END
          - else: ask_number
      - id: ask_number
        collect: number_{n}
        description: The customer's number, four digits.
        rejections:
          - if: slots.number_{n} < 1000 or slots.number_{n} > 9999
            utter: utter_malformed
      - collect: birthday_{n}
        description: "The customer's birthday, as in: 1990-12-24"
      - action: action_identify
        next:
          - if: slots.is_locked
            then:
              - action: utter_locked
                next: END
          - if: slots.number_{n} > 0
            then: greet
          - else: ask_number
      - id: greet
        action: utter_identified
      - set_slots:
          - known_{n}: true
      - noop: true
        next:
          - if: slots.is_premium
            then:
              - action: utter_premium
                next: END
          - else: thank
      - id: thank
        action: utter_thanks
"""
_SHAPES = (_PAY,) * 6 + (_REPORT,) * 3 + (_IDENTIFY,)
_IDS = ("pay_bill",) * 6 + ("report_problem",) * 3 + ("identify",)

_SCHEDULE = {"type": "categorical", "values": ["now", "tomorrow", "monthly"]}
_SEVERITY = {"type": "categorical", "values": ["harmless", "annoying", "blocked", "stolen"]}
_ENTITY = {"type": "text", "mappings": [{"type": "from_entity", "entity": "product"}]}
_BIRTHDAY = {
    "type": "text",
    "validation": {
        "rejections": [{"if": "slots.birthday_{n} matches '^2[1-9]'", "utter": "utter_malformed"}]
    },
}
Keys = dict[str, Any]
_PAY_SLOTS: dict[str, Keys] = {
    "amount": {"type": "float"},
    "reference": {"type": "text"},
    "schedule": _SCHEDULE,
    "confirmed": {"type": "bool"},
}
_REPORT_SLOTS: dict[str, Keys] = {
    "product": _ENTITY,
    "severity": _SEVERITY,
    "details": {"type": "text"},
}
_IDENTIFY_SLOTS: dict[str, Keys] = {
    "number": {"type": "float"},
    "birthday": _BIRTHDAY,
    "known": {"type": "bool"},
}
_SLOTS = (_PAY_SLOTS,) * 6 + (_REPORT_SLOTS,) * 3 + (_IDENTIFY_SLOTS,)
_SHARED_SLOTS: dict[str, Keys] = {
    "is_premium": {"type": "bool", "initial_value": False, "shared_for_coexistence": True},
    "is_locked": {"type": "bool", "mappings": [{"type": "controlled"}]},
    "route_session_to_calm": {"type": "bool"},
}
_ACTIONS = frozenset({"action_pay_bill", "action_report", "action_escalate", "action_identify"})
_SAID = (
    "too_little too_much malformed monthly paid cancelled which_product reported escalated "
    "locked identified premium thanks"
)


def flow_id(number: int) -> str:
    """The id of flow `number`."""
    return f"{_IDS[number % 10]}_{number}"


def write_flows(count: int, folder: Path) -> None:
    """Writes files of twenty flows each."""
    for first in range(0, count, FLOWS_A_FILE):
        numbers = range(first, min(count, first + FLOWS_A_FILE))
        text = "# Written for a benchmark.\nflows:\n" + "\n".join(map(_flow, numbers))
        (folder / f"flows_{first:05}.yml").write_text(text, encoding="utf-8")


def _flow(n: int) -> str:
    group = n // 10 or ""  # its first flow is number <group>0, its last <group>9
    return _SHAPES[n % 10].format(n=n, group=group, limit=1000 + n)


def slots(count: int) -> dict[str, Keys]:
    """The slots of `count` flows, by name, with the domain's keys."""
    own = {
        f"{name}_{n}": _numbered(keys, n)
        for n in range(count)
        for name, keys in _SLOTS[n % 10].items()
    }
    return own | _SHARED_SLOTS


def _numbered(keys: Any, n: int) -> Any:
    if isinstance(keys, dict):
        return {key: _numbered(value, n) for key, value in keys.items()}
    if isinstance(keys, list):
        return [_numbered(value, n) for value in keys]
    return keys.replace("{n}", str(n)) if isinstance(keys, str) else keys


def known(count: int) -> Known:
    """The names that these flows may use."""
    return Known(
        slots={name: str(keys["type"]) for name, keys in slots(count).items()},
        actions=_ACTIONS,
        responses=_responses(count),
        intents=frozenset(flow_id(n) for n in range(count)),
        patterns=frozenset(default_patterns(True)),
    )


def write_project(count: int, folder: Path) -> None:
    """Writes a bot of these flows: config.yml, domain.yml and a folder of flows."""
    (folder / "flows").mkdir()
    write_flows(count, folder / "flows")
    config = {
        "importers": [{"name": "router.CoexistenceImporter"}],
        "pipeline": [
            {"name": "LLMBasedRouter", "calm_entry": {"sticky": "handles bills"}},
            {"name": "LLMCommandGenerator"},
        ],
        "policies": [{"name": "FlowPolicy"}],
    }
    names = known(count)
    domain = {
        "intents": sorted(names.intents),
        "actions": sorted(names.actions),
        "slots": {k: v for k, v in slots(count).items() if k not in RESERVED_SLOTS},
        "responses": {name: [{"text": name}] for name in sorted(names.responses)},
    }
    for name, content in (("config.yml", config), ("domain.yml", domain)):
        text = yaml.safe_dump(content, sort_keys=False)
        (folder / name).write_text(text, encoding="utf-8")


def read_and_check(folder: Path, names: Known) -> dict[str, Flow]:
    """The flows of a folder; raises AssertionError if anything is wrong with them."""
    problems: list[Problem] = []
    flows = read_flows([folder], collect=problems)
    problems += check_flows(flows, names)
    assert not problems, problems[:5]
    return flows


def assistant(count: int, folder: Path) -> Assistant:
    """The assistant of these flows, as a trained model has it."""
    names = known(count)
    return Assistant(
        flows=read_and_check(folder, names),
        slots={name: SlotSpec.from_dict(name, keys) for name, keys in slots(count).items()},
        actions=names.actions,
        responses=names.responses,
        intents=names.intents,
        has_router=True,
    )


def _responses(count: int) -> frozenset[str]:
    asking = (f"utter_ask_{name}" for name in slots(count))
    said = (f"utter_{name}" for name in _SAID.split())
    return frozenset(default_responses()) | frozenset(asking) | frozenset(said)
