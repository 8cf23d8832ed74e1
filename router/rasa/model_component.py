"""What pipeline components that ask a language model have in common."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.nlu.training_data.training_data import TrainingData
from typing_extensions import Self

from router.errors import InvalidConfig, Location, Problem
from router.llm import LLMClient
from router.rasa.errors import reported_by_rasa
from router.rasa.model_endpoints import client_for

_FILE = "prompt.jinja2"


class ModelComponent(GraphComponent):
    """Trained by putting its prompt into the model; loaded with what endpoints.yml names then.

    A component reads its keys in `read` and gets its client in `connect`.
    """

    def __init__(self, config: Any, storage: ModelStorage, resource: Resource) -> None:
        self.config = config
        self._storage = storage
        self._resource = resource

    @classmethod
    def read(cls, config: dict[str, Any]) -> Any:
        """The component's configuration; it has `template` and `models`."""
        raise NotImplementedError

    def connect(self, client: LLMClient, template: str | None) -> None:
        """Takes the client, and the text of the bot's own prompt."""
        raise NotImplementedError

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> Self:
        """For training: reads and checks the configuration; no model is asked."""
        with reported_by_rasa():
            return cls(cls.read(config), model_storage, resource)

    @classmethod
    def load(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> Self:
        """From a trained model, with the models that endpoints.yml names now."""
        component = cls.create(config, model_storage, resource, execution_context)
        with reported_by_rasa():
            client = client_for(component.config.models)
        component.connect(client, component._stored_template())
        return component

    def train(self, training_data: TrainingData) -> Resource:
        """Nothing to learn; the prompt goes into the model: its server may lack the files."""
        with reported_by_rasa():
            text = _template_text(self.config.template)
        with self._storage.write_to(self._resource) as directory:
            if text is not None:
                (Path(directory) / _FILE).write_text(text, encoding="utf-8")
        return self._resource

    def _stored_template(self) -> str | None:
        try:
            with self._storage.read_from(self._resource) as directory:
                return (Path(directory) / _FILE).read_text(encoding="utf-8")
        except (ValueError, OSError):  # a model without a prompt of its own
            return None


def _template_text(path: str | None) -> str | None:
    if path is None:
        return None
    if not Path(path).is_file():
        message = f"The prompt '{path}' isn't there."
        advice = "Write the path of a file, relative to the folder of config.yml."
        raise InvalidConfig([Problem(Location("config.yml"), "missing-file", message, advice)])
    return Path(path).read_text(encoding="utf-8")
