"""The guides run from their first cell to their last: on simulated companies, a real export and a server."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import meta_world
import nbformat
import psutil
import pytest
from jupyter_client.kernelspec import KernelSpec, KernelSpecManager
from jupyter_client.manager import AsyncKernelManager
from nbclient import NotebookClient

from workbench.sandbox.graph.server import GraphServer
from workbench.sandbox.graph.tokens import TokenRules

GUIDES = Path(__file__).resolve().parents[2] / "notebooks" / "guides"
PLOTLY = "application/vnd.plotly.v1+json"
REAL = "ads/gwwc_meta_ads_2021/Giving-What-We-Can-Ads-New-Campaigns-Nov-15-2021-Jan-31-2022.csv"
N_DAYS = 60
Outputs = dict[str, list[dict[str, Any]]]


class ThisInterpreter(KernelSpecManager):
    """Offers the interpreter that runs the tests, whatever kernels the machine has."""

    def get_kernel_spec(self, kernel_name: str) -> KernelSpec:
        argv = [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"]
        return KernelSpec(argv=argv, display_name="Python 3", language="python")


class OwnKernel(AsyncKernelManager):
    def __init__(self, **kwargs: Any) -> None:
        super().__init__(kernel_spec_manager=ThisInterpreter(), **kwargs)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Give an empty folder whose ``tmp`` is all that a guide may write to, and nothing of which runs on."""
    (tmp_path / "tmp").mkdir()
    monkeypatch.setenv("TMPDIR", str(tmp_path / "tmp"))
    monkeypatch.setenv("WORKBENCH_HOME", str(tmp_path / "own-installation"))
    monkeypatch.setenv("WORKBENCH_LAKE_URL", str(tmp_path / "own-lake"))
    yield tmp_path
    left = [p for p in psutil.process_iter(["cmdline"]) if str(tmp_path) in " ".join(p.info["cmdline"] or ())]
    _, left = psutil.wait_procs(left, timeout=30)  # what was told to end may take its time on a busy machine
    for process in left:
        process.kill()
    assert not left, "a process of the guide ran on"
    assert [p.name for p in tmp_path.iterdir()] == ["tmp"], "the guide wrote outside its temporary home"


def run(guide: str, parameters: str, folder: Path) -> Outputs:
    """Run a guide in an empty folder and return the outputs by cell id."""
    notebook = nbformat.read(GUIDES / guide, as_version=4)
    cell = next(c for c in notebook.cells if "parameters" in c.metadata.get("tags", []))
    cell.source = parameters
    where = {"metadata": {"path": str(folder)}}
    NotebookClient(notebook, kernel_manager_class=OwnKernel, timeout=300, resources=where).execute()
    return {cell.id: cell.get("outputs", []) for cell in notebook.cells}


def text(outputs: list[dict[str, Any]]) -> str:
    return "\n".join(o.get("text") or o.get("data", {}).get("text/plain", "") for o in outputs)


def figure_of(outputs: list[dict[str, Any]]) -> dict[str, Any]:
    (figure,) = [o["data"][PLOTLY] for o in outputs if PLOTLY in o.get("data", {})]
    return figure


def check_figures(outputs: Outputs, *, n_traces: int) -> None:
    assert len(figure_of(outputs["figure"])["data"]) >= n_traces
    (drawn,) = [o["data"]["image/svg+xml"] for o in outputs["svg"]]
    assert "</svg>" in drawn


def test_the_sample_company_is_found_out_and_called_simulated(folder):
    outputs = run("01-first-look.ipynb", "export = ''", folder)
    assert "Loaded 4 rows of small.csv: 100.05 EUR, to the cent." in text(outputs["load"])
    finding = text(outputs["finding"])
    assert finding.startswith("Simulated company. Cost per lead rose 23\u202f% to €29.14.")
    assert "the price of impressions" in finding
    check_figures(outputs, n_traces=2)
    truth = text(outputs["truth"])
    change = re.search(r"change\s+([\d.]+)\s+([\d.]+)", truth)
    assert change is not None
    true, found = float(change[1]), float(change[2])
    assert abs(found - true) < 0.5 * true
    assert text(outputs["as-of"]).rstrip().endswith("True")


