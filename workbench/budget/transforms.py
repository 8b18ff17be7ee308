"""What spend does: adstock carries it over to later periods, saturation bends its effect.

All functions are vectorised over posterior draws. Adstock weights sum to one, so that a constant spend is its
own adstock and a saturation curve read at a spend is the steady-state response.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, get_args

import numpy as np

from workbench.stats.counts import Floats

Adstock = Literal["none", "geometric", "delayed"]
Saturation = Literal["logistic", "tanh", "michaelis_menten", "hill"]

ADSTOCKS: tuple[Adstock, ...] = get_args(Adstock)
SATURATIONS: tuple[Saturation, ...] = get_args(Saturation)
#: Names of the parameters, in the order in which they are kept.
ADSTOCK_PARAMETERS: dict[Adstock, tuple[str, ...]] = {
    "none": (),
    "geometric": ("retention",),
    "delayed": ("retention", "delay"),
}
SATURATION_PARAMETERS: dict[Saturation, tuple[str, ...]] = {
    "logistic": ("rate",),
    "tanh": ("rate",),
    "michaelis_menten": ("half_saturation",),
    "hill": ("half_saturation", "slope"),
}

Parameters = Mapping[str, Floats]


def adstock_weights(kind: Adstock, n_lags: int, parameters: Parameters) -> Floats:
    """Return the weights of this and earlier periods, shape (n_draws, n_lags); each row sums to one.

    Geometric: ``retention^lag``. Delayed: ``retention^((lag − delay)²)`` (Jin et al. 2017). With no adstock
    the shape is (1, n_lags).

    Parameters
    ----------
    kind : {"none", "geometric", "delayed"}
    n_lags : int
        Periods over which an effect is spread, the present one included.
    parameters : mapping of str to ndarray, shape (n_draws,)
        ``retention`` in (0, 1) and ``delay`` in periods, as far as the kind has them.

    Examples
    --------
    >>> adstock_weights("geometric", 3, {"retention": np.array([0.5])}).round(3)
    array([[0.571, 0.286, 0.143]])
    """
    lag = np.arange(n_lags, dtype=np.float64)
    if kind == "none":
        return np.eye(1, n_lags)
    log_retention = np.log(np.maximum(parameters["retention"], 1e-300))[:, None]
    steps = lag if kind == "geometric" else (lag - parameters["delay"][:, None]) ** 2
    powers = log_retention * steps
    weights = np.exp(powers - powers.max(axis=1, keepdims=True))
    out: Floats = weights / weights.sum(axis=1, keepdims=True)
    return out


def lagged(spend: Floats, n_lags: int) -> Floats:
    """Return spend of this and earlier periods, shape (n_lags, n_periods); 0 before the first.

    Examples
    --------
    >>> lagged(np.array([1.0, 2.0, 3.0]), 2)
    array([[1., 2., 3.],
           [0., 1., 2.]])
    """
    out = np.zeros((n_lags, len(spend)))
    for lag in range(min(n_lags, len(spend))):
        out[lag, lag:] = spend[: len(spend) - lag]
    return out


def saturate(kind: Saturation, spend: Floats, parameters: Parameters) -> Floats:
    """Return the share of the greatest effect that a spend reaches, in [0, 1).

    Logistic ``(1 − e^(−rx)) / (1 + e^(−rx))``; tanh ``tanh(rx)``; Michaelis–Menten ``x / (h + x)``; Hill
    ``x^s / (h^s + x^s)``, concave for a slope ``s`` of at most 1 and S-shaped above.

    Parameters
    ----------
    kind : {"logistic", "tanh", "michaelis_menten", "hill"}
    spend : ndarray, shape (..., n)
        At least 0, as a share of the channel's spend scale.
    parameters : mapping of str to ndarray
        Each broadcasts with ``spend``.

    Examples
    --------
    >>> saturate("michaelis_menten", np.array([0.0, 0.5, 1.0]), {"half_saturation": np.array(0.5)}).round(3)
    array([0.   , 0.5  , 0.667])
    """
    if kind == "logistic":
        return np.tanh(parameters["rate"] / 2 * spend)
    if kind == "tanh":
        return np.tanh(parameters["rate"] * spend)
    if kind == "michaelis_menten":
        out: Floats = spend / (parameters["half_saturation"] + spend)
        return out
    return _expit(parameters["slope"] * _log_ratio(spend, parameters["half_saturation"]))


def saturation_gain(kind: Saturation, spend: Floats, parameters: Parameters) -> Floats:
    """Return ``x f'(x)``: what one per cent more spend adds, times one hundred.

    Finite at no spend, where a Hill curve's own slope may not be.

    Examples
    --------
    >>> saturation_gain("michaelis_menten", np.array([0.0, 0.5]), {"half_saturation": np.array(0.5)})
    array([0.  , 0.25])
    """
    share = saturate(kind, spend, parameters)
    if kind in ("logistic", "tanh"):
        rate = parameters["rate"] / (2 if kind == "logistic" else 1)
        out: Floats = rate * spend * (1 - share**2)
        return out
    steepness = parameters["slope"] if kind == "hill" else 1.0
    out = steepness * share * (1 - share)
    return out


def _log_ratio(spend: Floats, half: Floats) -> Floats:
    with np.errstate(divide="ignore"):
        out: Floats = np.log(spend) - np.log(half)
    return out


def _expit(x: Floats) -> Floats:
    out: Floats = 1 / (1 + np.exp(-np.maximum(x, -700.0)))
    return np.where(np.isneginf(x), 0.0, out)
