"""The mini bot served by `rasa run --enable-api`, over HTTP and through a crash."""

import shutil
import time

import httpx
import pytest
import rasa_process
import yaml

pytestmark = pytest.mark.integration

ROUTE = "route_session_to_calm"


class Server:
    """`rasa run` on a copy of the bot, with its conversations in a SQLite file."""

    def __init__(self, project):
        self.project = project
        self.port = rasa_process.free_port()
        self.http = httpx.Client(base_url=f"http://127.0.0.1:{self.port}", timeout=20)

    def start(self):
        arguments = ["--enable-api", "--port", str(self.port), "--model", "models/mini.tar.gz"]
        out = self.project / "server.txt"
        self.process = rasa_process.start("run", *arguments, cwd=self.project, out=out)
        deadline = time.monotonic() + 120
        while time.monotonic() < deadline and self.process.is_alive():
            try:
                if self.http.get("/status").status_code == 200:
                    return
            except httpx.TransportError:
                time.sleep(0.2)
        raise AssertionError(out.read_text()[-3000:])

    def kill(self):
        self.process.kill()
        self.process.join()

    def say(self, sender, text):
        answer = self.http.post(
            "/webhooks/rest/webhook", json={"sender": sender, "message": text}
        ).raise_for_status()
        return [message["text"] for message in answer.json()]

    def post(self, conversation, what, **body):
        return (
            self.http.post(f"/conversations/{conversation}/{what}", json=body)
            .raise_for_status()
            .json()
        )

    def tracker(self, sender):
        parameters = {"include_events": "ALL"}
        answer = self.http.get(f"/conversations/{sender}/tracker", params=parameters)
        return answer.raise_for_status().json()


@pytest.fixture(scope="module")
def server(mini_bot, tmp_path_factory):
    project = tmp_path_factory.mktemp("rest") / "bot"
    shutil.copytree(mini_bot, project, ignore=shutil.ignore_patterns(".rasa"))
    endpoints = yaml.safe_load((project / "endpoints.yml").read_text())
    endpoints["tracker_store"] = {"type": "SQL", "dialect": "sqlite", "db": "conversations.db"}
    (project / "endpoints.yml").write_text(yaml.safe_dump(endpoints))
    running = Server(project)
    running.start()
    yield running
    running.kill()


def route_changes(tracker):
    """Each change of the routing slot: its value, and why."""
    for event in tracker["events"]:
        if event["event"] == "slot" and event["name"] == ROUTE:
            metadata = event.get("metadata") or {}
            yield event["value"], metadata.get("routing_decision") or metadata.get("release")


def test_the_route_goes_from_none_to_each_system_and_back_with_reasons(server):
    assert server.tracker("anna")["slots"][ROUTE] is None
    for text in ("block my card", "4711", "transfer money", "Anna", "20", "yes"):
        answers = server.say("anna", text)
    assert answers == ["Sent.", "What else can I do for you?"]

    changes = list(route_changes(server.tracker("anna")))
    assert [(value, record["reason"]) for value, record in changes] == [
        (False, "in nlu_entry.sticky"),
        (None, "action_reset_routing"),
        (True, "in calm_entry.sticky"),
        (None, "action_reset_routing"),
    ]
    for _, decision in changes[::2]:
        assert decision["router"] == "IntentBasedRouter"
        assert decision["sticky"] is True
        assert decision["latency_ms"] >= 0
        assert decision["config"]
    assert changes[0][1]["route"] == "nlu"
    assert changes[2][1]["route"] == "calm"
    assert changes[2][1]["intent"] == "transfer"


def test_a_decision_for_one_turn_is_recorded_too(server):
    server.say("greta", "hello")
    [(value, decision)] = route_changes(server.tracker("greta"))
    assert value is None
    assert decision["route"] == "nlu"
    assert decision["sticky"] is False


def test_a_triggered_intent_starts_its_flow(server):
    answer = server.post("ben", "trigger_intent", name="transfer")
    assert [message["text"] for message in answer["messages"]] == ["To whom?"]
    assert answer["tracker"]["slots"][ROUTE] is True
    [(_, decision)] = route_changes(server.tracker("ben"))
    assert decision["reason"] == "given intent triggers a flow"
    assert server.say("ben", "Anna") == ["How much?"]


def test_predicting_and_executing_by_name_moves_a_flow_on(server):
    server.post("carla", "messages", text="transfer money", sender="user")
    asked = []
    for _ in range(20):
        prediction = server.post("carla", "predict")
        again = server.post("carla", "predict")
        best = max(prediction["scores"], key=lambda each: each["score"])
        assert max(again["scores"], key=lambda each: each["score"]) == best
        assert prediction["policy"] == "FlowPolicy"
        executed = server.post(
            "carla", "execute", name=best["action"], policy=prediction["policy"], confidence=1.0
        )
        asked += [message["text"] for message in executed["messages"]]
        if best["action"] == "action_listen":
            break
    assert asked == ["To whom?"]
    assert server.say("carla", "Anna") == ["How much?"]


def test_parsing_needs_no_conversation(server):
    parsed = server.http.post("/model/parse", json={"text": "send 5 dollars"}).json()
    assert parsed["intent"]["name"] == "transfer"
    assert [entity["value"] for entity in parsed["entities"]] == ["5"]


def test_a_killed_server_goes_on_at_the_flows_question(server):
    assert server.say("dora", "transfer money") == ["To whom?"]
    assert server.say("dora", "Ben") == ["How much?"]
    before = server.tracker("dora")
    server.kill()
    server.start()
    assert server.tracker("dora") == before
    assert server.say("dora", "20") == ["Send 20.0 to Ben?"]
    assert server.say("dora", "yes") == ["Sent.", "What else can I do for you?"]
    assert server.tracker("dora")["slots"][ROUTE] is None
