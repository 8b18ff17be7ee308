"""The experiments digest: what can be decided first, nothing before a minimum run, the same bytes twice."""

from __future__ import annotations

import json
import re
from datetime import date
from typing import Any

import numpy as np
import pytest
from lakes import days, insight, morning, write

from workbench.core.dates import now_utc
from workbench.core.errors import NotEnoughData
from workbench.core.identity import Actor, Role
from workbench.core.settings import Settings
from workbench.experiments.registration_file import registration_of
from workbench.flows.company import own_lake
from workbench.flows.experiment_registry import decide_test, register_test
from workbench.flows.experiments_digest import Digest, experiments_digest
from workbench.ledger import looks_of, open_ledger
from workbench.reports.run import ReportFailed, run_report
from workbench.views.digest_blocks import decided_card, head, running_cards

FIRST = date(2026, 9, 1)
ADA = Actor("ada", Role.ANALYST)
ASOF = date(2030, 1, 1)


@pytest.fixture
def filled(settings: Settings) -> Settings:
    rng = np.random.default_rng(3)
    means = {"s1": 10.0, "s2": 16.0, "s3": 10.1}
    rows = [
        insight(day, grain="adset||day|7d_click,1d_view", adset_id=adset, results=float(rng.poisson(mean)))
        for day in days(FIRST, 40)
        for adset, mean in means.items()
    ]
    write(own_lake(settings), "ad_insights", rows, load_id="L1", believed_at=morning(days(FIRST, 40)[-1]))
    return settings


def register(settings: Settings, name: str, arms: dict[str, str], **changes: Any) -> None:
    document = {
        "id": name,
        "hypothesis": f"The question of {name}.",
        "metric": "cpa",
        "arms": [{"name": arm, "adsets": [adset]} for arm, adset in arms.items()],
        "start": FIRST,
        "evidence": "split_test",
        "kind_of_test": "creative",
    }
    register_test(settings, registration_of(document | changes), actor=ADA)


@pytest.fixture
def digest(filled: Settings) -> Digest:
    register(filled, "even", {"old": "s1", "new": "s3"})
    register(filled, "won", {"old": "s1", "new": "s2"})
    register(filled, "young", {"old": "s1", "new": "s2"}, minimum={"days": 100})
    register(filled, "lost", {"old": "s1", "new": "nowhere"}, account_id="9")
    return experiments_digest(filled, asof=ASOF)


def test_what_can_be_decided_comes_first_and_is_the_subject(digest: Digest) -> None:
    verdicts = [(one.test.registration.experiment_id, one.verdict) for one in digest.running]
    assert verdicts == [("won", "ship"), ("lost", "unread"), ("even", "wait"), ("young", "wait")]
    assert (
        digest.subject() == "One test can be decided (won: Ship new), one test cannot be read, 2 tests wait."
    )


def test_figures_stay_out_until_the_minimum_run_is_over(digest: Digest) -> None:
    cards = dict(
        zip(
            ("won", "lost", "even", "young"),
            running_cards(digest, "en_GB").split("<section")[1:],
            strict=True,
        )
    )
    assert "€" in cards["won"]
    assert "33 mature days of at least 100" in cards["young"]
    assert "€" not in cards["young"]
    assert "better" not in cards["young"]
    assert "wb-error" in cards["lost"]


def test_reading_for_the_digest_is_no_look(filled: Settings, digest: Digest) -> None:
    with open_ledger(filled) as ledger, ledger.read() as session:
        assert not looks_of(session, environment=filled.environment, experiment_id="won")


def test_decisions_of_the_last_weeks_are_told(filled: Settings, digest: Digest) -> None:
    assert decided_card(digest, "en_GB") == ""
    decide_test(filled, "won", verdict="ship", arm="new", why="Cheaper at <every> look.", actor=ADA)
    today = experiments_digest(filled, asof=now_utc().date())
    html = decided_card(today, "en_GB")
    assert "Ship new" in html
    assert "&lt;every&gt;" in html
    assert "ada" not in html
    assert "won" not in {one.test.registration.experiment_id for one in today.running}
    assert experiments_digest(filled, asof=ASOF).decided == ()


def test_without_a_test_there_is_no_digest(filled: Settings) -> None:
    with pytest.raises(NotEnoughData, match="No test that starts by 2030-01-01 is registered"):
        experiments_digest(filled, asof=ASOF)


def test_one_account_at_a_time_where_asked(filled: Settings, digest: Digest) -> None:
    assert [one.verdict for one in experiments_digest(filled, asof=ASOF, account_id="1").running] == [
        "ship",
        "wait",
        "wait",
    ]
    assert experiments_digest(filled, asof=ASOF, account_id="7").running == ()
    assert experiments_digest(filled, asof=ASOF, account_id="7").subject() == "No test is running."


def test_the_report_is_the_same_bytes_twice_and_needs_nothing_but_itself(
    filled: Settings, digest: Digest
) -> None:
    first = run_report("experiments", settings=filled, asof=ASOF, with_pdf=False)
    assert first.html.name == "experiments_2030-01-01.html"
    html = first.html.read_bytes()
    assert digest.subject().encode() in html
    assert not re.search(r"""(src|href)=["']https?:|<script|<link|@import|url\(""", html.decode())
    facts = json.loads(first.html.with_suffix(".run.json").read_text())
    assert facts["verdicts"]["won"] == "ship"
    assert run_report("experiments", settings=filled, asof=ASOF, with_pdf=False).html.read_bytes() == html


def test_a_report_without_tests_fails_with_the_reason(filled: Settings) -> None:
    with pytest.raises(ReportFailed, match="No test that starts by"):
        run_report("experiments", settings=filled, asof=ASOF, with_pdf=False)


def test_simulated_figures_say_so(digest: Digest) -> None:
    from dataclasses import replace

    assert "simulated" not in head(digest, "en_GB")
    assert "simulated company" in head(replace(digest, is_simulated=True), "en_GB")
