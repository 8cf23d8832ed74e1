"""Slots as flows see them: who may fill them, what values they take.

Format: https://rasa.com/docs/rasa/domain#slots and
https://rasa.com/docs/pro/build/configuring-assistant (`from_llm`, `controlled`,
`shared_for_coexistence`).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from router.errors import InvalidSlotValue
from router.flows.conditions import Condition, parse_condition

ROUTE_SLOT = "route_session_to_calm"
STACK_SLOT = "dialogue_stack"
RESERVED_SLOTS = frozenset({ROUTE_SLOT, STACK_SLOT})
NLU_MAPPINGS = frozenset({"from_entity", "from_intent", "from_text", "from_trigger_intent"})
ACTION_MAPPINGS = frozenset({"controlled", "custom"})

_TRUE = frozenset({"true", "yes", "y", "1", "on"})
_FALSE = frozenset({"false", "no", "n", "0", "off"})


@dataclass(frozen=True)
class SlotSpec:
    """One slot of the domain.

    `type` is Rasa's name for it (`text`, `bool`, `float`, `categorical`, `list`, `any`, or
    a class path); `values` are a categorical slot's, in the domain's casing; `mappings` are
    as written in the domain.
    """

    name: str
    type: str = "any"
    initial_value: Any = None
    values: tuple[str, ...] = ()
    mappings: tuple[Mapping[str, Any], ...] = field(default=(), hash=False)
    shared: bool = False
    rejections: tuple[tuple[str, str], ...] = ()
    refill_utter: str = ""

    @property
    def mapping_types(self) -> frozenset[str]:
        """The types of its mappings; none given counts as `from_llm`."""
        return frozenset(str(mapping.get("type")) for mapping in self.mappings) or frozenset(
            {"from_llm"}
        )

    @cached_property
    def checks(self) -> tuple[tuple[Condition, str], ...]:
        """The rejections of its `validation`, parsed: condition, and response if it holds."""
        return tuple((parse_condition(text), utter) for text, utter in self.rejections)

    @property
    def may_correct_nlu(self) -> bool:
        """Whether a command may overwrite a value that the NLU pipeline filled."""
        from_llm = [mapping for mapping in self.mappings if mapping.get("type") == "from_llm"]
        given = any(mapping.get("allow_nlu_correction") is True for mapping in from_llm)
        return given or not self.mapping_types & NLU_MAPPINGS

    def accepts(self, source: str) -> bool:
        """Whether commands of `source` (`llm`, `nlu` or `payload`) may fill the slot."""
        if self.name in RESERVED_SLOTS:
            return False
        if source == "llm":
            return "from_llm" in self.mapping_types
        if source == "nlu":
            return bool(self.mapping_types & NLU_MAPPINGS)
        return "controlled" not in self.mapping_types and bool(self.mapping_types - ACTION_MAPPINGS)

    def coerce(self, value: Any) -> Any:
        """`value` as the slot's type: None stays None.

        Raises:
            InvalidSlotValue: `value` can't be read as the slot's type.
        """
        if value is None:
            return None
        reader = {
            "bool": _as_bool,
            "float": self._as_float,
            "categorical": self._as_category,
            "text": _as_text,
        }.get(self.type)
        return value if reader is None else reader(value)

    def _as_category(self, value: Any) -> str:
        wanted = str(value).strip().casefold()
        for allowed in self.values:
            if allowed.casefold() == wanted:
                return allowed
        raise InvalidSlotValue(f"{value!r} is none of {', '.join(self.values)}")

    def _as_float(self, value: Any) -> float:
        # Out of the domain's range isn't a rejection: in Rasa the range only scales features.
        if isinstance(value, bool):
            raise InvalidSlotValue(f"{value!r} isn't a number")
        try:
            number = float(str(value).strip())
        except ValueError as error:
            raise InvalidSlotValue(f"{value!r} isn't a number") from error
        if not math.isfinite(number):
            raise InvalidSlotValue(f"{value!r} isn't a finite number")
        return number

    def as_dict(self) -> dict[str, Any]:
        """The slot as plain data, for the trained model."""
        return {
            "type": self.type,
            "initial_value": self.initial_value,
            "values": list(self.values),
            "mappings": [dict(mapping) for mapping in self.mappings],
            "shared_for_coexistence": self.shared,
            "validation": {
                "rejections": [{"if": text, "utter": utter} for text, utter in self.rejections],
                "refill_utter": self.refill_utter,
            },
        }

    @classmethod
    def from_dict(cls, name: str, data: Mapping[str, Any]) -> SlotSpec:
        """Reads a slot as a domain file, or `as_dict`, has it."""
        validation = data.get("validation") or {}
        return cls(
            name=name,
            type=str(data.get("type", "any")),
            initial_value=data.get("initial_value"),
            values=tuple(str(value) for value in data.get("values") or ()),
            mappings=tuple(dict(mapping) for mapping in data.get("mappings") or ()),
            shared=bool(data.get("shared_for_coexistence", False)),
            rejections=tuple(
                (str(item["if"]), str(item["utter"])) for item in validation.get("rejections") or ()
            ),
            refill_utter=str(validation.get("refill_utter") or ""),
        )


def _as_bool(value: Any) -> bool:
    if isinstance(value, bool):
        return value
    word = str(value).strip().casefold()
    if word in _TRUE:
        return True
    if word in _FALSE:
        return False
    raise InvalidSlotValue(f"{value!r} is neither true nor false")


def _as_text(value: Any) -> str:
    if isinstance(value, Mapping | list | tuple | set):
        raise InvalidSlotValue("a text was expected, not a collection")
    return str(value)
