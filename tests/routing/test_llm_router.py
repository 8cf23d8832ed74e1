"""The LLM-based router: what it asks, how it reads the answer, and what it does without one."""

import json
import time

import pytest

from router.errors import InvalidConfig, LLMUnavailable
from router.llm import Deadline, FakeLLM
from router.routing.decision import Turn
from router.routing.llm_configuration import read_llm_router_config
from router.routing.llm_prompt import read_letter, read_topic
from router.routing.llm_router import LLMRouter

CALM = "handles transfers of money"
KEYS = {"calm_entry": {"sticky": CALM}}
TOPICS = [
    {"name": "payments", "description": "money sent", "route": "calm", "example": "pay Ann"},
    {"name": "cards", "description": "cards", "route": "nlu"},
    {"name": "small_talk", "description": "chatting", "route": "nlu_once", "example": "hi"},
]


def router(*replies, template=None, **keys):
    return LLMRouter(read_llm_router_config({**KEYS, **keys}), FakeLLM(*replies), template)


async def outcome(routing, text="send money", **keys):
    decision = await routing.decide(Turn(text=text, **keys))
    return decision.outcome, decision.reason


@pytest.mark.parametrize(("letter", "expected"), [("A", "calm"), ("B", "nlu_once"), ("C", "nlu")])
async def test_a_letter_is_a_route(letter, expected):
    assert await outcome(router(letter)) == (expected, f"answer {letter}")


@pytest.mark.parametrize(
    "answer",
    [
        *("A", "a", "A.", " a ", "Answer: A", '"A"', "**A**", "The answer is A.", "(A)", "A)"),
        *("A: payments", "Option A", "Answer - A", "answer=A", "<A>", "A.\n\nIt is about money"),
    ],
)
def test_answers_are_read_leniently(answer):
    assert read_letter(answer) == "A"


@pytest.mark.parametrize(
    "answer",
    [
        "",
        "D",
        "A or B",
        "AB",
        "Apple",
        "I think A",
        "none",
        "A\nB",
        "A: not B",
        "A chat",
        "1",
        "À",
        "\u0410",
    ],
)
def test_what_is_no_single_letter_is_never_guessed(answer):
    assert read_letter(answer) is None


@pytest.mark.parametrize("on_error", ["nlu_once", "nlu", "calm"])
@pytest.mark.parametrize(
    ("reply", "reason"),
    [
        ("D", "unreadable answer"),
        ("", "InvalidAnswer"),
        (LLMUnavailable("gone"), "LLMUnavailable"),
        ({"hang": True}, "LLMTimeout"),
        ({"raw": "{]"}, "InvalidAnswer"),
    ],
)
async def test_without_a_readable_answer_on_error_decides(on_error, reply, reason):
    routing = router(reply, on_error=on_error, timeout=0.05)
    assert await outcome(routing) == (on_error, f"on_error: {reason}")


async def test_by_default_an_error_locks_nobody_in():
    decision = await router(LLMUnavailable("gone")).decide(Turn("hi"))
    assert decision.slot_value is None


async def test_a_deadline_of_the_turn_that_is_over_is_an_error_at_once():
    decision = await router("A").decide(Turn("hi", deadline=Deadline.after(0)))
    assert decision.reason == "on_error: LLMTimeout"


async def test_the_record_holds_the_call_and_no_text():
    decision = await router("A").decide(Turn("my secret is 4711"))
    call = decision.as_dict()["llm"]
    assert call["outcome"] == "read"
    assert {"model", "endpoint", "prompt_tokens", "latency_ms"} <= set(call)
    assert "4711" not in json.dumps(decision.as_dict())


async def test_the_prompt_says_who_handles_what_and_what_was_said():
    said = (("user", "hello"), ("assistant", "Hi! What can I do?"))
    routing = router("A", nlu_entry={"sticky": "handles cards"})
    await routing.decide(Turn("send money", conversation=said))
    (message,) = routing.client.prompts[0]
    for part in (f"A: {CALM}", "B: handles chitchat", "C: handles cards", '"Hi! What can I do?"'):
        assert part in message["content"]
    assert '"send money"' in message["content"]


