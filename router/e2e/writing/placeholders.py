"""What stands for a personal datum: of the same shape and kind, and of nobody's.

Made from a counter, never from the datum, so that nothing leads back to it.
"""

from __future__ import annotations

import random
import string
import unicodedata
from collections.abc import Callable, Mapping

__all__ = ["PLACEHOLDERS", "ascii_digits", "passes_luhn"]


def ascii_digits(text: str) -> str:
    """The text with the digits of every script as 0 to 9."""
    return "".join(c if c.isascii() else _digit(c) for c in text)


def passes_luhn(digits: str) -> bool:
    """Whether the last digit checks the others, as on a card (ISO/IEC 7812)."""
    doubled = (int(d) * (1 + i % 2) for i, d in enumerate(reversed(digits)))
    return sum(n - 9 if n > 9 else n for n in doubled) % 10 == 0


def _digit(character: str) -> str:
    value = unicodedata.decimal(character, None)
    return character if value is None else str(value)


def _email(value: str, chance: random.Random) -> str:
    return f"person{chance.randrange(1, 10_000)}@example.com"


def _phone(value: str, chance: random.Random) -> str:
    """Keeps what leads to a country, or out of a town."""
    international = value.startswith(("+", "00"))
    zeros = len(value) - len(value.lstrip("+0"))
    kept = zeros + 2 if international else zeros
    return value[:kept] + _shaped(value[kept:], chance)


def _iban(value: str, chance: random.Random) -> str:
    """Of the same country, with check digits that are right (ISO 13616)."""
    country, account = value[:2].upper(), _shaped(value[4:].upper(), chance)
    number = int("".join(str(int(c, 36)) for c in f"{account}{country}00"))
    return f"{country}{98 - number % 97:02d}{account}"


def _card(value: str, chance: random.Random) -> str:
    """Of the same kind of card, with a last digit that is right."""
    start = value[0] + _shaped(value[1:-1], chance)
    return next(start + d for d in string.digits if passes_luhn(start + d))


def _shaped(value: str, chance: random.Random) -> str:
    """A digit for each digit, a letter for each letter."""
    return "".join(_like(c, i, chance) for i, c in enumerate(value))


def _like(character: str, index: int, chance: random.Random) -> str:
    if character.isdecimal():
        return chance.choice(string.digits[1:] if index == 0 else string.digits)
    if character.isupper():
        return chance.choice(string.ascii_uppercase)
    if character.isalpha():
        return chance.choice(string.ascii_lowercase)
    return character if character.isascii() and not character.isalnum() else "x"


#: Kind: what makes the placeholder of a value without separators.
PLACEHOLDERS: Mapping[str, Callable[[str, random.Random], str]] = {
    "email": _email,
    "phone": _phone,
    "iban": _iban,
    "card": _card,
    "other": _shaped,
}
