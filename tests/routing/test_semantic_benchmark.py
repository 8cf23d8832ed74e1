"""The routing benchmark: any file of its columns, and a reason where it can't be run."""

import pytest
from test_semantic_router import KNOWN, WordVectors

from benchmarks import cascade, routing

HEAD = "split,text,intent,domain,route"


def data(folder, head=HEAD):
    routes = {"block_card": "nlu", "greet": "nlu_once", "transfer_money": "calm", "oos": "nlu_once"}
    lines = [
        f"{split},{text},{name},any,{routes[name]}"
        for name, texts in KNOWN.items()
        for text in texts
        for split in ("train", "val", "test")
    ]
    file = folder / "routing_small.csv"
    file.write_text("\n".join([head, *lines]) + "\n")
    return file


def test_every_number_of_examples_is_measured_for_each_objective(tmp_path):
    objectives = ["catch_out_of_scope", "accuracy"]
    found = list(routing.results(data(tmp_path), WordVectors(), "test", objectives, (None, 3)))
    assert [size for size, _ in found if size != 0] == [None, None, 3, 3]
    for _, result in found:
        assert 0.4 < result.accuracy <= 1 and 0.4 < result.macro_f1 <= 1


def test_without_data_the_reason_is_said(tmp_path, capsys):
    assert routing.main(["--data", str(tmp_path)]) == 0
    assert "holds no routing_*.csv" in capsys.readouterr().out
    assert list(routing.measure(tmp_path)) == []


def test_a_file_that_lacks_columns_is_named(tmp_path):
    with pytest.raises(SystemExit, match="lacks the columns route"):
        routing.read_rows(data(tmp_path, HEAD.replace(",route", ",way")))


def test_a_simulated_model_is_right_as_often_as_said_and_the_same_in_every_run():
    rows = [routing.Row("test", str(number), "i", "calm") for number in range(4000)]
    answers = cascade.simulated(rows, 0.75)
    assert answers == cascade.simulated(rows, 0.75)
    assert sum(each == "calm" for each in answers) / len(rows) == pytest.approx(0.75, abs=0.03)


def test_a_classifier_and_lists_are_measured_beside(tmp_path):
    result = routing.by_intent(data(tmp_path), "test")
    assert result.accuracy == 1.0 and "IntentBasedRouter" in result.name
