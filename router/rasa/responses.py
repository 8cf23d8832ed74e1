"""Responses as CALM writes them: predicates as conditions, Jinja, `nlg: {type: rephrase}`.

Rasa still chooses among the variations that hold, by channel and condition, and fills in
its own `{slot}` texts. A callback server (`nlg: {url: ...}`) utters what it likes.
"""

from __future__ import annotations

import copy
import logging
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from rasa.core.nlg.generator import NaturalLanguageGenerator, ResponseVariationFilter
from rasa.core.nlg.response import TemplatedNaturalLanguageGenerator
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.shared.exceptions import RasaException
from rasa.utils.endpoints import EndpointConfig

from router.dialogue.frames import context_of
from router.errors import Location, Problem
from router.flows.response_conditions import CONDITION, predicates_of, settled
from router.flows.response_templates import TemplateFailed, is_jinja, render_variation
from router.rasa.errors import warn_once
from router.rasa.tracker_state import answering_system, state_of
from router.routing.decision import Route

logger = logging.getLogger(__name__)

_CHOSEN = "_coexistence_variation"
_FOR_CHOOSING = frozenset({"id", "channel", "condition", "metadata"})
_REPHRASERS = ("rephrase", "contextualresponserephraser")
_NO_VARIABLES = frozenset({"domain_responses"})

Variation = Mapping[str, Any]


class ResponseFailed(TemplateFailed, RasaException):
    """None of a response's variations can be rendered: uttering it is an action that failed."""


def wrap_generate(original: Callable[..., Any]) -> Callable[..., Any]:
    """`TemplatedNaturalLanguageGenerator.generate` that knows predicates and Jinja."""

    async def generate(
        self: TemplatedNaturalLanguageGenerator,
        utter_action: str,
        tracker: DialogueStateTracker,
        output_channel: str,
        **kwargs: Any,
    ) -> dict[str, Any] | None:
        known = self.responses.get(utter_action) or []
        if not _needs_us(known):
            return await original(self, utter_action, tracker, output_channel, **kwargs)
        candidates = dict(_candidates(known, tracker))
        failures: list[str] = []
        while True:
            chooser = copy.copy(self)
            chooser.responses = {utter_action: list(candidates.values())}
            message = await original(chooser, utter_action, tracker, output_channel, **kwargs)
            if message is None and failures:
                raise ResponseFailed(_failure(utter_action, failures))
            index = message.pop(_CHOSEN, None) if message is not None else None
            if index is None:  # nothing fits, or a generator of the bot's own made it up
                return message
            try:
                uttered = _uttered(message, known[index], tracker, kwargs)
            except TemplateFailed as error:
                failures.append(str(error))
                del candidates[index]
                continue
            if failures:
                logger.error("%s Another variation is uttered.", _failure(utter_action, failures))
            return uttered

    return generate


def wrap_variation_id(original: Callable[..., Any]) -> Callable[..., Any]:
    """`ResponseVariationFilter.get_response_variation_id`, of which callback servers are told."""

    def get_response_variation_id(
        self: ResponseVariationFilter,
        utter_action: str,
        tracker: DialogueStateTracker,
        output_channel: str,
    ) -> str | None:
        known = self.responses.get(utter_action) or []
        if not _needs_us(known):
            return original(self, utter_action, tracker, output_channel)
        chooser = copy.copy(self)
        chooser.responses = {utter_action: [each for _, each in _candidates(known, tracker)]}
        return original(chooser, utter_action, tracker, output_channel)

    return get_response_variation_id


def wrap_create(original: Callable[..., Any]) -> Callable[..., Any]:
    """`NaturalLanguageGenerator.create` for which a rephraser utters responses as written."""

    def create(obj: Any, domain: Any) -> NaturalLanguageGenerator:
        if isinstance(obj, EndpointConfig) and _is_rephraser(obj):
            warn_once([_NOT_REPHRASED])
            obj = None
        return original(obj, domain)

    return create


SEAMS: tuple[tuple[Any, str, Callable[..., Any]], ...] = (
    (TemplatedNaturalLanguageGenerator, "generate", wrap_generate),
    (ResponseVariationFilter, "get_response_variation_id", wrap_variation_id),
    (NaturalLanguageGenerator, "create", wrap_create),
)

_NOT_REPHRASED = Problem(
    Location("endpoints.yml"),
    "nlg-rephrase",
    "`nlg: {type: rephrase}` isn't supported: responses are uttered as written.",
    "Remove it, and nothing changes.",
    is_warning=True,
)


def _needs_us(variations: list[Variation]) -> bool:
    return any(is_jinja(each) or predicates_of(each) for each in variations)


def _candidates(
    variations: list[Variation], tracker: DialogueStateTracker
) -> Iterator[tuple[int, dict[str, Any]]]:
    """The variations whose predicates hold, as Rasa may choose among them, by their index.

    Of one in Jinja Rasa gets no text: it would look for its own `{slot}` in it.
    """
    slots, context = tracker.current_slot_values(), _context(tracker)
    categorical = {name for name, s in tracker.slots.items() if s.type_name == "categorical"}
    for index, variation in enumerate(variations):
        shown = settled(variation, slots, context, categorical)
        if shown is None:
            continue
        if is_jinja(variation):
            shown = {key: value for key, value in shown.items() if key in _FOR_CHOOSING}
        yield index, {**shown, _CHOSEN: index}


def _uttered(
    message: dict[str, Any],
    variation: Variation,
    tracker: DialogueStateTracker,
    given: Mapping[str, Any],
) -> dict[str, Any]:
    """What Rasa chose and filled in, or its template rendered; its condition as it was."""
    if is_jinja(variation):
        variables = {key: value for key, value in given.items() if key not in _NO_VARIABLES}
        slots, context = tracker.current_slot_values(), _context(tracker)
        message = render_variation(variation, slots, context, variables)
    elif CONDITION in variation:
        message[CONDITION] = variation[CONDITION]
    return copy.deepcopy(message)


def _context(tracker: DialogueStateTracker) -> Mapping[str, Any]:
    """The context of the flow pattern at work; a waiting flow's is nothing to the NLU system."""
    return context_of(state_of(tracker)) if answering_system(tracker) is Route.CALM else {}


def _failure(utter_action: str, failures: list[str]) -> str:
    return f"The response '{utter_action}' can't be uttered as written: {'; '.join(failures)}."


def _is_rephraser(endpoint: EndpointConfig) -> bool:
    kind = str(endpoint.type or "").rpartition(".")[2]
    return kind.lower() in _REPHRASERS
