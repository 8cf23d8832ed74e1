"""Responses with predicates and in Jinja: what is said, and what is refused."""

import copy
import time

import pytest

from router.flows.response_conditions import predicates_of, settled, with_rasa_conditions
from router.flows.response_templates import (
    MAX_LENGTH,
    TemplateFailed,
    is_jinja,
    render_variation,
    template_errors,
)

JINJA = {"metadata": {"template": "jinja", "rephrase": False}}


def rendered(text, slots=None, context=None, extra=None):
    return render_variation({"text": text, **JINJA}, slots or {}, context or {}, extra)["text"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Hello {{ slots.name }}.", "Hello Ann."),
        ("Hello {{ name }}.", "Hello Ann."),
        ("{{ slots['name'] | upper }}", "ANN"),
        ("{{ context.reason }}", "late"),
        ("{{ context.changes.keys() | join(', ') }}", "amount, name"),
        ("{% if slots.points > 10 %}gold{% else %}plain{% endif %}", "gold"),
        (
            "{% for each in slots.friends %}{{ loop.index }}. {{ each }} {% endfor %}",
            "1. Bo 2. Cy ",
        ),
        ("{% for each in slots.friends if each != 'Bo' %}{{ each }}{% endfor %}", "Cy"),
        ("{{ slots.points * 2 }} {{ 2 ** 10 }}", "24 1024"),
        ("{{ '-' * 3 }}", "---"),
        ("{% macro bold(text) %}*{{ text }}*{% endmacro %}{{ bold('a') }}", "*a*"),
        ("{name} {context.reason}", "{name} {context.reason}"),
        ("two\nlines\n", "two\nlines\n"),
    ],
)
def test_a_text_is_rendered_with_slots_and_context(text, expected):
    slots = {"name": "Ann", "points": 12, "friends": ["Bo", "Cy"]}
    context = {"reason": "late", "changes": {"amount": 1, "name": "x"}}
    assert rendered(text, slots, context) == expected


@pytest.mark.parametrize(
    "template",
    [
        "{{ nothing }}",
        "{{ slots.nothing }}",
        "{{ slots.nothing.deeper.still }}",
        "{{ context.nothing }}",
        "{{ slots.unset }}",
        "{{ unset }}",
        "{% for each in slots.unset %}x{% endfor %}",
        "{% for each in nothing %}x{% endfor %}",
    ],
)
def test_what_is_not_there_or_unset_renders_as_nothing(template):
    assert rendered(f"[{template}]", {"unset": None}) == "[]"


def test_a_slot_called_like_a_method_is_a_slot():
    assert rendered("{{ slots.items }} {{ slots.get }}", {"items": "a", "get": "b"}) == "a b"


def test_slots_and_context_keep_their_names_and_arguments_go_before_slots():
    slots = {"slots": "x", "context": "y", "name": "Ann"}
    given = {"slots": "z", "name": "Bo"}
    text = "{{ slots.name }} {{ context.reason }} {{ name }}"
    assert rendered(text, slots, {"reason": "late"}, given) == "Ann late Bo"


@pytest.mark.parametrize("typed", ["{{ 7*7 }}", "{% for %}", "{#", "{name}", "{{ slots.secret }}"])
def test_what_a_user_said_is_never_a_template(typed):
    assert rendered("You said {{ slots.said }}", {"said": typed, "secret": "pin"}) == (
        f"You said {typed}"
    )


def test_every_text_of_a_variation_is_rendered_and_nothing_else():
    variation = {
        "id": "{{ x }}",
        "channel": "{{ x }}",
        "condition": [{"type": "slot", "name": "x", "value": "{{ x }}"}],
        "metadata": {"template": "jinja", "note": "{{ x }}"},
        "text": "{{ x }}",
        "image": "https://example.org/{{ x }}.png",
        "buttons": [{"title": "{{ x }}", "payload": "/SetSlots(amount={{ x }})"}],
        "quick_replies": [{"title": "{{ x }}", "payload": '/inform{"amount": "{{ x }}"}'}],
        "attachment": {"type": "{{ x }}", "size": 3},
        "elements": [{"title": ["{{ x }}", None]}],
        "custom": {"deep": {"deeper": [{"text": "{{ x }}", "number": 1.5, "flag": True}]}},
    }
    before = copy.deepcopy(variation)
    kept = {key: variation[key] for key in ("id", "channel", "condition", "metadata")}
    assert render_variation(variation, {"x": 5}, {}) == {
        **kept,
        "text": "5",
        "image": "https://example.org/5.png",
        "buttons": [{"title": "5", "payload": "/SetSlots(amount=5)"}],
        "quick_replies": [{"title": "5", "payload": '/inform{"amount": "5"}'}],
        "attachment": {"type": "5", "size": 3},
        "elements": [{"title": ["5", None]}],
        "custom": {"deep": {"deeper": [{"text": "5", "number": 1.5, "flag": True}]}},
    }
    assert variation == before


ENDLESS = "{% for a in range(90000) %}{% for b in range(90000) %}{% endfor %}{% endfor %}"
NEVER_TRUE = "{% for a in range(90000) if a < 0 %}{% endfor %}" * 3
CALLS = "{% macro f(n) %}{% if n %}{{ f(n - 1) }}{{ f(n - 1) }}{% endif %}{% endmacro %}{{ f(60) }}"


