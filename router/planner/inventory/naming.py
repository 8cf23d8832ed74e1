"""What skills are called."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from router.planner.inventory.contents import Contents
from router.planner.inventory.grouping import Group

__all__ = ["TEXT", "skill_names"]

#: Before the first words of a user in stories without intents, where intents are expected.
TEXT = "text:"


def skill_names(
    groups: Sequence[Group], contents: Sequence[Contents], titles: Mapping[str, str]
) -> list[str]:
    """A name for each skill, all different.

    That of the form that is its alone, its first intent, its flow (before the intent, if
    there is nothing but the flow), or its first story.

    Args:
        groups: what was put together.
        contents: of each, in the same order.
        titles: names of stories that begin with a text, by that text.
    """
    users = Counter(form for skill in contents for form in skill.forms)
    taken: set[str] = set()
    names = []
    for group, skill in zip(groups, contents, strict=True):
        choices = dict.fromkeys(_choices(group, skill, users, titles))
        name = next((choice for choice in choices if choice not in taken), "")
        number, stem = 2, name or next(iter(choices))
        while not name or name in taken:
            name, number = f"{stem}_{number}", number + 1
        taken.add(name)
        names.append(name)
    return names


def _choices(
    group: Group, skill: Contents, users: Mapping[str, int], titles: Mapping[str, str]
) -> Iterator[str]:
    for form in (*group.forms, *skill.forms):
        if users.get(form, 0) <= 1:
            yield form
    intents = [intent for intent in group.intents if not intent.startswith(TEXT)]
    in_stories = any(source.kind in ("rule", "story") for source in skill.sources)
    yield from (*intents, *group.flows) if in_stories else (*group.flows, *intents)
    yield from (_slug(titles[text]) for text in group.intents if text in titles)
    yield "skill"


def _slug(title: str) -> str:
    return re.sub(r"\W+", "_", title).strip("_").lower() or "story"
