"""Fit campaigns or ad sets of the lake to their own reported results, or to the total where that is asked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from workbench.budget.fit import Method, MixFit, fit_mix, fit_reported
from workbench.budget.model_run import read_model_run
from workbench.budget.problem import refused
from workbench.budget.reported import ReportedMixModel
from workbench.budget.reported_scale import scaled_to
from workbench.budget.spec import LiftTest, MixSpec
from workbench.core.number_text import number
from workbench.flows.budget_rows import LakeQuestion
from workbench.flows.budget_series import LakeMix
from workbench.stats.counts import Floats

if TYPE_CHECKING:
    from workbench.core.settings import Settings

_REPORTED = (
    "Items are explained by their own reported results: whether those would have come without the spend is "
    "not asked, and a plan made of this run plans reported results."
)


def uses_reported(
    asked: LakeQuestion, spec: MixSpec | None, *, has_lift_tests: bool = False, total_only: bool = False
) -> bool:
    """Say whether items are explained by their own results: campaigns and ad sets whose results are counts.

    Lift tests and priors of single items speak of what would not have come without the spend: they go with
    the total.
    """
    is_single = spec is not None and bool(spec.worth)
    is_counted = asked.level != "channel" and asked.outcome != "value"
    return is_counted and not (total_only or has_lift_tests or is_single)


def fit_items(
    settings: Settings,
    mix: LakeMix,
    asked: LakeQuestion,
    spec: MixSpec | None,
    *,
    lift_tests: Sequence[LiftTest] = (),
    method: Method = "auto",
    seed: int = 1,
    total_only: bool = False,
    channel_run: str = "",
) -> tuple[MixFit, list[str]]:
    """Fit networks, campaigns or ad sets, and return what a reader has to know of it.

    Parameters
    ----------
    settings : Settings
    mix : LakeMix
    asked : LakeQuestion
    spec : MixSpec or None
        By default that of the model; reported results have no adstock, as networks book a result on the day
        of its impression.
    lift_tests, method, seed, total_only, channel_run
        As for `workbench.flows.budget_fit.fit_from_lake`.

    Raises
    ------
    DataError
        If ``channel_run`` is of other days, accounts or results, or goes with the total.
    """
    by_item = uses_reported(asked, spec, has_lift_tests=bool(lift_tests), total_only=total_only)
    if channel_run and not by_item:
        raise refused(
            "channel_run", channel_run, "is for items' own reported results", "Leave it out for the total."
        )
    spec = _pooled(mix, asked, spec or MixSpec(adstock="none" if by_item else "geometric"))
    if not by_item:
        fit = fit_mix(mix.data, spec, lift_tests=lift_tests, method=method, seed=seed)
        return fit, []
    total = _channel_total(settings, mix, channel_run) if channel_run else None
    fit = fit_reported(mix.data, mix.reported, spec, method=method, seed=seed)
    notes = _unreached(fit)
    if total is None:
        return fit, [_REPORTED, *notes]
    name = mix.origin["accounts"][0]["network"]
    notes.append(f"Items add up, draw by draw, to what {name} brought by {channel_run}.")
    return scaled_to(fit, total), notes


def _pooled(mix: LakeMix, asked: LakeQuestion, spec: MixSpec) -> MixSpec:
    """Pool campaigns in their network, ad sets in their campaign, unless single effects have priors."""
    if asked.level == "channel" or spec.groups or spec.worth:
        return spec
    return replace(spec, groups=dict(zip(mix.data.channels, mix.groups, strict=True)))


def _unreached(fit: MixFit) -> list[str]:
    model = fit.model
    if not isinstance(model, ReportedMixModel) or model.n_unreached <= 0:
        return []
    days = f"{model.data.period}s"
    return [
        f"{number(model.n_unreached)} results were booked on {days} to which no spend of their item reaches; "
        "they are left out."
    ]


def _channel_total(settings: Settings, mix: LakeMix, run_id: str) -> Floats:
    """Read what the items' channel brought, refusing a run that is about something else."""
    stored, own = read_model_run(settings.runs_folder, run_id), mix.origin
    origin: dict[str, Any] = stored.about["origin"]
    network, account = (own["accounts"][0][key] for key in ("network", "account_id"))
    theirs = [one["account_id"] for one in origin.get("accounts", ()) if one["network"] == network]
    compared = {
        "level": (origin.get("level"), "channel"),
        "outcome": (origin.get("outcome"), own["outcome"]),
        "result_type": (origin.get("result_type"), own["result_type"]),
        "first_day": (origin.get("first_day"), own["first_day"]),
        "last_day": (origin.get("last_day"), own["last_day"]),
        "accounts": (theirs, [account]),
    }
    for name, (found, wanted) in compared.items():
        if found != wanted:
            raise refused(
                "channel_run",
                run_id,
                f"has {name} {found}, and the items have {wanted}",
                f"Fit the channel for the same figures: --level channel --account {account} "
                f"--since {own['first_day']} --until {own['last_day']}.",
            )
    out: Floats = stored.draws["contribution"][:, stored.channels.index(network)]
    return out
