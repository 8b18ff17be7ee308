"""Learn priors from the tests that ended: of the registry, or of a table from elsewhere."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workbench.core.errors import DataError
from workbench.experiments.learned_prior import LEAST_HISTORY, LearnedPrior, learn_prior

if TYPE_CHECKING:
    import pandas as pd

    from workbench.core.settings import Settings


@dataclass(frozen=True)
class History:
    """Past effects of one metric and kind of test, and the prior learned from them.

    Attributes
    ----------
    metric, kind_of_test : str
    n_effects : int
    prior : LearnedPrior or None
        ``None`` where there are fewer than :data:`~workbench.experiments.learned_prior.LEAST_HISTORY`.
    """

    metric: str
    kind_of_test: str
    n_effects: int
    prior: LearnedPrior | None

    def summary(self) -> str:
        """Say it in a sentence."""
        if self.prior is not None:
            return self.prior.summary()
        of = f" of {self.kind_of_test} tests" if self.kind_of_test else ""
        return (
            f"{self.metric}{of}: {self.n_effects} past effects; a prior needs {LEAST_HISTORY} to be learned."
        )

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for ``--json``."""
        return {
            "metric": self.metric,
            "kind_of_test": self.kind_of_test or None,
            "n_effects": self.n_effects,
            "prior": self.prior and self.prior.to_dict(),
            "summary": self.summary(),
        }


def priors(settings: Settings, *, metric: str | None = None, without: str = "") -> tuple[History, ...]:
    """Learn a prior from the last look of every test that ended, per metric and kind of test.

    Simulated and own figures are never mixed: only looks at the company that is shown count. Effects from so
    few results that no normal law stands for them are left out.

    Parameters
    ----------
    settings : Settings
    metric : str, optional
        Name of the only metric to look at.
    without : str
        A test whose own effects are left out.
    """
    from workbench.flows.company import shown_company
    from workbench.ledger import decisions_of, looks_of, open_ledger, registered_experiments

    company = shown_company(settings)
    effects: dict[tuple[str, str], list[dict[str, Any]]] = {}
    with open_ledger(settings) as ledger, ledger.read() as session:
        for row in registered_experiments(session, settings.environment):
            made = decisions_of(session, row.environment, row.experiment_id)
            has_ended = bool(made) and made[-1].verdict in ("ship", "stop")
            if row.experiment_id == without or not has_ended or metric not in (None, row.metric_name):
                continue
            looks = [
                one
                for one in looks_of(session, row.environment, row.experiment_id)
                if one.company == company and one.version == row.version
            ]
            every = json.loads(looks[-1].result)["effects"] if looks else []
            seen = [one for one in every if not one["is_rough"]]
            effects.setdefault((row.metric_name, row.kind_of_test), []).extend(seen)
    return tuple(
        _learned(name, kind, [(one["effect"], one["deviation"]) for one in seen])
        for (name, kind), seen in sorted(effects.items())
    )


def priors_of_file(path: Path, *, metric: str | None = None) -> tuple[History, ...]:
    """Learn priors from a CSV or Parquet table of past tests.

    Parameters
    ----------
    path : Path
        Either ``metric``, ``effect`` and ``deviation`` (relative), one row for each past effect; or looks,
        arranged as :func:`workbench.experiments.past_tests.relative_effects` has them.
    metric : str, optional
        The only metric to look at.

    Raises
    ------
    DataError
        If there is no such file, or a column is missing.
    """
    import pandas as pd

    if not path.is_file():
        raise DataError(f"There is no file {str(path)!r}.", next_step="Check the path.", field="from")
    table = pd.read_parquet(path) if path.suffix == ".parquet" else pd.read_csv(path)
    return _priors_of_table(table, metric)


def _priors_of_table(table: pd.DataFrame, metric: str | None) -> tuple[History, ...]:
    from workbench.experiments.past_tests import last_looks

    if {"metric", "effect", "deviation"} <= set(table):
        name, past = "metric", table
    else:
        name, past = "metric_id", last_looks(table)
    found = []
    for key, mine in past.groupby(name, sort=True):
        if metric in (None, str(key)):
            pairs = mine[["effect", "deviation"]].to_numpy(dtype="float64").tolist()
            found.append(_learned(str(key), "", [(e, d) for e, d in pairs]))
    return tuple(found)


def _learned(metric: str, kind: str, pairs: list[tuple[float, float]]) -> History:
    prior = None
    if len(pairs) >= LEAST_HISTORY:
        effects, deviations = zip(*pairs, strict=True)
        prior = learn_prior(effects, deviations, metric=metric, kind_of_test=kind)
    return History(metric, kind, len(pairs), prior)
