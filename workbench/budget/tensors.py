"""Adstock, saturation and priors in PyTensor, for the models that NUTS samples."""

from __future__ import annotations

from typing import Any

import numpy as np

from workbench.budget.model import MixModel
from workbench.budget.priors import Prior


def at_scores(prior: Prior, scores: Any) -> Any:
    """Return a prior's values at standard normal scores; as `Prior.values`."""
    import pytensor.tensor as pt

    if prior.kind == "lognormal":
        return prior.first * pt.exp(prior.second * scores)
    level = 0.5 * pt.erfc(-scores / np.sqrt(2))
    if prior.kind == "gamma":
        return pt.gammaincinv(prior.first, level) / prior.second
    return pt.betaincinv(prior.first, prior.second, level)


def carried_over(model: MixModel, curves: dict[str, Any]) -> Any:
    """Return spend with what earlier spend carries over, shape (n_channels, n_used)."""
    return (_weights(model, curves)[:, :, None] * model.lags[:, :, : model.n_used]).sum(axis=1)


def _weights(model: MixModel, curves: dict[str, Any]) -> Any:
    import pytensor.tensor as pt

    lag = np.arange(model.lags.shape[1], dtype=np.float64)[None]
    if model.spec.adstock == "none":
        return np.repeat(lag == 0, model.n_channels, axis=0).astype(np.float64)
    steps = lag if model.spec.adstock == "geometric" else (lag - curves["delay"][:, None]) ** 2
    powers = pt.log(curves["retention"])[:, None] * steps
    powers = pt.exp(powers - powers.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)


def saturated(model: MixModel, spend: Any, curves: dict[str, Any]) -> Any:
    """Return the share of the greatest effect that a spend reaches, as `transforms.saturate` does."""
    import pytensor.tensor as pt

    kind = model.spec.saturation
    if kind == "logistic":
        return pt.tanh(curves["rate"] * spend / 2)
    if kind == "tanh":
        return pt.tanh(curves["rate"] * spend)
    half = curves["half_saturation"]
    if kind == "michaelis_menten":
        return spend / (half + spend)
    ratio = pt.exp(curves["slope"] * (pt.log(pt.maximum(spend, 1e-12)) - pt.log(half)))
    return pt.switch(spend > 0, ratio / (1 + ratio), 0.0)
