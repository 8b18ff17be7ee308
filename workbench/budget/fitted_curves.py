"""From a fit to the allocator: each channel's response curve in currency units, one parameter set a draw."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from workbench.budget.curves import ResponseCurve, hill, logistic, michaelis_menten, tanh
from workbench.budget.fit import MixFit
from workbench.budget.model_run import StoredMix
from workbench.stats.counts import Floats


def curves_of_fit(fit: MixFit) -> dict[str, ResponseCurve]:
    """Return each channel's steady-state curve: outcome a period of a spend a period.

    Adstock weights sum to one, so the carried-over spend of a constant spend is that spend.

    Parameters
    ----------
    fit : MixFit

    Examples
    --------
    >>> from workbench.budget.fit import fit_mix
    >>> from workbench.budget.simulate import roas_spec, simulate_mix
    >>> made = simulate_mix(roas_spec(1), n_periods=104, n_channels=1, rng=np.random.default_rng(1))
    >>> curve = curves_of_fit(fit_mix(made.model.data, made.model.spec))["channel_1"]
    >>> curve.family, curve.n_draws
    ('logistic', 4000)
    """
    draws, model = fit.draws, fit.model
    values = {**draws.curves, "amplitude": draws.amplitude}
    return _curves(model.data.channels, model.spec.saturation, model.spend_scale, values)


def curves_of_run(stored: StoredMix) -> dict[str, ResponseCurve]:
    """Return the same curves of a stored run."""
    about = stored.about
    own = {name: x for name, x in stored.draws.items() if name != "baseline"}  # its columns are no channels
    return _curves(stored.channels, about["saturation"], np.array(about["spend_scale"]), own)


def _curves(
    channels: Sequence[str], saturation: str, spend_scale: Floats, draws: Mapping[str, Floats]
) -> dict[str, ResponseCurve]:
    return {
        name: _curve(
            saturation, float(spend_scale[c]), {key: x[:, c] for key, x in draws.items() if x.ndim == 2}
        )
        for c, name in enumerate(channels)
    }


def _curve(saturation: str, scale: float, own: Mapping[str, Floats]) -> ResponseCurve:
    if saturation == "logistic":
        return logistic(own["amplitude"], own["rate"] / scale)
    if saturation == "tanh":
        return tanh(own["amplitude"], own["rate"] / scale)
    if saturation == "michaelis_menten":
        return michaelis_menten(own["amplitude"], own["half_saturation"] * scale)
    return hill(own["amplitude"], own["half_saturation"] * scale, own["slope"])
