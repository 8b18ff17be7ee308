"""The monthly budget report as a whole: one file, the lake's total, the subject first."""

from __future__ import annotations

import json
import re

from months import filled, fitted, month_rows

from workbench.reports.run import run_report


def test_the_report_is_one_file_with_the_months_total(settings):
    rows = month_rows()
    filled(settings, rows)
    run_id = fitted(settings)
    done = run_report("budget", settings=settings, with_pdf=False)
    html = done.html.read_text()
    facts = json.loads(done.html.with_suffix(".run.json").read_text())
    june = sum(row["spend_micros"] for row in rows if row["date_start"].month == 6)
    assert facts["spent_minor"] == round(june / 10_000)
    assert f"€{facts['spent_minor'] / 100:,.2f}" in html
    assert (facts["month"], facts["model_run"], facts["simulated"]) == ("2026-06", run_id, False)
    assert done.html.name == "budget_1_2026-07-19.html"
    assert html.index('class="wb-lead"') < html.index("Spend")
    assert not re.search(r"""(src|href)=["']https?:|<script|<link|@import|url\(""", html)
    assert done.subject.startswith("June 2026 cost ")
