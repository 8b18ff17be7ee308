"""Worlds that several tests look at; whoever changes one copies it first."""

from __future__ import annotations

import copy
from dataclasses import dataclass
from datetime import date

import pytest

from workbench.sandbox.market.world import World


@dataclass(frozen=True)
class Report:
    """A report's question, in the shape the sandbox's server asks it."""

    object_id: str
    level: str
    since: date
    until: date
    increment_days: int | None = 1
    breakdowns: tuple[str, ...] = ()
    windows: tuple[str, ...] = ("1d_click", "7d_click", "28d_click", "1d_view")
    filtering: tuple[dict[str, object], ...] = ()


@pytest.fixture(scope="session")
def two_years() -> World:
    return World.simulate()


@pytest.fixture
def world(two_years: World) -> World:
    """Give a copy that may be changed."""
    return World(copy.deepcopy(two_years.state), copy.deepcopy(two_years.history))


@pytest.fixture(scope="session")
def report() -> type[Report]:
    return Report
