"""Which skills move together, which are kept in both systems, and in what order areas move."""

from __future__ import annotations

from router.planner.proposal.costs import cut_in_words
from router.planner.proposal.proposing import propose
from router.planner.proposal.wishes import Wishes

__all__ = ["Wishes", "cut_in_words", "propose"]
