"""Whose figures are shown: the sample company until the first own file is loaded, then the own ones.

The two live in two lakes and never share a page.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from workbench.core.errors import ConfigError

if TYPE_CHECKING:
    from workbench.core.settings import Settings
    from workbench.lake import Lake


def own_lake(settings: Settings) -> Lake:
    """Return the lake of the company's own figures."""
    from workbench.lake import Lake

    return Lake(settings.lake_root)


def sample_lake(settings: Settings) -> Lake:
    """Return the lake of the simulated sample company."""
    from workbench.lake import Lake

    return Lake(settings.sample_lake_root)


def shows_sample(settings: Settings) -> bool:
    """Say whether pages show the simulated company."""
    if settings.company == "auto":
        return own_lake(settings).is_empty()
    return settings.company == "sample"


def shown_lake(settings: Settings) -> Lake:
    """Return the lake whose figures pages show.

    Raises
    ------
    ConfigError
        If the environment is live and there is nothing but the sample company to show.
    """
    if not shows_sample(settings):
        return own_lake(settings)
    if settings.environment == "live" and settings.company == "auto":
        raise ConfigError(
            "There are no own figures yet, and a live installation does not fall back on simulated ones.",
            next_step='Load an export with `wb load ads-export FILE`, or set company = "sample".',
        )
    return sample_lake(settings)