def test_a_real_export_adds_up_and_says_who_earned_its_money(shared_data, folder):
    outputs = run("01-first-look.ipynb", f"export = {str(shared_data / REAL)!r}", folder)
    assert "15978.28 USD, to the cent" in text(outputs["load"])
    finding = text(outputs["finding"])
    assert "Own figures. US$15,978 brought 1,581 leads at US$10.11 each." in finding
    assert "Giving Guide 2021 – Factual V2 earned its money best" in finding
    assert "15978280000" in text(outputs["narwhals"])
    check_figures(outputs, n_traces=1)
    assert "nobody has the truth" in text(outputs["truth"])


def test_a_rehearsal_goes_from_a_token_to_a_table_and_over_the_tokens_end(folder):
    outputs = run("02-meta.ipynb", "account = ''", folder)
    assert "Simulated. http://127.0.0.1:" in text(outputs["connect"])
    assert "EAASandbox" not in json.dumps(outputs), "the token is in an output"

    loaded = text(outputs["load"])
    assert "Meta 100000000000001 Sample company: 2026-09-26 – 2026-11-20 (Europe/Berlin)" in loaded
    totals = re.findall(r"rows, ([\d.]+) EUR, to the cent$", loaded, re.MULTILINE)
    assert len(totals) == 2
    assert len(set(totals)) == 1
    assert text(outputs["same-money"]).count(f"{totals[0].replace('.', '')}0000") == 2
    assert "lag_days" in text(outputs["status"])
    assert re.search(r"state +ok +ok +ok", text(outputs["status"]))
    where = text(outputs["where"])
    assert re.search(r"leads +1\d\d\d +ledger: leads, encrypted", where)
    assert re.search(r"changes +16 +lake: account_changes", where)

    assert re.search(r"spend did not move; leads by \+1\d ", text(outputs["moved"]))
    before, now = (line["y"] for line in figure_of(outputs["figure"])["data"][:2])
    assert len(before) == len(now)
    assert before != now
    assert "daily budget €240 → €312" in text(outputs["changes"])
    assert len(figure_of(outputs["trend"])["data"]) >= 2

    assert "The token for Meta runs out on 3 December 2026, 06:00 UTC." in text(outputs["soon"])
    refused = text(outputs["refused"])
    assert "Meta does not accept the token." in refused
    assert re.search(r"meta +Sample company +refused +2026-11-27", refused)
    assert "Sample company has data to 27 Nov 2026" in text(outputs["frozen"])
    assert "2026-10-31 – 2026-12-27" in text(outputs["gap"])
    said = text(outputs["whole"]).strip()
    assert said == "2026-09-26 to 2026-12-27: 0 days without rows; 0 notices."


def test_an_own_account_is_read_in_the_live_environment_and_only_its_figures(folder, monkeypatch):
    now = datetime.now(UTC)
    monkeypatch.setattr(meta_world, "FIRST", now.date() - timedelta(days=N_DAYS))
    (account,) = list(meta_world.ACCOUNTS)[:1]
    source = meta_world.world(meta_world.rows_of(account, n_ads=4, n_days=N_DAYS), n_days=N_DAYS)
    monkeypatch.setenv("WORKBENCH_SECRET_META_TOKEN", meta_world.TOKEN)
    with GraphServer(source, tokens={meta_world.TOKEN: TokenRules()}) as server:
        monkeypatch.setenv("WORKBENCH_META_GRAPH_URL", server.base_url)
        outputs = run("02-meta.ipynb", f"account = {account!r}", folder)
        assert {request.method for request in server.requests} <= {"GET", "POST"}
        written = [r.path for r in server.requests if r.method == "POST" and not r.path.endswith("/insights")]
    assert written == []
    assert text(outputs["connect"]).startswith("An own account.")
    assert "to the cent" in text(outputs["load"])
    assert "leads" not in text(outputs["where"])
    assert re.search(r"believed then +believed now", text(outputs["restated"]))
    assert str(now.date() - timedelta(days=1)) in text(outputs["restated"])
    assert "spend did not move, nor did leads" in text(outputs["moved"])
    assert text(outputs["frozen"]).strip() == "No notice."
    assert "0 days without rows; 0 notices." in text(outputs["whole"])
    assert meta_world.TOKEN not in json.dumps(outputs)