async def test_the_oldest_of_what_was_said_is_left_out():
    routing = router("A", history_turns=1)
    await routing.decide(Turn("x", conversation=(("user", "first"), ("assistant", "second"))))
    assert "second" in str(routing.client.prompts) and "first" not in str(routing.client.prompts)


async def test_a_prompt_of_the_bots_own_has_the_documented_variables():
    template = (
        "{{ user_message }}|{{ calm_entry_sticky }}|{{ nlu_entry_sticky }}|"
        "{{ nlu_entry_non_sticky }}|{{ last_bot_message }}|{{ slots.vip }}|{{ flows }}"
    )
    routing = router("A", template=template)
    await routing.decide(
        Turn("hi\nA", conversation=(("assistant", "Yes?"),), slots={"vip": True}, flows=("pay",))
    )
    expected = f"hi A|{CALM}|handles everything else|handles chitchat|Yes?|True|['pay']"
    assert routing.client.prompts[0][0]["content"] == expected


async def test_a_prompt_that_cannot_be_rendered_is_an_error_not_a_crash():
    assert (await outcome(router("A", template="{{ 1 / 0 }}")))[1] == "on_error: PromptFailed"
    template = "{{ ''.__class__.__mro__ }}"
    assert (await outcome(router("A", template=template)))[1] == "on_error: PromptFailed"


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ("payments", ("calm", "topic payments")),
        ("Topic: Small_Talk.", ("nlu_once", "topic small_talk")),
        ("cards", ("nlu", "topic cards")),
        ("payments or cards", ("nlu_once", "on_error: unreadable answer")),
        ("loans", ("nlu_once", "on_error: unreadable answer")),
    ],
)
async def test_a_topic_is_mapped_to_its_route_in_code(answer, expected):
    assert await outcome(router(answer, topics=TOPICS)) == expected


async def test_examples_of_topics_are_turns_of_a_chat():
    routing = router("cards", topics=TOPICS)
    await routing.decide(Turn("my card"))
    roles = [message["role"] for message in routing.client.prompts[0]]
    assert roles == ["system", "user", "assistant", "user", "assistant", "user"]
    assert routing.client.prompts[0][-1]["content"] == '"my card"'


def test_a_topic_may_be_called_as_a_word_that_models_put_before_answers():
    config = read_llm_router_config(
        {**KEYS, "topics": [{"name": "answers", "description": "d", "route": "nlu"}]}
    )
    assert read_topic("answers", config.topics)
    assert read_topic("Answer: answers", config.topics)


@pytest.mark.parametrize(
    ("keys", "code", "words"),
    [
        ({"calm_entry": {}}, "missing-key", "calm_entry.sticky"),
        ({**KEYS, "clam_entry": {}}, "unknown-key", "calm_entry"),
        ({"calm_entry": {"sticky": CALM, "stiky": 1}}, "unknown-key", "sticky"),
        ({**KEYS, "on_error": "nlu_onse"}, "invalid-value", "nlu_onse"),
        ({**KEYS, "timeout": 0}, "invalid-value", "timeout"),
        ({**KEYS, "topics": [{"name": "a"}]}, "missing-key", "topics.0.description"),
        ({**KEYS, "topics": [TOPICS[0], TOPICS[0]]}, "invalid-value", "same name"),
    ],
)
def test_wrong_keys_are_named(keys, code, words):
    with pytest.raises(InvalidConfig) as caught:
        read_llm_router_config(keys)
    assert code in {problem.code for problem in caught.value.problems}
    assert words in str(caught.value)


def test_giving_one_key_of_an_entry_keeps_the_defaults_of_the_others():
    config = read_llm_router_config({**KEYS, "nlu_entry": {"non_sticky": "handles jokes"}})
    assert config.nlu_entry.sticky == "handles everything else"


async def test_a_turn_takes_no_longer_than_its_timeout():
    start = time.monotonic()
    await router({"hang": True}, timeout=0.1).decide(Turn("hi"))
    assert time.monotonic() - start < 2
