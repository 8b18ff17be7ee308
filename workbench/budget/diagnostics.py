"""Whether a fit may be believed: residuals, posterior predictive, collinearity."""

from __future__ import annotations

import warnings
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from workbench.budget.contributions import predict
from workbench.budget.fit import MixFit
from workbench.stats.counts import Floats, tail_of

if TYPE_CHECKING:
    import pandas as pd

_SMALLEST_P = 0.01
_LARGEST_INFLATION = 10.0
_LARGEST_CORRELATION = 0.8
_STILL = 1e-9  # of its mean: an effect that varies by no more is the level's
_MOST_INFLATED = 1e9


@dataclass(frozen=True)
class ResidualChecks:
    """What the residuals of the posterior mean say about the model's assumptions.

    Attributes
    ----------
    durbin_watson : float
        Near 2 where neighbours are uncorrelated.
    ljung_box_p : float
        No autocorrelation up to the longest lag looked at.
    breusch_pagan_p : float
        Noise is as wide at high as at low expected outcome.
    jarque_bera_p : float
        Noise is normal.
    r_squared, mape : float
        Share of variance explained; mean absolute error as a share of the outcome (NaN if an outcome is 0).
    predictive_coverage : float
        Share of periods inside their posterior predictive interval.
    level : float
        Of that interval.
    concerns : tuple of str
        What to look at, in words; empty if nothing.
    """

    durbin_watson: float
    ljung_box_p: float
    breusch_pagan_p: float
    jarque_bera_p: float
    r_squared: float
    mape: float
    predictive_coverage: float
    level: float
    concerns: tuple[str, ...]

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        return {**asdict(self), "concerns": list(self.concerns)}


def check_residuals(fit: MixFit) -> ResidualChecks:
    """Check the residuals of the fitted periods.

    Parameters
    ----------
    fit : MixFit

    Returns
    -------
    ResidualChecks
    """
    from statsmodels.stats.diagnostic import acorr_ljungbox, het_breuschpagan
    from statsmodels.stats.stattools import durbin_watson, jarque_bera

    n, level = fit.model.n_used, fit.model.spec.level
    drawn = predict(fit.model, fit.draws, np.random.default_rng(fit.seed), first=0, last=n)
    expected, seen = drawn.mean(axis=0), fit.model.data.outcome[:n]
    residuals = seen - expected
    n_lags = min(2 * (52 if fit.model.data.step_days == 7 else 7), n // 5, 14)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about small samples, which the p-values show by themselves
        box = float(acorr_ljungbox(residuals, lags=[n_lags])["lb_pvalue"].iloc[0])
        spread = float(het_breuschpagan(residuals, np.stack([np.ones(n), expected], axis=1))[1])
        normal = float(jarque_bera(residuals)[1])
    low, high = np.quantile(drawn, [tail_of(level), 1 - tail_of(level)], axis=0)
    covered = float(((low <= seen) & (seen <= high)).mean())
    concerns = []
    if box < _SMALLEST_P:
        concerns.append("Residuals are correlated in time: a season, trend or control is missing.")
    if spread < _SMALLEST_P:
        concerns.append(
            "Noise grows or shrinks with the outcome: intervals are too wide here, too narrow there."
        )
    if normal < _SMALLEST_P:
        concerns.append("Noise is not normal: look for single days that a control should explain.")
    return ResidualChecks(
        float(durbin_watson(residuals)),
        box,
        spread,
        normal,
        float(1 - residuals.var() / seen.var()),
        float(np.abs(residuals / seen).mean()) if (seen != 0).all() else float("nan"),
        covered,
        level,
        tuple(concerns),
    )


@dataclass(frozen=True)
class Collinearity:
    """Which channels the data cannot tell from others, or from the baseline.

    Attributes
    ----------
    channels : tuple of str
    variance_inflation : ndarray, shape (n_channels,)
        Of each channel's effect at the posterior mean curve, by the other channels and the baseline.
    nearest : tuple of str
        The column each channel is most correlated with.
    correlation : ndarray, shape (n_channels,)
        With that column.
    """

    channels: tuple[str, ...]
    variance_inflation: Floats
    nearest: tuple[str, ...]
    correlation: Floats

    @property
    def concerns(self) -> tuple[str, ...]:
        """What to look at, in words; empty if nothing."""
        return tuple(
            f"{name} moves with {other} (correlation {r:.2f}, variance inflated {v:.0f} times): "
            "a lift test would tell them apart."
            for name, other, r, v in zip(
                self.channels, self.nearest, self.correlation, self.variance_inflation, strict=True
            )
            if v > _LARGEST_INFLATION or abs(r) > _LARGEST_CORRELATION
        )

    def table(self) -> pd.DataFrame:
        """Return one row a channel."""
        import pandas as pd

        return pd.DataFrame(asdict(self))


def check_collinearity(fit: MixFit) -> Collinearity:
    """Measure how far each channel's effect is a mixture of everything else."""
    model, n = fit.model, fit.model.n_used
    mean_curves = {name: values.mean(axis=0, keepdims=True) for name, values in fit.draws.curves.items()}
    media = np.stack([model.effects(mean_curves, c, n_periods=n)[0] for c in range(model.n_channels)], axis=1)
    moving = np.ptp(model.baseline.columns[:n], axis=0) > 0
    names = [*model.data.channels, *(x for x, m in zip(model.baseline.names, moving, strict=True) if m)]
    columns = np.concatenate([media, model.baseline.columns[:n, moving]], axis=1)
    spread, heights = columns.std(axis=0), np.abs(columns).mean(axis=0)
    still = spread <= _STILL * heights
    columns = np.where(still, 0.0, (columns - columns.mean(axis=0)) / np.where(still, 1.0, spread))
    found = [
        ("level", 1.0, _MOST_INFLATED) if still[c] else _mixture(columns, names, c)
        for c in range(model.n_channels)
    ]
    nearest, correlation, inflation = zip(*found, strict=True)
    return Collinearity(model.data.channels, np.array(inflation), nearest, np.array(correlation))


def _mixture(columns: Floats, names: list[str], c: int) -> tuple[str, float, float]:
    """Return the nearest column of one, its correlation with that, and its inflation by all others."""
    others = np.delete(columns, c, axis=1)
    fitted = others @ np.linalg.lstsq(others, columns[:, c], rcond=None)[0]
    inflation = 1 / max(float(((columns[:, c] - fitted) ** 2).mean()), 1 / _MOST_INFLATED)
    r = columns.T @ columns[:, c] / len(columns)
    r[c] = 0.0
    most = int(np.abs(r).argmax())
    return names[most], float(r[most]), inflation
