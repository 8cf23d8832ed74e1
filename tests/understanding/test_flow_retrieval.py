"""Which of many flows a prompt shows."""

import asyncio
import json
import time
import zlib

import pytest

from router.dialogue.commands import StartFlow
from router.dialogue.state import DialogueState
from router.dialogue.turn import begin_turn
from router.embedding import EndpointEmbedder, LocalEmbedder
from router.errors import IncompatibleModel, InvalidConfig, LLMUnavailable
from router.flows.assistant import Assistant
from router.flows.reading import flows_from_data
from router.flows.slots import SlotSpec
from router.llm import Deadline, FakeLLM
from router.understanding.flow_retrieval import (
    FlowIndex,
    FlowRetriever,
    flow_documents,
    query_text,
)
from router.understanding.llm_configuration import read_generator_config
from router.understanding.llm_generator import LLMGenerator
from router.understanding.llm_prompt import Moment

np = pytest.importorskip("numpy")

THINGS = ["apple", "bread", "cheese", "dates", "eggs", "figs", "grapes", "honey"]
STEPS = [{"action": "utter_done"}]
FLOWS = {
    **{f"buy_{thing}": {"description": f"buys {thing} fresh", "steps": STEPS} for thing in THINGS},
    "pay": {
        "name": "sending money",
        "description": "sends money to someone",
        "steps": [
            {"collect": "amount", "description": "how much, in euros"},
            {"collect": "kind"},
            {"collect": "token"},
        ],
    },
    "secret": {"description": "secret apple garden", "if": "slots.vip", "steps": STEPS},
    "help": {"description": "gives help", "always_include_in_prompt": True, "steps": STEPS},
    "pattern_chitchat": {"description": "own", "steps": STEPS},
}
SLOTS = {
    "amount": SlotSpec("amount", "float"),
    "kind": SlotSpec("kind", "categorical", values=("now", "later")),
    "token": SlotSpec("token", "text", mappings=({"type": "controlled"},)),
    "vip": SlotSpec("vip", "bool"),
}


def assistant(**changed):
    return Assistant(flows=flows_from_data({**FLOWS, **changed}, []), slots=SLOTS)


BOT = assistant()
EMPTY = DialogueState(slots=dict.fromkeys(SLOTS))
VIP = DialogueState(slots={**EMPTY.slots, "vip": True})


class WordVectors:
    """An encoder that is quick and always says the same: one axis for each word."""

    fingerprint = "words"

    def __init__(self):
        self.texts = []

    def encode(self, texts):
        self.texts += texts
        rows = np.zeros((len(texts), 512), np.float32)
        for row, text in zip(rows, texts, strict=True):
            for word in text.replace(":", " ").replace(",", " ").split():
                row[zlib.crc32(word.encode()) % 512] += 1
            row /= max(np.linalg.norm(row), 1e-9)
        return rows


class Dead(FakeLLM):
    async def embed(self, texts, *, deadline):
        raise LLMUnavailable("gone")


class Hanging(WordVectors):
    async def embed(self, texts, *, deadline):
        await asyncio.sleep(60)


def index_of(bot, with_slots=True):
    documents = flow_documents(bot, with_slots)
    return FlowIndex.of(documents, WordVectors().encode(list(documents.values())), "words")


def retriever(embedder=None, bot=BOT, **keys):
    settings = read_generator_config({"flow_retrieval": {"num_flows": 3, **keys}}).retrieval
    index = index_of(bot, settings.should_embed_slots)
    return FlowRetriever(settings, index, embedder or LocalEmbedder(WordVectors()))


def dead_endpoint():
    embedder = EndpointEmbedder(Dead(), "gone")
    embedder.fingerprint = "words"
    return embedder


def moment(text="", state=EMPTY, bot=BOT, **keys):
    return Moment(text, state, bot, **keys)


async def shown(asked, made=None, seconds=8.0):
    generator = LLMGenerator(read_generator_config({}), FakeLLM(), None, made or retriever())
    retrieved = await generator.retrieve(asked, Deadline.after(seconds))
    return [flow.id for flow in retrieved.flows], retrieved.record


def test_a_flows_document_is_what_it_does_and_asks_for():
    documents = flow_documents(BOT, with_slots=True)
    assert documents["pay"] == (
        "sending money: sends money to someone\namount: how much, in euros\nkind: now, later"
    )
    assert documents["buy_apple"] == "buy apple: buys apple fresh"
    assert flow_documents(BOT, with_slots=False)["pay"] == "sending money: sends money to someone"


def test_only_flows_that_have_to_be_looked_up_have_a_document():
    assert set(FLOWS) - set(flow_documents(BOT, True)) == {"help", "pattern_chitchat"}


SAID = (
    ("user", "hello"),
    ("assistant", "hi"),
    ("user", "I am hungry"),
    ("assistant", "What about fruit?"),
    ("assistant", "Or bread?"),
)


