"""The contents that benchmarks measure are as they say."""

from pathlib import Path

from benchmarks import engine
from benchmarks.many_flows import assistant, write_flows


def test_the_flows_have_ten_steps_each_and_nothing_is_wrong_with_them(tmp_path: Path) -> None:
    write_flows(30, tmp_path)
    read = assistant(30, tmp_path)
    assert [len(flow.steps) for flow in read.flows.values()] == [10] * 30
    assert {slot.type for slot in read.slots.values()} == {"text", "float", "bool", "categorical"}


def test_the_conversation_of_the_engines_benchmark_ends(tmp_path: Path) -> None:
    write_flows(10, tmp_path)
    turns = list(engine._conversation(assistant(10, tmp_path), 0))
    assert len(turns) == len(list(engine._turns(0)))
