"""What a bot's files say that it can do: skills, and what connects them."""

from __future__ import annotations

from router.planner.inventory.reading import read_inventory

__all__ = ["read_inventory"]
