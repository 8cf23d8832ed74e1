"""Drafts of what moves an area to CALM: flows, domain, resets and tests, for a person to finish."""

from __future__ import annotations

from router.planner.scaffold.model import Edit, NewFile, Scaffold
from router.planner.scaffold.scaffolding import scaffold

__all__ = ["Edit", "NewFile", "Scaffold", "scaffold"]
