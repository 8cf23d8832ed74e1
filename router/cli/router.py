"""`coexist router`: how well the router routes, and how much of it a language model should do."""

from __future__ import annotations

import click

from router.cli.router_eval import evaluate
from router.cli.router_tune import tune

__all__ = ["router"]


@click.group()
def router() -> None:
    """Measure and tune the assistant's router on labelled messages.

    Both commands read CSV files with the columns text and route (calm, nlu, calm_once or
    nlu_once), or Rasa's NLU training data, whose intents go where the router's lists say.
    """


router.add_command(evaluate)
router.add_command(tune)
