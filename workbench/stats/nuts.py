"""The one wrapper over PyMC: compile with nutpie, sample, and judge the chains.

Importing PyMC takes seconds, so only the fallback of a fast path calls this, and an app never does.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from workbench.core.errors import NotConverged
from workbench.stats.counts import Floats

if TYPE_CHECKING:
    import pymc

#: Vehtari et al. 2021 (doi:10.1214/20-BA1221).
LARGEST_USABLE_R_HAT = 1.01
FEWEST_EFFECTIVE_DRAWS = 400


@dataclass(frozen=True)
class NutsSample:
    """Draws of all chains, one after the other.

    Attributes
    ----------
    draws : mapping of str to ndarray, shape (n_draws, ...)
    r_hat : float
        The largest of all variables, rank-normalised and split.
    ess : float
        The smallest of all variables' bulk and tail effective sample sizes.
    n_divergent : int
    """

    draws: Mapping[str, Floats]
    r_hat: float
    ess: float
    n_divergent: int

    def require_convergence(self) -> None:
        """Raise `NotConverged` unless R̂ is at most 1.01 and there are 400 effective draws."""
        if self.r_hat <= LARGEST_USABLE_R_HAT and self.ess >= FEWEST_EFFECTIVE_DRAWS:
            return
        raise NotConverged(
            f"The sampler did not converge: R̂ {self.r_hat:.3f} (at most {LARGEST_USABLE_R_HAT}), "
            f"{self.ess:.0f} effective draws (at least {FEWEST_EFFECTIVE_DRAWS}), "
            f"{self.n_divergent} divergences.",
            next_step="Simplify the model, tell channels apart by a lift test, or narrow the priors.",
            r_hat=self.r_hat,
            ess=self.ess,
            n_divergent=self.n_divergent,
        )


def sample_nuts(
    model: pymc.Model,
    *,
    seed: int,
    n_draws: int = 1_000,
    n_tune: int = 1_000,
    n_chains: int = 4,
    target_accept: float = 0.9,
) -> NutsSample:
    """Sample a PyMC model with nutpie; the same seed gives the same draws.

    Parameters
    ----------
    model : pymc.Model
    seed : int
    n_draws, n_tune : int
        Of each chain.
    n_chains : int
    target_accept : float
        In (0, 1); higher takes smaller steps.

    Returns
    -------
    NutsSample
        Of the free and deterministic variables; ``require_convergence`` is up to the caller.
    """
    import nutpie
    from pymc.stats import ess, rhat

    trace = nutpie.sample(
        nutpie.compile_pymc_model(model),
        draws=n_draws,
        tune=n_tune,
        chains=n_chains,
        cores=min(n_chains, os.cpu_count() or 1),
        seed=seed,
        target_accept=target_accept,
        progress_bar=False,
    )
    posterior = trace["posterior"].to_dataset()
    names = [str(name) for name in posterior.data_vars]
    draws = {name: _joined(posterior[name].to_numpy()) for name in names}
    r_hats = rhat(trace, method="rank").to_dataset() if n_chains > 1 else None
    sizes = [ess(trace, method=method).to_dataset() for method in ("bulk", "tail")]
    return NutsSample(
        draws,
        max(float(r_hats[name].max()) for name in names) if r_hats is not None else float("nan"),
        min(float(size[name].min()) for size in sizes for name in names),
        int(trace["sample_stats"]["diverging"].to_numpy().sum()),
    )


def _joined(values: Floats) -> Floats:
    return np.ascontiguousarray(values.reshape(-1, *values.shape[2:]), dtype=np.float64)