@pytest.mark.parametrize(
    ("turns", "query"),
    [
        (1, "figs"),
        (2, "figs\nOr bread?\nWhat about fruit?\nI am hungry"),
        (3, "figs\nOr bread?\nWhat about fruit?\nI am hungry\nhi\nhello"),
        (9, "figs\nOr bread?\nWhat about fruit?\nI am hungry\nhi\nhello"),
    ],
)
def test_a_turn_is_a_message_of_the_users_and_what_follows_it(turns, query):
    assert query_text(moment("figs", conversation=SAID), turns) == query


async def test_the_flows_most_like_the_message_are_shown_the_likest_first():
    flows, record = await shown(moment("some fresh grapes and figs"))
    assert flows[0] == "help"
    assert set(flows[1:3]) == {"buy_grapes", "buy_figs"}
    assert len(flows) == 4
    assert record["retrieval"]["outcome"] == "ranked"
    assert record["retrieval"]["latency_ms"] >= 0


async def test_flows_that_are_equally_alike_keep_the_assistants_order():
    flows, _ = await shown(moment("nothing known"))
    assert flows[1:] == ["buy_apple", "buy_bread", "buy_cheese"]


async def test_earlier_turns_count_if_wanted():
    asked = moment("yes please", conversation=(*SAID, ("assistant", "would you like honey")))
    assert "buy_honey" not in (await shown(asked))[0]
    assert "buy_honey" in (await shown(asked, retriever(turns_to_embed=2)))[0]


async def test_what_a_flow_asks_for_counts_unless_it_is_not_wanted():
    asked = moment("50 euros later")
    assert "pay" in (await shown(asked))[0]
    assert "pay" not in (await shown(asked, retriever(should_embed_slots=False)))[0]


async def test_a_flow_whose_guard_does_not_hold_is_never_shown():
    asked = "secret apple garden"
    assert "secret" not in (await shown(moment(asked)))[0]
    assert "secret" in (await shown(moment(asked, VIP)))[0]
    assert "secret" not in (await shown(moment(asked), retriever(dead_endpoint())))[0]
    mentioned = moment(asked, mentioned=frozenset({"secret"}))
    assert "secret" not in (await shown(mentioned))[0]


async def test_flows_in_progress_always_included_or_mentioned_are_shown_beside():
    state = begin_turn(EMPTY, [StartFlow("pay")], BOT)
    state = begin_turn(state, [StartFlow("buy_honey")], BOT)
    flows, _ = await shown(moment("fresh apple", state, mentioned=frozenset({"buy_dates"})))
    assert flows[:4] == ["buy_honey", "pay", "help", "buy_dates"]
    assert flows[4] == "buy_apple"
    assert len(flows) == 7


@pytest.mark.parametrize(("number", "embeds"), [(8, True), (9, False), (20, False)])
async def test_nothing_is_embedded_if_all_flows_are_shown(number, embeds):
    encoder = WordVectors()
    made = retriever(LocalEmbedder(encoder), num_flows=number)
    flows, record = await shown(moment("fresh figs"), made)
    assert encoder.texts == (["fresh figs"] if embeds else [])
    assert bool(record) == embeds
    assert len(flows) == number + 1 if embeds else 10


async def test_hidden_flows_are_not_counted():
    encoder = WordVectors()
    made = retriever(LocalEmbedder(encoder), num_flows=9)
    await shown(moment("apple"), made)
    assert encoder.texts == []
    await shown(moment("apple", VIP), made)
    assert encoder.texts == ["apple"]


async def test_if_embedding_fails_all_flows_are_shown_the_kept_ones_first():
    state = begin_turn(EMPTY, [StartFlow("pay")], BOT)
    flows, record = await shown(moment("figs", state), retriever(dead_endpoint()))
    assert flows == ["pay", "help", *(f"buy_{thing}" for thing in THINGS)]
    assert record["retrieval"]["outcome"] == "LLMUnavailable"


async def test_a_vector_of_another_length_is_none():
    class Short(WordVectors):
        def encode(self, texts):
            return np.ones((len(texts), 3), np.float32)

    flows, record = await shown(moment("figs"), retriever(LocalEmbedder(Short())))
    assert len(flows) == 10
    assert record["retrieval"]["outcome"] == "IncompatibleModel"


async def test_embedding_takes_a_fourth_of_the_time_that_is_left_at_most():
    start = time.perf_counter()
    flows, record = await shown(moment("figs"), retriever(Hanging()), seconds=2.0)
    assert time.perf_counter() - start < 1.5
    assert len(flows) == 10
    assert record["retrieval"]["outcome"] == "LLMTimeout"


async def test_embedding_takes_no_longer_than_its_own_timeout():
    start = time.perf_counter()
    _, record = await shown(moment("figs"), retriever(Hanging(), timeout=0.1), seconds=60)
    assert time.perf_counter() - start < 10
    assert record["retrieval"]["outcome"] == "LLMTimeout"


async def test_an_endpoint_is_told_how_long_it_has():
    client = FakeLLM()
    embedder = EndpointEmbedder(client, "any")
    embedder.fingerprint = "words"
    await shown(moment("figs"), retriever(embedder, timeout=5.0), seconds=8.0)
    assert client.embedded == [["figs"]]
    assert client.deadlines[0].remaining() <= 2.0


