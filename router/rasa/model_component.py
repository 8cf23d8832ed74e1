"""What pipeline components that ask a language model have in common."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from rasa.shared.nlu.training_data.training_data import TrainingData

from router.errors import Location
from router.flows.assistant import Assistant
from router.llm import LLMClient
from router.llm.prompts import read_template
from router.rasa.model_endpoints import client_for
from router.rasa.trained_component import TrainedComponent

_FILE = "prompt.jinja2"


class ModelComponent(TrainedComponent):
    """Trained by putting its prompt into the model; loaded with what endpoints.yml names then.

    Its configuration has `template` and `models`.
    """

    @classmethod
    def depends_on(cls, config: Any) -> str:
        """The text of the bot's own prompt.

        Raises:
            InvalidConfig: it can't be read, or a key is written out, which would be in the
                model: as it stands, or where Rasa filled a variable in.
        """
        if config.llm and "model_group" not in config.llm:
            config.models()
        return _template_text(config.template) or ""

    def connect(self, client: LLMClient, template: str | None) -> None:
        """Takes the client, and the text of the bot's own prompt, after `recall`."""
        raise NotImplementedError

    def _store(self, training_data: TrainingData, assistant: Assistant, folder: Path) -> None:
        # The prompt goes into the model, since its server may lack the file.
        text = _template_text(self.config.template)
        if text is not None:
            (folder / _FILE).write_text(text, encoding="utf-8")
        super()._store(training_data, assistant, folder)

    def _restore(self, folder: Path) -> None:
        super()._restore(folder)
        file = folder / _FILE
        template = file.read_text(encoding="utf-8") if file.is_file() else None
        self.connect(client_for(self.config.models), template)


def _template_text(path: str | None) -> str | None:
    return None if path is None else read_template(Path(path), Location("config.yml"))
