"""Fit a media mix model to figures of the lake, and keep it as a model run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from workbench.budget.fit import Method, MixFit
from workbench.budget.priors import refused
from workbench.budget.spec import LiftTest, MixSpec
from workbench.flows.budget_reported import fit_items
from workbench.flows.budget_rows import LakeQuestion
from workbench.flows.budget_series import LakeMix, mix_from_lake
from workbench.flows.company import SIMULATED_LABEL, shown_lake
from workbench.flows.model_runs import keep_fit, read_version

if TYPE_CHECKING:
    from workbench.core.settings import Settings


@dataclass(frozen=True)
class LakeFit:
    """A fit of the lake's figures.

    Attributes
    ----------
    fit : MixFit
    mix : LakeMix
        Its data and their origin.
    run_id : str
        Of the kept model run.
    """

    fit: MixFit
    mix: LakeMix
    run_id: str

    def summary(self) -> str:
        """Say what each item brought, and on which basis."""
        label = [SIMULATED_LABEL] if self.mix.is_simulated else []
        return "\n".join([*label, self.fit.summary(), *self.mix.notes])

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        return {
            "simulated": self.mix.is_simulated,
            **self.fit.to_dict(),
            "origin": self.mix.origin,
            "model_run": self.run_id,
        }


def fit_from_lake(
    settings: Settings,
    asked: LakeQuestion | None = None,
    spec: MixSpec | None = None,
    *,
    lift_tests: Sequence[LiftTest] = (),
    tests_of: Mapping[str, str] | None = None,
    method: Method = "auto",
    seed: int = 1,
    total_only: bool = False,
    channel_run: str = "",
) -> LakeFit:
    """Fit the figures that the shown company has, by network, campaign or ad set, and keep the run.

    Campaigns are pooled in their network, ad sets in their campaign, and explained by what is reported of
    each (decision 19). The total is explained instead (decision 16) if that is asked for, if the outcome is a
    value, and with lift tests or priors of what single items are worth.

    Parameters
    ----------
    settings : Settings
    asked : LakeQuestion, optional
        By default the results by network.
    spec : MixSpec, optional
    lift_tests : sequence of LiftTest
    tests_of : mapping of str to str, optional
        Registered spend tests, by their ids, and the item of whose curve each tells.
    method : {"auto", "fast", "nuts"}
    seed : int
    total_only : bool
        Whether to explain the total although each item's own results are known.
    channel_run : str
        A kept run by network, of the same days: the items add up to what it says their channel brought.

    Returns
    -------
    LakeFit

    Raises
    ------
    DataError
        If the figures cannot be used as asked; the field is named.
    NotConverged
        If no method gives draws that may be used.
    """
    asked = asked or LakeQuestion()
    lake = shown_lake(settings)
    version = read_version(lake)  # before anything is read: what is loaded meanwhile is at most not named
    mix = mix_from_lake(lake, settings, asked)
    tests, told = _registered(settings, mix, asked, tests_of or {})
    choice: dict[str, Any] = {"total_only": total_only, "channel_run": channel_run}
    fit, notes = fit_items(
        settings, mix, asked, spec, lift_tests=(*lift_tests, *tests), method=method, seed=seed, **choice
    )
    more = {"notes": [*mix.notes, *notes, *told], "channel_run": channel_run, "data_version": version}
    mix = replace(mix, origin={**mix.origin, **more})
    accounts = ", ".join(f"{one['network']} {one['account_id']}" for one in mix.origin["accounts"])
    source = f"lake: {accounts}, by {mix.origin['level']}"
    return LakeFit(fit, mix, keep_fit(settings, fit, source=source, origin=mix.origin, lake=lake))


def _registered(
    settings: Settings, mix: LakeMix, asked: LakeQuestion, tests_of: Mapping[str, str]
) -> tuple[list[LiftTest], list[str]]:
    """Read registered tests of the same outcome, and say what each tells."""
    if not tests_of:
        return [], []
    from workbench.flows.budget_lift import lift_of_test, said
    from workbench.flows.experiment_registry import registered_test

    found, notes, data = [], [], mix.data
    for name, item in tests_of.items():
        counted = registered_test(settings, name).registration.metric.numerator
        if counted != asked.outcome:
            raise refused(name, counted, f"is not the outcome {asked.outcome}", "Fit what the test counted.")
        found.append(lift_of_test(settings, name, item, step_days=data.step_days))
        notes.append(said(found[-1], name, currency=data.currency, period=data.period))
    return found, notes
