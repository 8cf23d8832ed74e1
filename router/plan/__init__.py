"""The plan of a migration, `migration.yml`: which topic areas there are, and where each stands.

Planners edit it, routers read it (`plan: migration.yml`), CI checks that all else agrees.
Format: docs/migration_plan.md
"""

from __future__ import annotations

from router.plan.model import Area, Decision, KeptInBoth, MigrationPlan, OneTurn, Stage

__all__ = ["Area", "Decision", "KeptInBoth", "MigrationPlan", "OneTurn", "Stage"]
