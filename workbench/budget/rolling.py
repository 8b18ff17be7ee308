"""Whether a fit predicts: refits on a growing past, each judged on the periods that followed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

import numpy as np

from workbench.budget.contributions import predict
from workbench.budget.data import MixData
from workbench.budget.fit import Method, MixFit, refit
from workbench.budget.priors import refused
from workbench.core.errors import NotEnoughData
from workbench.stats.counts import Floats, tail_of

if TYPE_CHECKING:
    import pandas as pd

_N_DRAWS = 2_000
_HORIZONS, _MOST_CUTS = {1: 28, 7: 8}, 4


@dataclass(frozen=True)
class RollingCheck:
    """Refits on a growing past, each judged on the periods that followed.

    Attributes
    ----------
    cut_dates : tuple of date
        First period that each refit had not seen.
    methods : tuple of str
    coverage : ndarray, shape (n_cuts,)
        Share of the following periods inside their predictive interval.
    mape, naive_mape : ndarray, shape (n_cuts,)
        Mean absolute error, as a share of the mean outcome; and that of last year's, or the last, values.
    roas : ndarray, shape (n_cuts, n_channels)
        Posterior means: a stable model's hardly move.
    channels : tuple of str
    level : float
    """

    cut_dates: tuple[date, ...]
    methods: tuple[str, ...]
    coverage: Floats
    mape: Floats
    naive_mape: Floats
    roas: Floats
    channels: tuple[str, ...]
    level: float

    def table(self) -> pd.DataFrame:
        """Return one row a refit."""
        import pandas as pd

        named = {f"roas of {name}": self.roas[:, c] for c, name in enumerate(self.channels)}
        columns = ("cut_dates", "methods", "coverage", "mape", "naive_mape")
        return pd.DataFrame({**{name: getattr(self, name) for name in columns}, **named})

    def summary(self) -> str:
        """Say how good the forecasts were and how far ROAS moved."""
        n = len(self.cut_dates)
        said = (
            f"{n} refit{'s' if n > 1 else ''}: {self.level:.0%} intervals held {self.coverage.mean():.0%} "
            f"of what followed; error {self.mape.mean():.1%} of the outcome, {self.naive_mape.mean():.1%} "
            "naively."
        )
        if n == 1:
            return said
        spread = np.ptp(self.roas, axis=0) / self.roas.mean(axis=0)
        most = int(spread.argmax())
        return f"{said} ROAS moved most for {self.channels[most]}, by {spread[most]:.0%} between refits."


def most_cuts(fit: MixFit) -> int:
    """Return how many refits, 4 at most, leave half of the periods to the first of them."""
    data = fit.model.data
    return min(data.n_periods // 2 // _HORIZONS[data.step_days], _MOST_CUTS)


def check_rolling(
    fit: MixFit, *, n_cuts: int = _MOST_CUTS, horizon: int | None = None, method: Method = "auto"
) -> RollingCheck:
    """Refit on the past and predict what followed, given what was spent then.

    Parameters
    ----------
    fit : MixFit
        Whose data, specification and lift tests are used again.
    n_cuts : int
        How many refits.
    horizon : int, optional
        Periods to predict after each cut; by default 8 weeks or 28 days.
    method : {"auto", "fast", "nuts"}

    Raises
    ------
    NotEnoughData
        If not even half of the periods is left for the first refit.
    """
    data = fit.model.data
    horizon = horizon or _HORIZONS[data.step_days]
    if n_cuts < 1 or horizon < 1:
        raise refused(
            "n_cuts", f"{n_cuts} cuts of {horizon}", "is no rolling check", "Give at least 1 of each."
        )
    cuts = [data.n_periods - horizon * k for k in range(n_cuts, 0, -1)]
    if cuts[0] < data.n_periods / 2:
        raise NotEnoughData(
            f"n_cuts: {n_cuts} cuts of {horizon} {data.period}s leave {max(cuts[0], 0)} of {data.n_periods}.",
            next_step="Ask for fewer cuts or a shorter horizon: the first refit needs half of the periods.",
            field="n_cuts",
        )
    judged = [_judged(fit, cut, horizon, method) for cut in cuts]
    methods, coverage, mape, naive, roas = zip(*judged, strict=True)
    return RollingCheck(
        tuple(data.dates[cut] for cut in cuts),
        methods,
        coverage=np.array(coverage),
        mape=np.array(mape),
        naive_mape=np.array(naive),
        roas=np.array(roas),
        channels=data.channels,
        level=fit.model.spec.level,
    )


def _judged(
    fit: MixFit, cut: int, horizon: int, method: Method
) -> tuple[str, float, float, float, list[float]]:
    """Refit on the first ``cut`` periods; return method, coverage, error, naive error and ROAS."""
    data, spec = fit.model.data, fit.model.spec
    past = refit(fit, n_used=cut, method=method, n_draws=_N_DRAWS)
    rng = np.random.default_rng([fit.seed, cut])
    drawn = predict(past.model, past.draws, rng, first=cut, last=cut + horizon)
    seen = data.outcome[cut : cut + horizon]
    low, high = np.quantile(drawn, [tail_of(spec.level), 1 - tail_of(spec.level)], axis=0)
    scale = np.abs(seen).mean()
    errors = [
        float(np.abs(seen - guess).mean() / scale)
        for guess in (drawn.mean(axis=0), _naive(data, cut, horizon))
    ]
    inside = float(((low <= seen) & (seen <= high)).mean())
    return past.diagnostics.method, inside, errors[0], errors[1], [one.roas.mean for one in past.channels]


def _naive(data: MixData, cut: int, horizon: int) -> Floats:
    """Predict what was seen a year before, or the mean of the last periods where that is not known."""
    year = 52 if data.step_days == 7 else 364
    if cut >= year and horizon <= year:
        out: Floats = data.outcome[cut - year : cut - year + horizon]
        return out
    return np.full(horizon, data.outcome[max(cut - horizon, 0) : cut].mean())
