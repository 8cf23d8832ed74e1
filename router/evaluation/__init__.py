"""How well a router routes, and how much of it a language model should do.

curve = tuning_curve(answers)
choice = choose(curve, share=0.1)
print(f"llm_band: {choice.band}")
"""

from __future__ import annotations

from router.evaluation.tuning import (
    Answer,
    Choice,
    Curve,
    NothingToTune,
    Point,
    choose,
    tuning_curve,
)

__all__ = ["Answer", "Choice", "Curve", "NothingToTune", "Point", "choose", "tuning_curve"]
