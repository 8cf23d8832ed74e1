"""Generated bots and SGD sessions: what the benchmark of areas measures."""

from __future__ import annotations

from pathlib import Path

import pytest

pytest.importorskip("sklearn", reason="scikit-learn comes with Rasa")

from sklearn.metrics import adjusted_rand_score

from benchmarks.figures import Figure
from benchmarks.plan_areas import (
    CHOOSING,
    SOURCES,
    labels,
    measure,
    read_bot,
    weight_cut,
)
from benchmarks.planned_bots import ACROSS, GREETING, HUMAN, planned_bot
from benchmarks.sgd_conversations import (
    FILE,
    WITHIN,
    Session,
    events,
    read_sessions,
    skills_of,
    traffic_of,
)
from router.planner.model import Edge, Proposal, ProposedArea

DATA = Path(__file__).parents[3] / "shared" / "data"
SESSION = Session("1", "dev", ("Weather_1_Get", "Weather_1_Get", "Hotels_1_Find", "Weather_1_Get"))


def test_generated_bots_have_four_to_twenty_areas_and_names_that_tell_nothing() -> None:
    bots = [planned_bot(seed) for seed in range(17)]
    assert sorted(len(bot.areas) for bot in bots) == list(range(4, 21))
    assert {name.rpartition("_")[0] for bot in bots for name in bot.area_of} == {"skill"}


@pytest.mark.parametrize("seed", [0, 9])
def test_the_planned_share_of_interruptions_crosses_areas(seed: int) -> None:
    bot = planned_bot(seed)
    area = bot.area_of
    assert ACROSS[0] <= bot.across <= ACROSS[1]
    for pairs in (bot.stories, bot.conversations):
        across = sum(area[one] != area[other] for one, other in pairs) / len(pairs)
        assert across == pytest.approx(bot.across, abs=0.1)


def test_a_generated_bot_is_read_as_it_was_planned() -> None:
    bot = planned_bot(0)
    inventory, traffic = read_bot(bot)
    assert inventory.skills.keys() == {*bot.area_of, GREETING, HUMAN}
    shown = {(e.first, e.second) for e in inventory.edges if e.kind == "stories"}
    assert set(bot.stories) <= shown
    assert set(traffic.interruptions) == set(bot.conversations)
    assert traffic.conversations == len(bot.conversations)


@pytest.mark.parametrize("source", SOURCES)
def test_planted_areas_are_recovered(source: str) -> None:
    bot = planned_bot(2)
    proposal = SOURCES[source](*read_bot(bot))
    skills = sorted(bot.area_of)
    found = labels(proposal, skills)
    assert adjusted_rand_score([bot.area_of[skill] for skill in skills], found) >= 0.95
    assert proposal.keep_both.keys() == {GREETING, HUMAN}


def test_labels_tell_areas_what_is_kept_and_what_is_nowhere() -> None:
    area = ProposedArea("x", ("a", "b"), 1.0, 0.0, 0.0, 0.0, 0.0)
    proposal = Proposal((area,), {"c": "", "d": ""})
    assert labels(proposal, "abcde") == ["x", "x", "kept in both", "kept in both", "only e"]


def test_the_weight_cut_is_that_between_groups() -> None:
    edges = [Edge("a", "b", "stories", 2.0), Edge("b", "c", "stories", 3.0),
             Edge("a", "kept", "stories", 9.0)]  # fmt: skip
    assert weight_cut(edges, {"a": 1, "b": 1, "c": 2}) == 3.0


def test_a_session_is_played_as_a_bot_logs_it() -> None:
    played = list(events(SESSION, start=50.0))
    assert [e["parse_data"]["intent"]["name"] for e in played if e["event"] == "user"] == [
        "Weather_1_Get", WITHIN, "Hotels_1_Find", "Weather_1_Get",
    ]  # fmt: skip
    times = [e["timestamp"] for e in played]
    assert times == sorted(times) and times[0] == 50.0
    assert {e["sender_id"] for e in played} == {"1"}


def test_what_a_session_goes_back_to_was_interrupted_and_all_else_follows() -> None:
    sessions = [SESSION, Session("2", "dev", ("Hotels_1_Find", "Banks_1_Pay"))]
    traffic = traffic_of(sessions, skills_of(sessions))
    assert dict(traffic.interruptions) == {("Weather_1_Get", "Hotels_1_Find"): 1}
    assert traffic.successions["Hotels_1_Find", "Banks_1_Pay"] == 1
    assert traffic.conversations == 2


def test_without_the_sessions_the_planted_figures_are_measured_and_the_reason_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("benchmarks.plan_areas.BOTS", 1)
    figures = measure(tmp_path)
    assert [figure.name for figure in figures if not figure.holds] == []
    assert len(figures) == 4
    assert f"no {FILE}" in capsys.readouterr().err


def test_the_cut_is_reported_for_sessions_that_no_constant_was_chosen_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / FILE).touch()
    sessions = [Session(str(number), "dev", ("a", "b")) for number in range(8)]
    halved, cut = [], []

    def halves(used: list[Session], seed: int) -> list[float]:
        halved.append([session.id for session in used])
        return [1 - len(used) / 10]

    def cut_of(used: list[Session], seed: int) -> Figure:
        cut.append([session.id for session in used])
        return Figure("cut", 0, "%", 100)

    monkeypatch.setattr("benchmarks.plan_areas.read_sessions", lambda _: sessions)
    monkeypatch.setattr("benchmarks.plan_areas._planted", lambda _: [])
    monkeypatch.setattr("benchmarks.plan_areas._halves", halves)
    monkeypatch.setattr("benchmarks.plan_areas._cut", cut_of)
    chosen_on, held_out = ["0", "2", "4", "6"], ["1", "3", "5", "7"]
    measure(tmp_path, CHOOSING)
    assert (cut.pop(), halved.pop()) == (chosen_on, chosen_on)
    assert not halved
    disagreement = measure(tmp_path)[1]
    assert cut == [held_out]
    assert halved == [held_out, chosen_on, [session.id for session in sessions]]
    assert disagreement.value == pytest.approx(0.8)
    assert "0.4 with those held out" in disagreement.note


@pytest.mark.skipif(not (DATA / FILE).is_file(), reason=f"no {FILE} in {DATA}")
def test_the_real_sessions_are_all_read() -> None:
    sessions = read_sessions(DATA)
    assert {session.part for session in sessions} == {"train", "dev"}
    assert len(sessions) == len({(session.part, session.id) for session in sessions})
    assert all(len(set(session.skills)) > 1 for session in sessions)