@pytest.mark.parametrize(
    ("template", "reason"),
    [
        ("{{ slots.name", "TemplateSyntaxError"),
        ("{{ slots.name | nonsense }}", "No filter named 'nonsense'"),
        ("{{ ''.__class__.__mro__ }}", "access to '__class__' of a value of type str is unsafe"),
        ("{{ slots.friends.append('x') }}", "access to 'append'"),
        ("{{ slots.update(name='x') }}", "access to 'update'"),
        ("{% include 'other' %}", "TypeError"),
        ("{{ range(10000000) | length }}", "OverflowError"),
        ("{{ 1 + slots.name }}", "TypeError"),
        ("{{ nothing() }}", "'nothing' is undefined"),
        ("{% macro f() %}{{ f() }}{% endmacro %}{{ f() }}", "RecursionError"),
        (ENDLESS, "more than 10000 steps"),
        (NEVER_TRUE, "more than 10000 steps"),
        (CALLS, "more than 10000 steps"),
        ("{% for a in range(9000) %}{{ 'ab' * 50 }}{% endfor %}", "more than 50000 characters"),
        ("{{ 'ab'.ljust(100000) }}", "more than 50000 characters"),
        ("{{ 9 ** 99999999 }}", "result of ** is too big"),
        ("{{ 'x' * 1000000000 }}", "result of * is too big"),
        ("{{ 1000000000 * [1] }}", "result of * is too big"),
    ],
)
def test_a_template_that_cannot_be_is_refused_soon(template, reason):
    start = time.monotonic()
    with pytest.raises(TemplateFailed, match="the template of its text fails: ") as caught:
        rendered(template, {"name": "Ann", "friends": ["Bo"]})
    assert reason in str(caught.value)
    assert time.monotonic() - start < 3


def test_an_error_says_where_and_quotes_no_value():
    variation = {"buttons": [{"title": "a"}, {"title": "{{ slots.pin + 1 }}"}]}
    with pytest.raises(TemplateFailed) as caught:
        render_variation(variation, {"pin": "s3cret"}, {})
    assert str(caught.value) == "the template of its buttons[1].title fails: TypeError"
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__


def test_one_text_may_be_as_long_as_the_bound():
    assert len(rendered("{{ slots.x }}", {"x": "a" * MAX_LENGTH})) == MAX_LENGTH


def test_only_the_word_jinja_makes_a_template():
    assert is_jinja(JINJA)
    others = [None, "jinja", {"template": "default"}, {"rephrase": True}, ["template"]]
    assert not any(is_jinja({"text": "{{ x }}", "metadata": metadata}) for metadata in others)
    assert not is_jinja({"text": "{{ x }}"})


GOLD = "slots.membership = 'gold' and slots.points > 10"


def encoded(*variations):
    return with_rasa_conditions({"utter_x": list(variations)})["utter_x"]


def test_a_predicate_becomes_a_condition_of_rasas_form():
    slot = {"text": "b", "condition": [{"type": "slot", "name": "a", "value": 1}]}
    plain, given = {"text": "c"}, {"text": "a", "condition": GOLD}
    [first, *others] = encoded(given, slot, plain)
    assert first == {
        "text": "a",
        "condition": [{"type": "predicate", "name": GOLD, "value": True}],
    }
    assert others == [slot, plain]
    assert given["condition"] == GOLD
    assert predicates_of(first) == (GOLD,)
    assert predicates_of(slot) == predicates_of(plain) == ()
    assert encoded(first) == [first]


@pytest.mark.parametrize(
    "broken",
    [None, [], {"utter_x": None}, {"utter_x": ["text"]}, {"utter_x": [{"condition": ""}]}, "x"],
)
def test_what_is_no_response_is_left_for_rasa_to_report(broken):
    assert with_rasa_conditions(broken) == broken


@pytest.mark.parametrize(
    ("predicate", "holds"),
    [
        (GOLD, True),
        ("slots.points > 12", False),
        ("context.reason = 'late'", True),
        ("context.reason = 'early'", False),
        ("slots.level = 'HIGH'", True),
        ("slots.membership = 'GOLD'", False),
        ("slots.unset is null", True),
        ("slots.membership > 3", False),
        ("slots.points >", False),
    ],
)
def test_a_variation_is_settled_by_its_predicate(predicate, holds):
    slots = {"membership": "gold", "points": 12, "level": "high", "unset": None}
    [variation] = encoded({"text": "a", "condition": predicate})
    found = settled(variation, slots, {"reason": "late"}, {"level"})
    assert (found is not None) is holds
    if found is not None:
        [condition] = found["condition"]
        assert slots.get(condition["name"]) == condition["value"]


def test_without_settling_no_predicate_ever_holds():
    [variation] = encoded({"text": "a", "condition": "slots.points > 1"})
    [condition] = variation["condition"]
    assert {"points": 12}.get(condition["name"]) != condition["value"]


def test_a_predicate_that_cannot_be_read_is_warned_of_once(caplog):
    [variation] = encoded({"text": "a", "condition": "slots.points >>> 3 (unreadable)"})
    for _ in range(3):
        assert settled(variation, {"points": 5}, {}, ()) is None
    assert len([r for r in caplog.records if "always false" in r.getMessage()]) == 1


def test_every_text_that_is_no_template_is_found_with_its_place():
    variation = {
        "id": "{{",
        "text": "{{ fine }}",
        "buttons": [{"title": "a"}, {"title": "{% if %}"}],
        "custom": {"a": {"b": "{{ x | nonsense }}"}, "c": 3},
        **JINJA,
    }
    found = dict(template_errors(variation))
    assert found.keys() == {"buttons[1].title", "custom.a.b"}
    assert found["custom.a.b"].startswith("TemplateAssertionError: No filter named 'nonsense'")
