"""An installation with seven months of two campaigns, and a kept model run of them."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import numpy as np
from lakes import days, insight, morning, write

from workbench.budget.fit import fit_mix
from workbench.budget.model_run import write_model_run
from workbench.budget.spec import MixSpec
from workbench.core.settings import Settings
from workbench.flows.budget_plan import plan_budget
from workbench.flows.budget_rows import LakeQuestion
from workbench.flows.budget_series import mix_from_lake
from workbench.flows.company import own_lake
from workbench.flows.draft_action import KIND
from workbench.ledger import draft_action, open_ledger

FIRST, N_DAYS = date(2026, 1, 1), 200  # to 19 July
JUNE = (date(2026, 6, 1), date(2026, 6, 30))
SMALL = MixSpec(n_fourier=0, n_weekday=0, n_lags=3)


def month_rows(campaigns: tuple[str, ...] = ("Spring", "Autumn"), **figures: Any) -> list[dict[str, Any]]:
    """Campaigns whose spend moves from day to day, in micros that are no whole cents."""
    rng = np.random.default_rng(7)
    out = []
    for day in days(FIRST, N_DAYS):
        for name in campaigns:
            spend = round(float(rng.gamma(4.0, 10.0)) * 1_000_000)
            brought = float(rng.poisson(20 + 10 * np.tanh(spend / 50e6)))
            given = {"campaign_id": name.lower(), "campaign_name": name, "spend_micros": spend}
            out.append(insight(day, **{**given, "results": brought, **figures}))
    return out


def filled(settings: Settings, rows: list[dict[str, Any]]) -> Settings:
    """Put rows into the installation's own lake."""
    last = days(FIRST, N_DAYS)[-1]
    write(own_lake(settings), "ad_insights", rows, load_id="L", believed_at=morning(last))
    return settings


def fitted(settings: Settings, **origin: Any) -> str:
    """Fit the lake's campaigns with few draws, and keep the run."""
    mix = mix_from_lake(own_lake(settings), settings, LakeQuestion(level="campaign"))
    fit = fit_mix(mix.data, SMALL, n_draws=400)
    return write_model_run(fit, settings.runs_folder, source="lake", origin={**mix.origin, **origin})


def drafted(settings: Settings, run_id: str, total: str, *, on: date, **payload: Any) -> int:
    """Draft a plan of a run on a day, and return its number."""
    plan = plan_budget(settings.runs_folder, run_id, total)
    document = {
        "model_run": run_id,
        "period": plan.period,
        "n_periods": 1,
        "currency": "EUR",
        "total_minor": plan.plan.total_minor,
        "budgets": [
            {"item": item.name, "by_period_minor": list(item.by_period_minor)} for item in plan.plan.items
        ],
        **payload,
    }
    at = datetime(on.year, on.month, on.day, 9, tzinfo=UTC)
    with open_ledger(settings) as ledger, ledger.write() as session:
        done = draft_action(
            session,
            environment=settings.environment,
            kind=KIND,
            payload=document,
            diff=[],
            money_at_risk_minor=100,
            currency="EUR",
            actor="ada",
            at=at,
        )
        return done.row.number
