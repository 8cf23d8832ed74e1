"""The graph node that gives components the flows and slots of the trained assistant."""

from __future__ import annotations

import json
from typing import Any

import pluggy
from rasa.engine.graph import ExecutionContext, GraphComponent, SchemaNode
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.importers.importer import TrainingDataImporter

from router.errors import IncompatibleModel
from router.flows.assistant import Assistant
from router.rasa.errors import CoexistenceSetupError, reported_by_rasa
from router.rasa.telemetry import start_telemetry

NODE_NAME = "assistant_provider"
_FILE_NAME = "assistant.json"
_hookimpl = pluggy.HookimplMarker("rasa")


class AssistantProvider(GraphComponent):
    """Keeps the `Assistant` in the model; components ask for it by a parameter `assistant`."""

    def __init__(
        self, storage: ModelStorage, resource: Resource, assistant: Assistant | None = None
    ) -> None:
        self._storage = storage
        self._resource = resource
        self.assistant = assistant

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> AssistantProvider:
        """For training."""
        return cls(model_storage, resource)

    @classmethod
    def load(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> AssistantProvider:
        """From a trained model.

        Raises:
            CoexistenceSetupError: the model was trained without the importer, or by a
                version that stored it otherwise.
        """
        with reported_by_rasa():
            start_telemetry()
            try:
                with model_storage.read_from(resource) as directory:
                    data = json.loads((directory / _FILE_NAME).read_text(encoding="utf-8"))
            except (ValueError, OSError) as error:
                raise IncompatibleModel(
                    "The model holds no flows: it was trained without the importer, or with "
                    "another version of rasa-coexistence. Train it again with `rasa train`."
                ) from error
            return cls(model_storage, resource, Assistant.from_dict(data))

    def provide_train(self, importer: TrainingDataImporter) -> Assistant:
        """Reads the assistant's files through the importer and puts them into the model."""
        from router.rasa.importer import assistant_from_importer

        with reported_by_rasa():
            assistant = assistant_from_importer(importer)
        with self._storage.write_to(self._resource) as directory:
            text = json.dumps(assistant.as_dict(), ensure_ascii=False, default=str)
            (directory / _FILE_NAME).write_text(text, encoding="utf-8")
        return assistant

    def provide_inference(self) -> Assistant:
        """The assistant of the loaded model."""
        if self.assistant is None:
            raise CoexistenceSetupError("The assistant wasn't loaded from the model.")
        return self.assistant


class GraphPlugin:
    """Adds the node to Rasa's training and prediction graphs (a pluggy plugin)."""

    @_hookimpl
    def modify_default_recipe_graph_train_nodes(self, train_nodes: dict[str, SchemaNode]) -> None:
        """Rasa's hook for the training graph."""
        train_nodes.setdefault(
            NODE_NAME,
            SchemaNode(
                needs={"importer": "finetuning_validator"},
                uses=AssistantProvider,
                constructor_name="create",
                fn="provide_train",
                config={},
                is_target=True,
                is_input=True,
            ),
        )

    @_hookimpl
    def modify_default_recipe_graph_predict_nodes(
        self, predict_nodes: dict[str, SchemaNode]
    ) -> None:
        """Rasa's hook for the prediction graph."""
        predict_nodes.setdefault(
            NODE_NAME,
            SchemaNode(
                needs={},
                uses=AssistantProvider,
                constructor_name="load",
                fn="provide_inference",
                config={},
                eager=True,
                is_target=False,
                resource=Resource(NODE_NAME),
            ),
        )
