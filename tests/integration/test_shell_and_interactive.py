"""`rasa shell` and `rasa interactive` on the mini bot, at a terminal."""

import fcntl
import os
import re
import shutil
import struct
import termios

import pexpect
import pexpect.fdpexpect
import pytest
import rasa_process
import yaml

pytestmark = [pytest.mark.integration, pytest.mark.alone]

DOWN = "\x1b[B"
_CONTROL = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


class Terminal:
    """A `rasa` command at a terminal of its own."""

    def __init__(self, *arguments, cwd):
        own, its = os.openpty()
        fcntl.ioctl(its, termios.TIOCSWINSZ, struct.pack("HHHH", 50, 200, 0, 0))
        self.name = os.ttyname(its)
        self.process = rasa_process.start(*arguments, cwd=cwd, out=self.name, terminal=True)
        self.screen = pexpect.fdpexpect.fdspawn(own, timeout=60, encoding="utf-8")
        self.its = its

    def expect(self, text):
        """Waits for the text; gives what was on the screen before it, without colours."""
        self.screen.expect_exact(text)
        return _CONTROL.sub("", self.screen.before)

    def send(self, text):
        self.screen.send(text)

    def say(self, text):
        self.expect("Your input ->")
        self.send(f"{text}\r")

    def close(self):
        self.process.kill()
        self.process.join()
        os.close(self.its)
        self.screen.close()


@pytest.fixture
def terminal(mini_bot, tmp_path):
    project = tmp_path / "bot"
    shutil.copytree(mini_bot, project, ignore=shutil.ignore_patterns(".rasa", "tests"))
    opened = []

    def open_terminal(*command):
        port = str(rasa_process.free_port())
        arguments = (*command, "--model", "models/mini.tar.gz", "--port", port)
        opened.append(Terminal(*arguments, cwd=project))
        opened[-1].project = project
        return opened[-1]

    yield open_terminal
    for each in opened:
        each.close()


def test_shell_goes_from_nlu_to_calm_and_back(terminal):
    shell = terminal("shell")
    for text, answer in [
        ("block my card", "Which card?"),
        ("4711", "Card 4711 is blocked."),
        ("transfer money", "To whom?"),
        ("Anna", "How much?"),
        ("20", "Send 20.0 to Anna?"),
        ("yes", "What else can I do for you?"),
        ("hello", "Hi there."),
    ]:
        shell.say(text)
        shell.expect(answer)
    shell.say("/stop")
    shell.process.join(30)
    assert shell.process.exitcode == 0


def confirm_until_listening(learning):
    """Confirms the intent and each action up to listening; gives the actions."""
    actions = []
    while "action_listen" not in actions:
        question = learning.expect("(Y/n)")
        actions += re.findall(r"The bot wants to run '(\w+)', correct", question)[-1:]
        learning.send("y")
    return actions


def test_interactive_learning_confirms_a_hand_off_and_exports_it(terminal):
    learning = terminal("interactive", "--skip-visualization")
    actions = []
    for text in ("give feedback", "it was great", "transfer money", "Anna", "20", "yes"):
        learning.say(text)
        actions += confirm_until_listening(learning)
    spoken = [name for name in actions if name != "action_listen"]
    assert spoken == [
        "utter_ask_opinion",
        "utter_thanks",
        "action_reset_routing",
        "utter_ask_recipient",
        "utter_ask_amount",
        "action_run_slot_rejections",
        "validate_amount",
        "action_check_balance",
        "utter_ask_confirmed",
        "action_send",
        "utter_sent",
        "utter_can_do_something_else",
        "action_reset_routing",
    ]
    assert actions.count("action_listen") == 6

    learning.expect("Your input ->")
    learning.send("\x03")
    learning.expect("Do you want to stop?")
    learning.send(DOWN * 4 + "\r")
    for what, question in (
        ("stories", "Export stories to"),
        ("nlu", "Export NLU data to"),
        ("domain", "Export domain file to"),
    ):
        learning.expect(question)
        learning.send("\x05\x15" + f"learned_{what}.yml\r")  # end of line, delete to its start
    learning.process.join(60)

    stories = yaml.safe_load((learning.project / "learned_stories.yml").read_text())["stories"]
    steps = [step for story in stories for step in story["steps"]]
    assert [step["action"] for step in steps if "action" in step] == spoken
    assert [step["intent"] for step in steps if "intent" in step][:3] == [
        "feedback",
        "opinion",
        "transfer",
    ]
    exported = yaml.safe_load((learning.project / "learned_nlu.yml").read_text())
    assert "transfer" in {item.get("intent") for item in exported["nlu"]}
    domain = yaml.safe_load((learning.project / "learned_domain.yml").read_text())
    assert "action_reset_routing" in domain["actions"]
