"""The prior of the next test, learned from the tests before it: per metric and kind of test.

Past estimates tell how far true effects spread. Two laws are learned from them, both centred at no effect: a
normal one, and a spike and slab, in which a share of tests has no effect at all. The one with the clearly
higher likelihood is used, averaged over what the history leaves open.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import ArrayLike

from workbench.core.errors import NotEnoughData
from workbench.core.number_text import percent
from workbench.stats.effect_mixture import EffectMixture
from workbench.stats.spike_slab import SpreadFit, fit_normal, fit_spike_slab

if TYPE_CHECKING:
    import pandas as pd

#: A prior is learned from at least so many past effects.
LEAST_HISTORY = 10
#: Log-likelihood by which the spike has to be better: one more parameter, by Akaike's rule and one beyond.
_CLEARLY = 2.0


@dataclass(frozen=True)
class LearnedPrior:
    """What past tests say about the effect of the next one.

    Attributes
    ----------
    metric, kind_of_test : str
        Of the tests it was learned from; empty if mixed.
    n_effects : int
    normal, spike_slab : SpreadFit
        Both laws, with their uncertainty.
    """

    metric: str
    kind_of_test: str
    n_effects: int
    normal: SpreadFit
    spike_slab: SpreadFit

    @property
    def gain(self) -> float:
        """Log-likelihood that the spike adds to the normal law."""
        return self.spike_slab.log_likelihood - self.normal.log_likelihood

    @property
    def shape(self) -> Literal["normal", "spike and slab"]:
        """The law that is used."""
        return "spike and slab" if self.gain > _CLEARLY else "normal"

    @property
    def prior(self) -> EffectMixture:
        """Prior of the next relative effect, averaged over what the history leaves open."""
        return (self.spike_slab if self.shape == "spike and slab" else self.normal).predictive

    def seen(self, estimate: float, deviation: float) -> EffectMixture:
        """Shrink a new test's relative effect: its posterior under this prior, in closed form.

        Parameters
        ----------
        estimate, deviation : float
            Relative effect of the new test and its standard error.
        """
        return self.prior.seen(estimate, deviation)

    def table(self) -> pd.DataFrame:
        """Return one row for each law."""
        import pandas as pd

        return pd.DataFrame([_row("normal", self.normal), _row("spike and slab", self.spike_slab)])

    def summary(self) -> str:
        """Say it in a sentence."""
        of = f" on {self.metric}" if self.metric else ""
        kind = f" of {self.kind_of_test} tests" if self.kind_of_test else ""
        if self.shape == "normal":
            low, high = (percent(end) for end in self.normal.tau_interval)
            spread = f"spread by {percent(self.normal.tau)} [{low}, {high}] about zero"
        else:
            fit = self.spike_slab
            low, high = (percent(end) for end in fit.tau_interval)
            spread = (
                f"are nothing in {percent(fit.spike, digits=2)} of cases; "
                f"the others spread by {percent(fit.tau)} [{low}, {high}]"
            )
        return f"Relative effects{kind}{of} {spread}. Learned from {self.n_effects} past effects."

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for ``--json``."""
        return {
            "metric": self.metric or None,
            "kind_of_test": self.kind_of_test or None,
            "n_effects": self.n_effects,
            "shape": self.shape,
            "gain": self.gain,
            "normal": _row("normal", self.normal),
            "spike_slab": _row("spike and slab", self.spike_slab),
            "summary": self.summary(),
        }


def learn_prior(
    effects: ArrayLike, deviations: ArrayLike, *, metric: str = "", kind_of_test: str = ""
) -> LearnedPrior:
    """Learn the prior of relative effects from past estimates.

    Parameters
    ----------
    effects, deviations : array_like, shape (n,)
        Relative effects of past tests, such as .012, and their standard errors, above 0. Take every test that
        was run, not those that were told about: a history of winners teaches that tests win.
    metric, kind_of_test : str
        What they have in common, for the sentence.

    Raises
    ------
    NotEnoughData
        With fewer than :data:`LEAST_HISTORY` effects.
    DataError
        If an effect is not finite or a deviation not above zero.

    Examples
    --------
    >>> learned = learn_prior([0.02, -0.03, 0.01, 0.0, 0.02, -0.01] * 3, [0.004] * 18, metric="orders")
    >>> learned.shape, round(learned.normal.tau, 4)
    ('normal', 0.0173)
    >>> after = learned.seen(0.02, 0.01)
    >>> 0 < after.mean < 0.02
    True
    """
    n = int(np.size(effects))
    if n < LEAST_HISTORY:
        raise NotEnoughData(
            f"{n} past effects are too few to learn a prior from.",
            next_step=f"At least {LEAST_HISTORY} are needed; until then give a spike weight and a spread.",
            value=n,
            field="effects",
        )
    normal, spike_slab = fit_normal(effects, deviations), fit_spike_slab(effects, deviations)
    return LearnedPrior(metric, kind_of_test, n, normal, spike_slab)


def _row(shape: str, fit: SpreadFit) -> dict[str, Any]:
    return {
        "shape": shape,
        "spike": fit.spike,
        "spike_low": fit.spike_interval[0],
        "spike_high": fit.spike_interval[1],
        "tau": fit.tau,
        "tau_low": fit.tau_interval[0],
        "tau_high": fit.tau_interval[1],
        "level": fit.level,
        "log_likelihood": fit.log_likelihood,
        "n_effects": fit.n_effects,
    }