async def test_a_flow_that_has_changed_since_is_shown_and_said_once(caplog):
    changed = assistant(
        buy_honey={"description": "sells bees", "steps": STEPS},
        buy_ice={"description": "new", "steps": STEPS},
    )
    made = retriever()
    for _ in range(2):
        flows, _ = await shown(moment("fresh figs", bot=changed), made)
        assert flows[1] == "buy_figs"
        assert flows[4:] == ["buy_honey", "buy_ice"]
    (warning,) = caplog.records
    assert "buy_honey, buy_ice. Train the model again" in warning.getMessage()


def test_an_index_is_stored_without_pickles(tmp_path):
    index = index_of(BOT)
    assert not FlowIndex.is_in(tmp_path)
    index.save(tmp_path)
    assert FlowIndex.is_in(tmp_path)
    assert sorted(file.name for file in tmp_path.iterdir()) == ["flows.json", "flows.npz"]
    loaded = FlowIndex.load(tmp_path)
    assert (loaded.documents, loaded.encoder) == (index.documents, "words")
    assert np.array_equal(loaded.vectors, index.vectors)


@pytest.mark.parametrize("damage", ["gone", "objects", "format", "flows", "truncated", "no map"])
def test_a_damaged_index_is_one_clear_error(tmp_path, damage):
    index_of(BOT).save(tmp_path)
    arrays, rest = tmp_path / "flows.npz", tmp_path / "flows.json"
    content = json.loads(rest.read_text())
    if damage == "gone":
        arrays.unlink()
    elif damage == "objects":
        np.savez(arrays, vectors=np.array([{}], dtype=object))
    elif damage == "format":
        rest.write_text(json.dumps({**content, "format": 99}))
    elif damage == "flows":
        content["documents"].popitem()
        rest.write_text(json.dumps(content))
    elif damage == "truncated":
        arrays.write_bytes(arrays.read_bytes()[:100])
    else:
        rest.write_text("[]")
    with pytest.raises(IncompatibleModel, match=r"can't be read: .*Train the model again"):
        FlowIndex.load(tmp_path)


def test_another_encoder_than_the_trained_one_is_refused():
    other = WordVectors()
    other.fingerprint = "other"
    with pytest.raises(IncompatibleModel, match=r"encoder words, and this one is other\. Train"):
        retriever(LocalEmbedder(other))


async def generated(asked, made, **keys):
    generator = LLMGenerator(read_generator_config(keys), FakeLLM("cancel"), None, made)
    call = (await generator.generate(asked)).call
    prompt = generator.client.prompts[0][0]["content"]
    lines = [json.loads(line) for line in prompt.splitlines() if line.startswith('{"name"')]
    return [flow["name"] for flow in lines], call, prompt


async def test_a_prompt_shows_what_was_found_in_the_assistants_order():
    flows, call, _ = await generated(moment("some honey with fresh bread"), retriever())
    assert len(flows) == 4
    assert {"buy_honey", "buy_bread", "help"} < set(flows)
    assert flows == [name for name in FLOWS if name in flows]
    assert (call["outcome"], call["flows"]) == ("read", 4)
    assert call["retrieval"]["outcome"] == "ranked"


async def test_a_prompt_that_is_too_long_loses_the_flows_least_alike():
    asked = moment("some fresh honey", begin_turn(EMPTY, [StartFlow("pay")], BOT))
    made = retriever(num_flows=7)
    everything, _, long = await generated(asked, made)
    flows, call, prompt = await generated(asked, made, max_prompt_characters=len(long) - 1)
    assert len(prompt) < len(long)
    assert len(flows) == len(everything) - 1 == call["flows"]
    in_order, _ = await shown(asked, made)
    assert set(everything) - set(flows) == {in_order[-1]}
    flows, _, _ = await generated(asked, made, max_prompt_characters=1)
    assert flows == ["pay"]


async def test_without_retrieval_what_is_in_progress_is_the_last_to_go():
    asked = moment("x", begin_turn(EMPTY, [StartFlow("pay")], BOT))
    flows, call, _ = await generated(asked, None)
    assert flows == [name for name in FLOWS if name not in ("secret", "pattern_chitchat")]
    assert call["flows"] == 10
    assert "retrieval" not in call
    flows, _, _ = await generated(asked, None, max_prompt_characters=1)
    assert flows == ["pay"]


async def test_a_call_that_fails_keeps_what_was_looked_up():
    generator = LLMGenerator(read_generator_config({}), FakeLLM(""), None, retriever())
    call = (await generator.generate(moment("figs"))).call
    assert (call["outcome"], call["flows"]) == ("InvalidAnswer", 4)
    assert call["retrieval"]["outcome"] == "ranked"


@pytest.mark.parametrize(
    ("keys", "words"),
    [
        ({"num_flows": 0}, "flow_retrieval.num_flows"),
        ({"turns_to_embed": "one"}, "flow_retrieval.turns_to_embed"),
        ({"number": 5}, "num_flows"),
        ({"folder": "x", "embeddings": {"model_group": "y"}}, "not both"),
    ],
)
def test_wrong_keys_are_named(keys, words):
    with pytest.raises(InvalidConfig, match=words):
        read_generator_config({"flow_retrieval": keys})
