import pytest

from router.flows.spelling import did_you_mean, nearest

MANY = {f"utter_ask_slot_{i}" for i in range(200)} | {"action_pay", "Amount", "ab"}


@pytest.mark.parametrize(
    ("name", "known", "expected"),
    [
        ("amuont", {"amount", "account"}, "amount"),
        ("AMOUNT", {"amount"}, "amount"),
        ("zzz", {"amount"}, None),
        ("x", (), None),
        (5, {"55"}, "55"),
        ("utter_aks_slot_7", MANY, "utter_ask_slot_7"),
        ("utter_ask_slott_179", MANY, "utter_ask_slot_179"),
        ("acton_pay", MANY, "action_pay"),
        ("amuont", MANY, "Amount"),
        ("abc", MANY, "ab"),
        ("zzz", MANY, None),
        ("", MANY, None),
    ],
)
def test_the_name_that_was_probably_meant_is_found(name, known, expected):
    assert nearest(name, known) == expected


def test_advice_has_another_way_out():
    assert did_you_mean("amuont", {"amount": "float"}) == "Did you mean 'amount'?"
    assert did_you_mean("zzz", {"amount"}, "Add it.") == "Add it."
