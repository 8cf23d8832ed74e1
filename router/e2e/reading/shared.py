"""What a test file, or the conftest.yml of a folder, gives the cases in it and below."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from router.e2e.cases import Stub
from router.e2e.reading.definitions import Definition, lent, read_fixtures, read_metadata
from router.e2e.reading.stubs import CASE_OF_STUB, read_stubs
from router.flows.sections import Section

__all__ = ["SHARED_KEYS", "Shared", "lent_by", "read_shared", "read_tags"]

SHARED_KEYS = frozenset({"config", "fixtures", "metadata", "stub_custom_actions", "strict", "tags"})


@dataclass(frozen=True)
class Shared:
    """Fixtures and metadata by name, stubs by action or `test case::action`.

    `strict` is None where nothing is said; `config` names the configuration that the cases
    are for, if not for all.
    """

    fixtures: Mapping[str, Definition] = field(default_factory=dict)
    metadata: Mapping[str, Definition] = field(default_factory=dict)
    stubs: Mapping[str, Stub] = field(default_factory=dict)
    tags: tuple[str, ...] = ()
    strict: bool | None = None
    config: str = ""

    def inside(self, outer: Shared) -> Shared:
        """Both together; where both say something, this one counts. Tags add up."""
        own = {name for name in self.stubs if CASE_OF_STUB not in name}
        kept = {key: stub for key, stub in outer.stubs.items() if stub.action not in own}
        return Shared(
            fixtures={**outer.fixtures, **self.fixtures},
            metadata={**outer.metadata, **self.metadata},
            stubs={**kept, **self.stubs},
            tags=tuple(dict.fromkeys((*outer.tags, *self.tags))),
            strict=outer.strict if self.strict is None else self.strict,
            config=self.config or outer.config,
        )

    def stubs_for(self, case: str) -> dict[str, Stub]:
        """Action -> its stub in a case: one that names the case goes before one that doesn't."""
        everywhere = {key: stub for key, stub in self.stubs.items() if CASE_OF_STUB not in key}
        prefix = case + CASE_OF_STUB
        own = {s.action: s for key, s in self.stubs.items() if key == prefix + s.action}
        return {**everywhere, **own}


def read_shared(section: Section) -> Shared:
    """Reads the keys that a test file and a conftest.yml have in common."""
    return Shared(
        fixtures=read_fixtures(section),
        metadata=read_metadata(section),
        stubs=read_stubs(section),
        tags=read_tags(section),
        strict=section.flag("strict", False) if "strict" in section else None,
        config=_config(section),
    )


def lent_by(files: Iterable[Shared]) -> Shared:
    """What the files of a run define, for those that define it neither themselves nor around."""
    given = list(files)
    return Shared(
        fixtures=lent(each.fixtures for each in given),
        metadata=lent(each.metadata for each in given),
    )


def _config(section: Section) -> str:
    given = section.data.get("config", "")
    if isinstance(given, str):
        return given.strip()
    section.invalid("config", "Write the name of a configuration, such as config.llm.yml.")
    return ""


def read_tags(section: Section) -> tuple[str, ...]:
    """A tag, or a list of them."""
    given = section.data.get("tags", [])
    tags = [given] if isinstance(given, str) else given
    if isinstance(tags, list) and all(isinstance(tag, str) and tag.strip() for tag in tags):
        return tuple(dict.fromkeys(tag.strip() for tag in tags))
    section.invalid("tags", "Write a list of words.")
    return ()
