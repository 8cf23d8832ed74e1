"""Labelled messages: CSV files with the columns split, text, intent, domain and route."""

from __future__ import annotations

import csv
import random
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

COLUMNS = {"split", "text", "intent", "domain", "route"}
OUT_OF_SCOPE = ("oos", "out_of_scope")
SEED = 0


@dataclass(frozen=True)
class Row:
    """One message, the intent it means, and who should answer it."""

    split: str
    text: str
    intent: str
    route: str


def files(folder: Path) -> list[Path]:
    """The data files in a folder, if any."""
    return sorted(folder.glob("routing_*.csv"))


def read_rows(file: Path) -> list[Row]:
    """The messages of a file."""
    with file.open(encoding="utf-8", newline="") as lines:
        reader = csv.DictReader(lines)
        missing = COLUMNS - set(reader.fieldnames or ())
        if missing:
            raise SystemExit(f"{file} lacks the columns {', '.join(sorted(missing))}.")
        return [Row(row["split"], row["text"], row["intent"], row["route"]) for row in reader]


def sample(rows: Sequence[Row], per_intent: int | None, seed: int = SEED) -> list[Row]:
    """So many messages of each intent from the part `train`, or all of every training part."""
    by_intent: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        if row.split == "train" or (per_intent is None and row.split.startswith("train_")):
            by_intent[row.intent].append(row)
    draw = random.Random(seed)
    return [
        row
        for intent in sorted(by_intent)
        for row in (
            by_intent[intent]
            if per_intent is None
            else draw.sample(by_intent[intent], min(per_intent, len(by_intent[intent])))
        )
    ]
