"""The bot that is measured, with and without the layer: same data, same model parts."""

from __future__ import annotations

import copy
import hashlib
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import yaml

CACHE = Path(__file__).parent / ".cache"
SKILLS = ("card", "hours", "branch", "loan", "limit", "statement", "address", "pin")
PHRASES = (
    "{}", "my {}", "the {} please", "tell me about the {}", "i need the {}", "question on {}",
    "what about {}", "can you help with {}", "{} help", "show {}", "i want {}", "give me {}",
    "how do i change the {}", "problem with {}", "is the {} fine",
)  # fmt: skip

_PIPELINE: list[dict[str, Any]] = [
    {"name": "WhitespaceTokenizer"},
    {"name": "RegexFeaturizer"},
    {"name": "LexicalSyntacticFeaturizer"},
    {"name": "CountVectorsFeaturizer"},
    {"name": "CountVectorsFeaturizer", "analyzer": "char_wb", "min_ngram": 1, "max_ngram": 4},
    {"name": "DIETClassifier", "epochs": 20, "constrain_similarities": True, "random_seed": 1},
    {"name": "EntitySynonymMapper"},
]
_POLICIES: list[dict[str, Any]] = [
    {"name": "MemoizationPolicy"},
    {"name": "RulePolicy"},
    {"name": "TEDPolicy", "epochs": 5, "constrain_similarities": True, "random_seed": 1},
]
_ROUTER = {
    "name": "IntentBasedRouter",
    "nlu_entry": {"sticky": [f"ask_{skill}" for skill in SKILLS], "non_sticky": ["thanks"]},
    "calm_entry": {"sticky": []},
}


def stock_model() -> Path:
    """A trained model of the bot on Rasa alone."""
    return trained("stock", _files(layer=False))


def layered_model() -> Path:
    """A trained model of the same bot with the layer and one flow beside."""
    return trained("layered", _files(layer=True))


def light_model() -> Path:
    """A trained model of the bot with the layer and quick parts: waiting, not computing."""
    files = _files(layer=True)
    files["config.yml"]["pipeline"][1:7] = [
        {"name": "CountVectorsFeaturizer"},
        {"name": "LogisticRegressionClassifier"},
    ]
    files["config.yml"]["policies"].pop()
    return trained("light", files)


def trained(name: str, files: dict[str, Any]) -> Path:
    texts = {path: yaml.safe_dump(data, sort_keys=False) for path, data in files.items()}
    digest = hashlib.sha256(repr(sorted(texts.items())).encode()).hexdigest()[:12]
    project = CACHE / f"{name}-{digest}"
    model = project / "models" / "bench.tar.gz"
    if model.is_file():
        return model
    for path, text in texts.items():
        target = project / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")
    print(f"training the {name} bot (once, about a minute) ...", file=sys.stderr)
    with (project / "train.log").open("w") as log:
        subprocess.run(
            [sys.executable, "-m", "rasa", "train", "--fixed-model-name", "bench"],
            cwd=project,
            env={**os.environ, "RASA_TELEMETRY_ENABLED": "false", "TF_CPP_MIN_LOG_LEVEL": "3"},
            stdout=log,
            stderr=log,
            check=True,
        )
    return model


def _files(*, layer: bool) -> dict[str, Any]:
    pipeline, policies = copy.deepcopy(_PIPELINE), copy.deepcopy(_POLICIES)
    config: dict[str, Any] = {"recipe": "default.v1", "assistant_id": "bench", "language": "en"}
    end = []
    if layer:
        config["importers"] = [{"name": "router.CoexistenceImporter"}]
        pipeline += [_ROUTER, {"name": "NLUCommandAdapter"}]
        policies.insert(0, {"name": "FlowPolicy"})
        end = [{"action": "action_reset_routing"}]
    config |= {"pipeline": pipeline, "policies": policies}
    files: dict[str, Any] = {
        "config.yml": config,
        "domain.yml": _domain(layer=layer),
        "data/nlu.yml": {"version": "3.1", "nlu": list(nlu_examples())},
        "data/stories.yml": {"version": "3.1", "stories": list(_stories(end))},
    }
    if layer:
        files["flows/order.yml"] = _FLOWS
    return files


def nlu_examples() -> Any:
    for skill in SKILLS:
        lines = "\n".join(f"- {phrase.format(skill)}" for phrase in PHRASES)
        yield {"intent": f"ask_{skill}", "examples": lines}
    orders = "\n".join(f"- {phrase.format('new book')}" for phrase in PHRASES)
    yield {"intent": "order", "examples": orders}
    yield {"intent": "thanks", "examples": "- thanks\n- thank you\n- many thanks\n- cheers"}


def _stories(end: list[dict[str, str]]) -> Any:
    """Each skill is two turns: a question back, and an answer."""
    for skill in SKILLS:
        for follow in SKILLS:
            yield {
                "story": f"{skill} then {follow}",
                "steps": [
                    {"intent": f"ask_{skill}"},
                    {"action": f"utter_{skill}"},
                    {"intent": f"ask_{follow}"},
                    {"action": f"utter_more_{follow}"},
                    *end,
                ],
            }
    yield {"story": "thanks", "steps": [{"intent": "thanks"}, {"action": "utter_welcome"}]}
    yield {"story": "order", "steps": [{"intent": "order"}, {"action": "utter_welcome"}]}


def _domain(*, layer: bool) -> dict[str, Any]:
    responses = {"utter_welcome": [{"text": "you are welcome"}]}
    for skill in SKILLS:
        responses[f"utter_{skill}"] = [{"text": f"which {skill}?"}]
        responses[f"utter_more_{skill}"] = [{"text": f"here is the {skill}"}]
    slots: dict[str, Any] = {}
    if layer:
        for slot in ("title", "copies"):
            responses[f"utter_ask_{slot}"] = [{"text": f"what {slot}?"}]
            slots[slot] = {
                "type": "text",
                "influence_conversation": False,
                "mappings": [{"type": "from_text"}],
            }
        responses["utter_ordered"] = [{"text": "ordered"}]
    intents = [*(f"ask_{skill}" for skill in SKILLS), "order", "thanks"]
    return {"version": "3.1", "intents": intents, "slots": slots, "responses": responses}


_FLOWS = {
    "flows": {
        "order_book": {
            "description": "orders a book",
            "nlu_trigger": [{"intent": "order"}],
            "steps": [{"collect": "title"}, {"collect": "copies"}, {"action": "utter_ordered"}],
        }
    }
}