def test_experiments_are_read_on_simulated_tables_and_called_so(folder):
    outputs = run("03-experiments.ipynb", "folder = ''", folder)
    assert text(outputs["data"]).startswith("Simulated data.")
    assert text(outputs["verdict"]).startswith("Ship Womens E-Mail: ")
    assert "Do not read: the split is broken." in text(outputs["split"])
    (drawn,) = [o["data"]["image/svg+xml"] for o in outputs["figure"]]
    assert "</svg>" in drawn
    assert text(outputs["strip"]).startswith("The verdict hangs on the prior (flat: stop, learned: wait")
    assert "Simulated, 4,000 tests without any difference" in text(outputs["null"])


def test_experiments_are_read_on_real_tests(shared_data, folder):
    outputs = run("03-experiments.ipynb", f"folder = {str(shared_data / 'experiments')!r}", folder)
    assert text(outputs["data"]).startswith(
        "Real data.\n64,000 customers, 90,189 players, 78 past experiments"
    )
    assert text(outputs["verdict"]).startswith("Ship Mens E-Mail: ")
    assert text(outputs["revenue"]).startswith("Ship Mens E-Mail: ")
    assert text(outputs["readings"]).count("Ship Mens E-Mail") == 12
    split = text(outputs["split"])
    assert split.startswith("Do not read: the split is broken. A split of 44,700 to 45,489 has p = 0.0086")
    assert "71.9% were across at some look, 34.1% at the last one." in text(outputs["peeking"])
    assert "metric 1 are nothing in 71\u202f% of cases" in text(outputs["prior"])
    assert "24.1% were across at some look, 12.9% at the last one." in text(outputs["prior"])
    assert "the verdict hangs on the prior" in text(outputs["strip"]).lower()


def test_a_budget_is_planned_from_a_fit_that_is_held_against_its_truth(folder):
    outputs = run("04-budget.ipynb", "folder = ''", folder)
    assert "Simulated data." in text(outputs["data"])
    check_plan(outputs)


def test_the_public_example_is_within_its_bar(shared_data, folder):
    outputs = run("04-budget.ipynb", f"folder = {str(shared_data / 'budget')!r}", folder)
    assert "Public example with known truth." in text(outputs["data"])
    rows = re.findall(r"^\d +x\d +([\d.]+) +(\d+) +\((\d+), (\d+)\)", text(outputs["truth"]), re.MULTILINE)
    assert len(rows) == 2
    for true, found, low, high in rows:
        assert abs(float(found) / float(true) - 1) < 0.03
        assert float(low) < float(true) < float(high)
    check_plan(outputs)


def check_plan(outputs: Outputs) -> None:
    (drawn,) = [o["data"]["image/svg+xml"] for o in outputs["curve"]]
    assert "</svg>" in drawn
    planned = text(outputs["plan"])
    assert "Certified: no plan within the constraints is better by more than" in planned
    total = float(re.search(r"([\d,]+\.\d\d) in all", planned)[1].replace(",", ""))
    split = [float(x) for x in re.findall(r"^\d +\w+ +[\d.]+ +([\d.]+)", planned, re.MULTILINE)]
    assert len(split) == 2
    assert sum(split) == pytest.approx(total, abs=1e-9)
    steps = re.findall(r"^\d +\w+ +([\d.]+) +([\d.]+)", text(outputs["limits"]), re.MULTILINE)
    assert len(steps) == 2
    assert all(abs(float(after) / float(now) - 1) <= 0.2 for now, after in steps)
    assert "2 refits" in text(outputs["checks"])
    assert "below plan. Set €120.27 a day from tomorrow" in text(outputs["pace"])
