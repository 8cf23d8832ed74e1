"""What concerns Rasa's command line: the domain that `rasa interactive` writes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import rasa.core.training.interactive
from rasa.shared.core.domain import Domain
from rasa.shared.utils.cli import print_warning

from router.flows.slots import STACK_SLOT

WRITTEN_INSTEAD = "interactive-domain.yml"


def wrap_write_domain(original: Callable[..., Any]) -> Callable[..., Any]:
    """Interactive learning that never overwrites a domain with one that lost CALM's keys."""

    def write_domain_to_file(domain_path: str, events: Any, old_domain: Domain) -> None:
        path = Path(domain_path)
        has_calm = any(slot.name == STACK_SLOT for slot in old_domain.slots)
        if has_calm and (path.exists() or path.stem == "domain" or path.parent.name == "domain"):
            print_warning(
                f"The domain goes to {WRITTEN_INSTEAD}, not to {domain_path}: Rasa writes it "
                "without what only CALM knows (shared_for_coexistence, from_llm, ...). Copy "
                "what is new in it by hand."
            )
            domain_path = WRITTEN_INSTEAD
        original(domain_path, events, old_domain)

    return write_domain_to_file


SEAMS: tuple[tuple[Any, str, Callable[..., Any]], ...] = (
    (rasa.core.training.interactive, "_write_domain_to_file", wrap_write_domain),
)
