"""Hypothesis without a deadline: the first example pays for imports, on a machine that may be busy."""

from __future__ import annotations

from hypothesis import settings

settings.register_profile("workbench", deadline=None)
settings.load_profile("workbench")
