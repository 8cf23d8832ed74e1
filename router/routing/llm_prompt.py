"""What `LLMBasedRouter` asks the model, and how its answer is read."""

from __future__ import annotations

import functools
import re
from collections.abc import Sequence
from importlib.resources import files
from typing import Any

from router.llm import Message
from router.llm.prompts import in_its_place, one_line, render_prompt
from router.routing.decision import Turn
from router.routing.llm_configuration import LLMRouterConfig, Topic

#: Letter -> outcome, as https://rasa.com/docs/pro/customize/coexistence-routers has them.
LETTERS = {"A": "calm", "B": "nlu_once", "C": "nlu"}

# What models put before an answer.
_BEFORE = re.compile(
    r"^(?:the )?(?:answer|option|part|route|letter|topic)\b(?:\s+is\b)?[\s:=-]*", re.IGNORECASE
)
_ROUTE = re.compile(r"^[\s\"'`*_-]*route\b[\s:=]*(.*)$", re.IGNORECASE | re.MULTILINE)
# A letter with what it means, or why.
_EXPLAINED = re.compile(r"([ABC])\s*(?:[:.)]|-\s|\n)")
_LETTER = re.compile(r"\b[ABC]\b")
_MARKS = " \t\r\n\"'`*_.,:;!()[]<>"


def letter_prompt(config: LLMRouterConfig, turn: Turn, template: str | None) -> list[Message]:
    """The question for one letter; `template` is the text of the bot's own prompt."""
    return [{"role": "user", "content": _rendered(template, "letter", config, turn)}]


def topic_prompt(config: LLMRouterConfig, turn: Turn, template: str | None) -> list[Message]:
    """The question for a topic's name; the topics' examples are turns of a chat before it."""
    messages: list[Message] = [
        {"role": "system", "content": _rendered(template, "topic", config, turn)}
    ]
    for topic in config.topics:
        if topic.example:
            messages.append({"role": "user", "content": _as_json(topic.example)})
            messages.append({"role": "assistant", "content": topic.name})
    return [*messages, {"role": "user", "content": _as_json(turn.text)}]


def shared_preface(config: LLMRouterConfig, turn: Turn) -> str:
    """The question to put before another prompt, so that one answer tells both."""
    calm = [topic.name for topic in config.topics if topic.route.startswith("calm")]
    return _rendered(None, "shared", config, turn, calm=" or ".join(calm) or "A")


def shared_answer(text: str) -> str:
    """What the line `route: ...` of an answer to both says; empty without one."""
    found = _ROUTE.search(text)
    return found.group(1) if found else ""


def read_letter(answer: str) -> str | None:
    """The letter in an answer such as `A`, `Answer: "A"` or `A: payments`; None if unreadable.

    One that names several letters is unreadable.
    """
    core = _core(answer)
    explained = _EXPLAINED.match(core)
    if explained and not set(_LETTER.findall(core)) - {explained.group(1)}:
        return explained.group(1)
    return core.upper() if core.upper() in LETTERS else None


def read_topic(answer: str, topics: Sequence[Topic]) -> Topic | None:
    """The topic that the answer names, whatever its case; None if it is none of them."""
    words = (answer.strip(_MARKS).casefold(), _core(answer).casefold())
    return next((topic for topic in topics if topic.name.casefold() in words), None)


def _core(answer: str) -> str:
    return _BEFORE.sub("", answer.strip(_MARKS)).strip(_MARKS)


def _rendered(
    template: str | None, ours: str, config: LLMRouterConfig, turn: Turn, **more: str
) -> str:
    """The bot's own prompt, or ours of that name, which writes what users say as JSON."""
    said = [{"speaker": speaker, "text": text} for speaker, text in turn.conversation]
    bot = [text for speaker, text in turn.conversation if speaker == "assistant"]
    said = said[-config.history_turns :] if config.history_turns else []
    users: dict[str, Any] = {
        "user_message": turn.text,
        "conversation": said,
        "slots": dict(turn.slots),
    }
    return render_prompt(
        template or _own(ours),
        {
            **(in_its_place(users) if template else users),
            "calm_entry_sticky": config.calm_entry.sticky,
            "nlu_entry_sticky": config.nlu_entry.sticky,
            "nlu_entry_non_sticky": config.nlu_entry.non_sticky,
            "last_bot_message": one_line(bot[-1]) if bot else "",
            "flows": list(turn.flows),
            "topics": config.topics,
            **more,
        },
    )


def _as_json(text: str) -> str:
    return render_prompt("{{ text | data }}", {"text": text})


@functools.cache
def _own(name: str) -> str:
    return (files("router.routing") / "prompts" / f"{name}.jinja2").read_text(encoding="utf-8")
