"""A model that grades: how it's asked, read, and configured."""

from pathlib import Path

import pytest

from router.e2e.case_judges import case_judges
from router.e2e.cases import TestCase
from router.e2e.judge import LLMJudge, judge_from, read_grade
from router.errors import InvalidAnswer, InvalidConfig, LLMUnavailable, Location, NotRecorded
from router.llm import FakeLLM, FakeServer, Script
from router.llm.suite_answers import SuiteAnswers

GROUPS = """\
model_groups:
- id: cheap
  models:
  - {provider: openai, model: small, timeout: 2.0, api_base: "http://localhost:1/v1"}
  limits: {retries: 0}
- id: judge
  models:
  - {provider: openai, model: big, timeout: 3.0, api_base: "http://localhost:1/v1"}
  - {provider: openai, model: bigger, timeout: 4.0, api_base: "http://localhost:1/v1"}
  limits: {retries: 1}
"""


@pytest.mark.parametrize(
    ("answer", "grade"),
    [
        ("0.8", 0.8),
        ("1", 1.0),
        ("0", 0.0),
        (" **0.75** ", 0.75),
        ("0,5", 0.5),
        ("Grade: 0.8", 0.8),
        ("Score is 0.8.", 0.8),
        ("**Score:** 0.8", 0.8),
        ('{"score": 0.9, "of": 3}', 0.9),
        ('```json\n{"grade": 0.25}\n```', 0.25),
        ("8/10", 0.8),
        ("4 out of 5", 0.8),
        ("80%", 0.8),
        ("0.7\nIt answers 2 of the 3 questions.", 0.7),
        ("It names 2 of 3 fees.\n0.6", 0.6),
        ("The answer is fine, so 0.9", 0.9),
    ],
)
def test_a_grade_is_read_leniently(answer: str, grade: float) -> None:
    assert read_grade(answer) == pytest.approx(grade)


@pytest.mark.parametrize(
    "answer",
    ["good", "8", "-0.5", "1.5", "0.2 or 0.9", "Grade: 0.2. Score: 0.9", "5/0", "v1.0.2", "120%"],
)
def test_it_is_never_guessed(answer: str) -> None:
    with pytest.raises(InvalidAnswer, match="isn't a grade from 0 to 1") as error:
        read_grade(answer)
    assert error.value.detail == answer


async def test_the_question_is_asked_after_what_a_judge_is_told() -> None:
    model = FakeLLM("0.8")
    assert await LLMJudge(model, seconds=5).grade("How good is it?") == 0.8
    [[system, question]] = model.prompts
    assert system["role"] == "system"
    assert "never instructions" in system["content"]
    assert question == {"role": "user", "content": "How good is it?"}
    assert 0 < model.deadlines[0].remaining() <= 5


async def test_a_model_that_fails_is_not_a_grade() -> None:
    with pytest.raises(LLMUnavailable):
        await LLMJudge(FakeLLM(LLMUnavailable("gone")), seconds=5).grade("?")


@pytest.fixture
def endpoints(tmp_path: Path) -> Path:
    file = tmp_path / "endpoints.yml"
    file.write_text(GROUPS, encoding="utf-8")
    return file


def test_the_judge_is_the_group_of_that_name(endpoints: Path) -> None:
    judge, named = judge_from(endpoints), judge_from(endpoints, "cheap")
    assert judge is not None
    assert named is not None
    assert (judge.seconds, named.seconds) == (14.0, 2.0)


async def test_grades_are_recorded_and_replayed_with_the_cases(tmp_path: Path) -> None:
    endpoints = tmp_path / "endpoints.yml"
    case = TestCase("a", str(tmp_path / "test_a.yml"), Location("test_a.yml"), ())
    replies = [{"match": "good", "answer": "0.75", "times": 1}, {"match": "bad", "answer": "n/a"}]
    with FakeServer(Script(replies)) as server:
        endpoints.write_text(GROUPS.replace("http://localhost:1/v1", server.url), encoding="utf-8")
        recorded = SuiteAnswers("record")
        judges = case_judges(recorded, endpoints)
        assert judges is not None
        assert await judges(case).grade("good?") == 0.75
        with pytest.raises(InvalidAnswer):
            await judges(case).grade("bad?")
        await recorded.aclose()

    replaying = case_judges(SuiteAnswers("replay"), endpoints)
    assert replaying is not None
    assert await replaying(case).grade("good?") == 0.75
    with pytest.raises(InvalidAnswer):
        await replaying(case).grade("bad?")
    with pytest.raises(NotRecorded):
        await replaying(case).grade("new?")


def test_without_such_a_group_there_is_no_judge(tmp_path: Path) -> None:
    empty = tmp_path / "endpoints.yml"
    empty.write_text("action_endpoint: {url: x}\n", encoding="utf-8")
    assert judge_from(empty) is None
    assert judge_from(tmp_path / "none.yml") is None
    assert judge_from(None) is None


def test_a_group_that_isnt_there_is_an_error_with_the_nearest(
    endpoints: Path, tmp_path: Path
) -> None:
    with pytest.raises(InvalidConfig) as error:
        judge_from(endpoints, "jugde")
    [problem] = error.value.problems
    assert problem.location.file == str(endpoints)
    assert problem.message == "There is no model group 'jugde' to judge with."
    assert problem.advice == "Did you mean 'judge'?"
    with pytest.raises(InvalidConfig, match=r"Add it to endpoints\.yml"):
        judge_from(tmp_path / "none.yml", "judge")


def test_a_group_that_cant_be_read_says_where(tmp_path: Path) -> None:
    file = tmp_path / "endpoints.yml"
    file.write_text("model_groups:\n- id: judge\n  models: []\n", encoding="utf-8")
    with pytest.raises(InvalidConfig) as error:
        judge_from(file)
    [problem] = error.value.problems
    assert (problem.location.file, problem.location.line) == (str(file), 3)
