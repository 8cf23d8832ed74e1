"""Response variations with a predicate as their condition: `condition: "slots.points > 10"`.

Rasa Open Source knows lists of slot values only (`condition: [{type: slot, name: ...}]`), so
a predicate is carried in such a list, as the name of a condition that no slot satisfies.
Documentation: https://rasa.com/docs/pro/build/writing-responses and, for Rasa's lists,
https://rasa.com/docs/rasa/responses#conditional-response-variations
"""

from __future__ import annotations

import logging
from collections.abc import Container, Mapping
from functools import lru_cache
from typing import Any

from router.errors import InvalidCondition
from router.flows.conditions import Condition, parse_condition

logger = logging.getLogger(__name__)

CONDITION = "condition"
PREDICATE = "predicate"  # the type of a condition that holds a predicate

Variation = Mapping[str, Any]


def with_rasa_conditions(responses: Any) -> Any:
    """The domain's `responses` with each predicate in a form that Rasa's schema accepts.

    Whatever isn't as it should be stays, for Rasa to report.
    """
    if not isinstance(responses, Mapping):
        return responses
    return {name: _each_encoded(variations) for name, variations in responses.items()}


def predicates_of(variation: Variation) -> tuple[str, ...]:
    """The predicates among the conditions of a variation of a loaded domain."""
    given = variation.get(CONDITION)
    items = given if isinstance(given, list) else ()
    return tuple(str(item.get("name")) for item in items if _is_predicate(item))


def settled(
    variation: Variation,
    slots: Mapping[str, Any],
    context: Mapping[str, Any],
    categorical: Container[str],
) -> dict[str, Any] | None:
    """The variation with predicates that Rasa finds satisfied; None if one is false.

    Args:
        variation: one of a loaded domain.
        slots: values by name.
        context: the context of the pattern at work, for `context.<key>`.
        categorical: names of the slots that are compared ignoring case.
    """
    predicates = predicates_of(variation)
    if not all(_holds(text, slots, context, categorical) for text in predicates):
        return None
    if not predicates:
        return dict(variation)
    # Still a condition, as Rasa prefers satisfied ones; no slot of that name has a value.
    conditions = [
        {**item, "value": None} if _is_predicate(item) else item for item in variation[CONDITION]
    ]
    return {**variation, CONDITION: conditions}


def _each_encoded(variations: Any) -> Any:
    if not isinstance(variations, list):
        return variations
    return [_encoded(variation) for variation in variations]


def _encoded(variation: Any) -> Any:
    given = variation.get(CONDITION) if isinstance(variation, Mapping) else None
    if not isinstance(given, str) or not given.strip():
        return variation
    # Without this package it never holds: a slot has no such name.
    return {**variation, CONDITION: [{"type": PREDICATE, "name": given, "value": True}]}


def _is_predicate(item: Any) -> bool:
    return isinstance(item, Mapping) and item.get("type") == PREDICATE


def _holds(
    text: str, slots: Mapping[str, Any], context: Mapping[str, Any], categorical: Container[str]
) -> bool:
    condition = _parsed(text)
    return condition is not None and condition.evaluate(slots, context, categorical)


@lru_cache(maxsize=1024)
def _parsed(text: str) -> Condition | None:
    try:
        return parse_condition(text)
    except InvalidCondition as error:  # said once, as the result is kept
        logger.warning("The condition %r of a response is always false: %s", text, error)
        return None
