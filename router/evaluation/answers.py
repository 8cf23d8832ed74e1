"""What a router answered, one JSON object a line: written by `eval`, read by `tune`.

    {"text": "send money", "expected": "calm", "outcome": "calm", "confidence": 0.97,
     "reason": "in calm_entry.sticky", "stage": "semantic", "cheap": "calm",
     "distance": 2.1, "llm": null}

`cheap` is where the stage without a language model sent it, `distance` how far from doubt,
`llm` where a language model sent it, `call` what its call was. For tuning, `text` and `llm`
are enough.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from router.errors import InvalidFile, Location, Problem
from router.evaluation.asking import Routed
from router.evaluation.labelled import ROUTES, invalid
from router.routing.decision import OUTCOMES

__all__ = ["Recorded", "read_answers", "recorded", "write_answers"]


@dataclass(frozen=True)
class Recorded:
    """What is known of how one text is routed.

    Attributes:
        cheap: where the stage without a language model sends it, if known.
        distance: of that stage from doubt; None if no model is ever asked about the text.
        llm: where a language model sends it, if it was asked.
    """

    cheap: str | None = None
    distance: float | None = None
    llm: str | None = None

    def updated(self, other: Recorded) -> Recorded:
        """Both together; what both know is the other's."""
        stage = other if other.cheap else self
        return Recorded(stage.cheap, stage.distance, other.llm or self.llm)


def recorded(routed: Routed) -> Recorded:
    """What a decision tells of each stage."""
    decision = routed.decision
    if decision is None:
        return Recorded()
    details = decision.details
    if routed.call is None:
        return Recorded(decision.outcome, _distance(details))
    earlier = details.get("cheap")
    cheap = earlier.get("outcome") if isinstance(earlier, Mapping) else None
    return Recorded(cheap, _distance(details), decision.outcome)


def _distance(details: Mapping[str, Any]) -> float | None:
    """How far the cheap stage was from doubt; 0 if the model is asked in any case."""
    if "distance" in details:
        return float(details["distance"])
    return 0.0 if "stage" in details and not details.get("stage_is_sure") else None


def write_answers(file: Path, routed: Iterable[Routed]) -> None:
    """Writes a line for each message."""
    lines = (json.dumps(_line(each), ensure_ascii=False) + "\n" for each in routed)
    file.write_text("".join(lines), encoding="utf-8")


def _line(routed: Routed) -> dict[str, Any]:
    decision, stages = routed.decision, recorded(routed)
    return {
        "text": routed.message.text,
        "expected": routed.message.route,
        "outcome": routed.outcome,
        "confidence": decision.confidence if decision else None,
        "reason": decision.reason if decision else None,
        "stage": routed.stage,
        "cheap": stages.cheap,
        "distance": stages.distance,
        "llm": stages.llm,
        "call": routed.call,
        "error": routed.error,
    }


def read_answers(file: Path) -> dict[str, Recorded]:
    """What a file says of each text; of two lines with one text both count.

    Raises:
        InvalidFile: a line isn't such an object; all are listed.
    """
    found: dict[str, Recorded] = {}
    problems: list[Problem] = []
    try:
        content = file.read_text(encoding="utf-8-sig")
    except OSError as error:
        message = f"The file can't be read: {error.strerror or error}."
        raise invalid(Location(str(file)), "unreadable-file", message) from error
    except UnicodeDecodeError as error:
        advice = "Save the file with the encoding UTF-8."
        message = "The file isn't UTF-8."
        raise invalid(Location(str(file)), "not-utf8", message, advice) from error
    for number, line in enumerate(content.split("\n"), start=1):
        if not line.strip():
            continue
        place = Location(str(file), number)
        try:
            data = json.loads(line)
        except ValueError as error:
            problems.append(Problem(place, "invalid-value", f"The line isn't JSON: {error}."))
            continue
        wrong = list(_problems(data, place))
        problems += wrong
        if not wrong:
            text, known = data["text"], _recorded(data)
            found[text] = found[text].updated(known) if text in found else known
    if problems:
        raise InvalidFile(problems)
    return found


def _recorded(data: Mapping[str, Any]) -> Recorded:
    return Recorded(data.get("cheap"), data.get("distance"), data.get("llm"))


def _problems(data: Any, place: Location) -> Iterator[Problem]:
    if not isinstance(data, Mapping) or not isinstance(data.get("text"), str):
        message = "The line has no text."
        advice = 'Write {"text": "...", "llm": "calm"}.'
        yield Problem(place, "missing-key", message, advice)
        return
    for key in ("cheap", "llm"):
        value = data.get(key)
        if value is not None and value not in OUTCOMES:
            message, advice = f"'{key}' can't be {value!r}.", f"Write one of {ROUTES}, or null."
            yield Problem(place, "invalid-value", message, advice)
    distance = data.get("distance")
    is_number = isinstance(distance, int | float) and not isinstance(distance, bool)
    if distance is not None and not (is_number and math.isfinite(distance)):
        message = f"'distance' can't be {distance!r}."
        yield Problem(place, "invalid-value", message, "Write a number, or null.")
