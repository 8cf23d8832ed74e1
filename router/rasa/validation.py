"""What keeps Rasa's validation from calling unused what only CALM uses.

`rasa train` and `rasa data validate` look for intents and responses in stories and rules;
those of flows, of the default patterns and of the router's CALM lists aren't there.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable, Iterable
from typing import Any

from rasa.shared.core.domain import Domain
from rasa.shared.importers.importer import TrainingDataImporter
from rasa.validator import Validator

from router.flows.usage import names_used_by_calm
from router.rasa.errors import reported_by_rasa

_USED = "_coexistence_used"


def wrap_from_importer(original: Callable[..., Any]) -> Callable[..., Any]:
    """`Validator.from_importer` whose validator remembers the names that CALM uses."""

    def from_importer(cls: type[Validator], importer: TrainingDataImporter) -> Validator:
        validator = original.__func__(cls, importer)  # type: ignore[attr-defined]
        with reported_by_rasa():
            setattr(validator, _USED, _used_by_calm(importer, validator.domain))
        return validator

    return from_importer


def wrap_verify(original: Callable[..., Any]) -> Callable[..., Any]:
    """A verification without the warnings that a name CALM uses is in no story or rule."""

    def verify(self: Validator, *args: Any, **kwargs: Any) -> Any:
        used = getattr(self, _USED, None)
        if not used:
            return original(self, *args, **kwargs)
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", message=_unused(used))
            return original(self, *args, **kwargs)

    return verify


def _unused(names: Iterable[str]) -> str:
    """A pattern of Rasa's messages about `names`; filters ignore case unless told not to."""
    known = "|".join(map(re.escape, sorted(names)))
    return rf"(?-i:The (intent|utterance) '({known})' is not used in any story or rule\.)\Z"


def _used_by_calm(importer: TrainingDataImporter, domain: Domain) -> frozenset[str]:
    from router.rasa.importer import parts_of, unchecked_assistant

    parts = list(parts_of(importer))
    if not parts:
        return frozenset()
    assistant = unchecked_assistant(parts, domain)
    if assistant.is_empty:
        return frozenset()
    used = names_used_by_calm(assistant)
    for config in (part.setup.config for part in parts):
        if config is not None:
            used = used.union(config.calm_entry.sticky, config.calm_entry.non_sticky)
    return used


SEAMS: tuple[tuple[Any, str, Callable[..., Any]], ...] = (
    (Validator, "from_importer", wrap_from_importer),
    (Validator, "verify_intents_in_stories", wrap_verify),
    (Validator, "verify_utterances_in_stories", wrap_verify),
)
