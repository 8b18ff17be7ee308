"""The guides run from their first cell to their last, on the sample company and on a real export."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import Any

import nbformat
import pytest
from jupyter_client.kernelspec import KernelSpec, KernelSpecManager
from jupyter_client.manager import AsyncKernelManager
from nbclient import NotebookClient

GUIDES = Path(__file__).resolve().parents[2] / "notebooks" / "guides"
PLOTLY = "application/vnd.plotly.v1+json"
REAL = "ads/gwwc_meta_ads_2021/Giving-What-We-Can-Ads-New-Campaigns-Nov-15-2021-Jan-31-2022.csv"


class ThisInterpreter(KernelSpecManager):
    """Offers the interpreter that runs the tests, whatever kernels the machine has."""

    def get_kernel_spec(self, kernel_name: str) -> KernelSpec:
        argv = [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"]
        return KernelSpec(argv=argv, display_name="Python 3", language="python")


class OwnKernel(AsyncKernelManager):
    def __init__(self, **kwargs: Any) -> None:
        super().__init__(kernel_spec_manager=ThisInterpreter(), **kwargs)


def run(export: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, list[dict[str, Any]]]:
    """Run the first guide in an empty folder and return the outputs by cell id."""
    temporary = folder / "tmp"
    temporary.mkdir()
    monkeypatch.setenv("TMPDIR", str(temporary))
    monkeypatch.setenv("WORKBENCH_HOME", str(folder / "own-installation"))
    monkeypatch.setenv("WORKBENCH_LAKE_URL", str(folder / "own-lake"))
    notebook = nbformat.read(GUIDES / "01-first-look.ipynb", as_version=4)
    parameters = next(c for c in notebook.cells if "parameters" in c.metadata.get("tags", []))
    parameters.source = f"export = {export!r}"
    where = {"metadata": {"path": str(folder)}}
    NotebookClient(notebook, kernel_manager_class=OwnKernel, timeout=300, resources=where).execute()
    assert not [p for p in folder.iterdir() if p != temporary], "the guide wrote outside its temporary home"
    return {cell.id: cell.get("outputs", []) for cell in notebook.cells}


def text(outputs: list[dict[str, Any]]) -> str:
    return "\n".join(o.get("text") or o.get("data", {}).get("text/plain", "") for o in outputs)


def check_figures(outputs: dict[str, list[dict[str, Any]]], *, n_traces: int) -> None:
    (figure,) = [o["data"][PLOTLY] for o in outputs["figure"] if PLOTLY in o.get("data", {})]
    assert len(figure["data"]) >= n_traces
    (drawn,) = [o["data"]["image/svg+xml"] for o in outputs["svg"]]
    assert "</svg>" in drawn


def test_the_sample_company_is_found_out_and_called_simulated(tmp_path, monkeypatch):
    outputs = run("", tmp_path, monkeypatch)
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


def test_a_real_export_adds_up_and_says_who_earned_its_money(shared_data, tmp_path, monkeypatch):
    outputs = run(str(shared_data / REAL), tmp_path, monkeypatch)
    assert "15978.28 USD, to the cent" in text(outputs["load"])
    finding = text(outputs["finding"])
    assert "Own figures. US$15,978 brought 1,581 leads at US$10.11 each." in finding
    assert "Giving Guide 2021 – Factual V2 earned its money best" in finding
    assert "15978280000" in text(outputs["narwhals"])
    check_figures(outputs, n_traces=1)
    assert "nobody has the truth" in text(outputs["truth"])
