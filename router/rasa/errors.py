"""Our errors in a form that Rasa's command line prints without a traceback."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from rasa.shared.exceptions import RasaException
from rasa.shared.utils.io import raise_warning

from router.errors import ActionFailed, CoexistenceError, Problem


class CoexistenceSetupError(CoexistenceError, RasaException):
    """Something in the assistant's files can't work; the message says what to write."""


class CustomActionFailed(ActionFailed, RasaException):
    """A custom action failed; where Rasa expects that (in forms, say), it goes on."""


_warned: set[str] = set()


def warn_once(problems: Iterable[Problem]) -> None:
    """Shows problems as Rasa shows its own warnings; each once, however often it's found."""
    for problem in problems:
        if problem.is_warning and str(problem) not in _warned:
            _warned.add(str(problem))
            raise_warning(str(problem))


@contextmanager
def reported_by_rasa() -> Iterator[None]:
    """Turns this package's errors into one that Rasa reports as a plain message."""
    try:
        yield
    except CoexistenceSetupError:
        raise
    except CoexistenceError as error:
        raise CoexistenceSetupError(f"\n{error}") from error
