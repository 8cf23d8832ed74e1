"""`coexist rasa`: Rasa's own commands, for those that read a domain before config.yml."""

from __future__ import annotations

import click


@click.command(
    context_settings={"ignore_unknown_options": True, "help_option_names": []},
    add_help_option=False,
)
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def rasa(arguments: tuple[str, ...]) -> None:
    """Run a command of Rasa's with this package already in place: coexist rasa test nlu.

    Rasa's commands load it with the importers of config.yml, or with a model. `rasa test nlu`
    reads domain.yml before either, and can't read one with CALM's keys by itself.
    """
    from router.rasa.command_line import run_rasa

    run_rasa(arguments)
