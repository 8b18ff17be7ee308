"""A kept model run as plans are made from it: read once, with its curves under held-out draws."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from workbench.budget.curves import CurveSet
from workbench.budget.fitted_curves import curves_of_run
from workbench.budget.plan import halves_of
from workbench.budget.problem import Problem
from workbench.core.errors import StoreError
from workbench.core.money import minor_digits
from workbench.flows.budget_checks import kept_concerns
from workbench.flows.budget_plan import NO_CURRENCY, stored_run
from workbench.flows.budget_start import PlanStart, spend_start

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from workbench.budget.model_run import StoredMix
    from workbench.stats.counts import Floats

_N_POINTS = 41
_BEYOND = 1.25  # curves are drawn up to this multiple of the highest spend observed
_MOST_DRAWS_WITH_CAUTION = 1_000  # more would not answer while a slider is dragged
_MOST_DRAWS_OF_SEVERAL = 400  # periods: each draw is followed through all of them
_WIDEST_PERCENT = 50


@dataclass(frozen=True)
class NextCurve:
    """What one item's next currency unit brings, over spends a period.

    Attributes
    ----------
    spend : ndarray, shape (n_points,)
        Currency units a period.
    slope, response, low, high : ndarray, shape (n_points,)
        Mean outcome of the next currency unit; mean outcome of all of them, with its interval.
    observed_max : float
        Highest spend a period that the fit has seen.
    """

    spend: Floats
    slope: Floats
    response: Floats
    low: Floats
    high: Floats
    observed_max: float

    @property
    def is_seen(self) -> NDArray[np.bool_]:
        """Which spends were observed."""
        return self.spend <= self.observed_max * (1 + 1e-9)

    @property
    def is_beyond(self) -> NDArray[np.bool_]:
        """Which spends are drawn beyond, the last observed one too, so that the two lines meet."""
        last = int(self.is_seen.sum()) - 1
        places = np.arange(self.spend.size)
        return (places >= last) & (
            (self.spend <= self.observed_max * _BEYOND * (1 + 1e-9)) | (places <= last + 1)
        )


@dataclass(frozen=True)
class MixRun:
    """A kept run, read once: what every plan of it shares.

    Attributes
    ----------
    stored : StoredMix
    currency : str
    concerns : tuple of str, or None
        What its checks are concerned about; ``None`` where it was not checked.
    known_start : PlanStart, optional
        What plans start from, where it is not the mean spend of the fit's last periods.
    """

    stored: StoredMix
    currency: str
    concerns: tuple[str, ...] | None = None
    known_start: PlanStart | None = None

    @cached_property
    def held_out(self) -> CurveSet:
        """The curves under the draws that plans are judged on."""
        curves = curves_of_run(self.stored)
        half = halves_of(next(iter(curves.values())).n_draws, Problem.seed)[1]
        return CurveSet(tuple(curves[name] for name in self.stored.channels)).of_draws(half)

    @cached_property
    def thinned(self) -> StoredMix:
        """The run with as many draws as a cautious plan can be found on while somebody waits."""
        return self._of_draws(_MOST_DRAWS_WITH_CAUTION)

    @cached_property
    def for_several(self) -> StoredMix:
        """The run with as many draws as several periods can be planned on while somebody waits."""
        return self._of_draws(_MOST_DRAWS_OF_SEVERAL)

    def _of_draws(self, most: int) -> StoredMix:
        every = -(-self.stored.draws["noise"].shape[0] // most)
        return replace(self.stored, draws={name: x[::every] for name, x in self.stored.draws.items()})

    @cached_property
    def start(self) -> PlanStart:
        """What plans start from."""
        return self.known_start or spend_start(self.stored, self.currency)

    @property
    def now_minor(self) -> tuple[int, ...]:
        """What each item spends now."""
        return self.start.minor

    @property
    def usual_minor(self) -> int:
        """What is spent now in all; where that is nothing, the mean of the fit."""
        return sum(self.now_minor) or round(sum(self.stored.about["current_spend"]) * self.units)

    @property
    def units(self) -> int:
        """Minor units of a currency unit."""
        return int(10 ** minor_digits(self.currency))

    @property
    def observed(self) -> Floats:
        """Each item's highest spend."""
        return np.array(self.stored.about["highest_spend"], dtype=np.float64)

    @property
    def percents(self) -> tuple[int, int]:
        """The least and the greatest change of the total that a slider offers, in per cent."""
        most = int(100 * (self.observed.sum() * self.units / self.usual_minor - 1)) if self.usual_minor else 0
        return -_WIDEST_PERCENT, max(0, min(_WIDEST_PERCENT, most))

    def total_at(self, percent: int) -> str:
        """Return the total that is so many per cent above the usual one, in exact currency units."""
        digits = minor_digits(self.currency)
        minor = round(self.usual_minor * (100 + percent) / 100)
        return f"{minor // self.units}" + (f".{minor % self.units:0{digits}d}" if digits else "")

    @cached_property
    def curves(self) -> tuple[NextCurve, ...]:
        """What is drawn of every item, whatever the plan; the same spends, closer where they are small."""
        spend = np.linspace(0.0, 1.0, _N_POINTS) ** 2 * max(float(self.observed.max()) * _BEYOND, 1e-9)
        spend[0] = spend[1] / 100  # a power law's slope is infinite at nothing
        tail = (1 - self.stored.about["result"]["level"]) / 2
        parts = np.empty((4, len(self.observed), _N_POINTS))
        for k, x in enumerate(spend):
            value, slope, _ = self.held_out.by_draw(np.full(len(self.observed), x))
            parts[0, :, k], parts[1, :, k] = slope.mean(axis=1), value.mean(axis=1)
            parts[2:, :, k] = np.quantile(value, [tail, 1 - tail], axis=1)
        return tuple(
            NextCurve(spend, parts[0, i], parts[1, i], parts[2, i], parts[3, i], float(top))
            for i, top in enumerate(self.observed)
        )


def mix_runs(folder: Path) -> tuple[tuple[str, str], ...]:
    """Return id and words of the kept runs, the latest first; when each was made where words are the same.

    Parameters
    ----------
    folder : Path
        Of all model runs; it need not exist.
    """
    out = []
    for place in sorted(folder.glob("mix-*/run.json"), reverse=True):
        try:
            about = json.loads(place.read_text(encoding="utf-8"))
            words = f"{about['result']['outcome']}, data to {about['result']['dates']['last']}"
            out.append((place.parent.name, f"{words} · {about['source']}".rstrip(" ·"), about["made_at"]))
        except (OSError, ValueError, KeyError, TypeError):
            continue  # a run that cannot be read is none to choose
    known = Counter(words for _, words, _ in out)
    return tuple(
        (name, words if known[words] == 1 else f"{words} · made {made_at[:16].replace('T', ' ')}")
        for name, words, made_at in sorted(out, key=lambda one: one[2], reverse=True)
    )


def read_run(folder: Path, run_id: str = "") -> MixRun:
    """Read a run, the latest unless one is named.

    Raises
    ------
    StoreError
        If there is none.
    """
    if not run_id:
        known = mix_runs(folder)
        if not known:
            raise StoreError("There is no model run yet.", next_step="Make one by `wb budget fit`.")
        run_id = known[0][0]
    stored = stored_run(folder, run_id)
    currency = stored.about["result"].get("currency") or NO_CURRENCY
    return MixRun(stored, currency, kept_concerns(folder, run_id))
