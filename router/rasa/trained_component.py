"""What pipeline components that learn something have in common."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.nlu.training_data.training_data import TrainingData
from typing_extensions import Self

from router.errors import IncompatibleModel
from router.flows.assistant import Assistant
from router.rasa.errors import reported_by_rasa


class TrainedComponent(GraphComponent):
    """Reads its keys in `read`, writes what it learns in `learn`, reads it in `recall`."""

    def __init__(self, config: Any, storage: ModelStorage, resource: Resource) -> None:
        self.config = config
        self._storage = storage
        self._resource = resource

    @classmethod
    def read(cls, config: dict[str, Any]) -> Any:
        """The component's configuration."""
        raise NotImplementedError

    @classmethod
    def depends_on(cls, config: Any) -> str:
        """What is learnt from beside the training data and the keys; trained again if it changes.

        Args:
            config: as `read` gives it.
        """
        return ""

    def learn(self, training_data: TrainingData, assistant: Assistant, folder: Path) -> None:
        """Puts what is learnt into a folder of the model."""

    def recall(self, folder: Path) -> None:
        """Reads what `learn` wrote."""

    @classmethod
    def fingerprint_addon(cls, config: dict[str, Any]) -> str | None:
        """Rasa's question for `depends_on`."""
        if "output" in config:  # what Rasa took from its cache has that instead of our keys
            return None
        with reported_by_rasa():
            return cls.depends_on(cls.read(config)) or None

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
        """From a trained model.

        Raises:
            CoexistenceSetupError: the model wasn't trained with the component, or can't be
                read.
        """
        component = cls.create(config, model_storage, resource, execution_context)
        with reported_by_rasa():
            try:
                with model_storage.read_from(resource) as directory:
                    component._restore(Path(directory))
            except ValueError as error:  # Rasa's word for a resource that isn't in the model
                message = f"The model wasn't trained with {cls.__name__}. Train it again."
                raise IncompatibleModel(message) from error
        return component

    def train(self, training_data: TrainingData, assistant: Assistant) -> Resource:
        """Learns, into the model."""
        with reported_by_rasa(), self._storage.write_to(self._resource) as directory:
            folder = Path(directory)
            # A folder without any file wouldn't survive Rasa's training cache.
            (folder / "component").write_text(type(self).__name__, encoding="utf-8")
            self._store(training_data, assistant, folder)
        return self._resource

    def _store(self, training_data: TrainingData, assistant: Assistant, folder: Path) -> None:
        self.learn(training_data, assistant, folder)

    def _restore(self, folder: Path) -> None:
        self.recall(folder)
