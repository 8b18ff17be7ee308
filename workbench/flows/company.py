"""Whose figures are shown: the own ones once there are any, else the sandbox's, else the sample company's.

The three live in three lakes and never share a page. Figures of the last two are simulated and say so.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from workbench.core.errors import ConfigError

if TYPE_CHECKING:
    from workbench.core.settings import Settings
    from workbench.lake import Lake

ShownCompany = Literal["own", "sandbox", "sample"]

#: Said before figures of a simulated company.
SIMULATED_LABEL = "Simulated company: these are not your figures."


def own_lake(settings: Settings) -> Lake:
    """Return the lake of the company's own figures."""
    from workbench.lake import Lake

    return Lake(settings.lake_root)


def sandbox_lake(settings: Settings) -> Lake:
    """Return the lake of what was loaded from the sandbox's networks: simulated."""
    from workbench.lake import Lake

    return Lake(settings.sandbox_lake_root)


def sample_lake(settings: Settings) -> Lake:
    """Return the lake of the simulated sample company."""
    from workbench.lake import Lake

    return Lake(settings.sample_lake_root)


def api_lake(settings: Settings) -> Lake:
    """Return the lake that loads from a network's API go to in this environment."""
    return sandbox_lake(settings) if settings.environment == "sandbox" else own_lake(settings)


def shown_company(settings: Settings) -> ShownCompany:
    """Say whose figures pages show."""
    if settings.company != "auto":
        return settings.company
    if not own_lake(settings).is_empty():
        return "own"
    return "sample" if sandbox_lake(settings).is_empty() else "sandbox"


def shows_simulated(settings: Settings) -> bool:
    """Say whether pages show a simulated company."""
    return shown_company(settings) != "own"


def shown_lake(settings: Settings) -> Lake:
    """Return the lake whose figures pages show.

    Raises
    ------
    ConfigError
        If the environment is live and there is nothing but simulated figures to show.
    """
    company = shown_company(settings)
    if company == "own":
        return own_lake(settings)
    if settings.environment == "live" and settings.company == "auto":
        raise ConfigError(
            "There are no own figures yet, and a live installation does not fall back on simulated ones.",
            next_step='Load an export with `wb load ads-export FILE`, or set company = "sample".',
        )
    return sandbox_lake(settings) if company == "sandbox" else sample_lake(settings)
