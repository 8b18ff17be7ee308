"""Media mix fits and allocations of other packages beside ours, on public examples whose truth is known.

``python -m benchmarks.budget_peers`` gives every package the same weeks, spend and controls, each in an
environment made by :mod:`benchmarks.peers` (several gigabytes, once). Spend is multiplied by 10,000 first:
the examples' unit is not money, and one package plans in whole units. ``mmm_example`` is made by geometric
adstock and logistic saturation, which PyMC-Marketing and ours have and Meridian has not; ``small_business``
by Hill curves, two of them S-shaped, which Meridian and ours have. Times are those of the fit alone, after
imports: processor seconds of the whole process, and seconds on the clock.
"""

from __future__ import annotations

import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # small matrices: a second thread only spins

import time
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np

from benchmarks.budget_fit import example, small_business
from benchmarks.peers import MIX, driven, environment
from workbench.budget.allocation import allocate
from workbench.budget.data import MixData
from workbench.budget.fit import fit_mix
from workbench.budget.fitted_curves import curves_of_fit
from workbench.budget.problem import Item, Problem
from workbench.budget.spec import MixSpec
from workbench.stats.counts import Floats

SCALE = 10_000.0
N_PERIODS = 8


def asked(data: MixData) -> dict[str, Any]:
    """Return a data set as plain values, and the allocation: what a mean week spent, spread anew."""
    return {
        "dates": [day.isoformat() for day in data.dates],
        "outcome": data.outcome.tolist(),
        "spend": dict(zip(data.channels, data.spend.T.tolist(), strict=True)),
        "controls": dict(zip(data.control_names, data.controls.T.tolist(), strict=True)),
        "total_a_period": cents_a_period(data) / 100,
        "n_periods": N_PERIODS,
    }


def cents_a_period(data: MixData) -> int:
    return round(float(data.spend.sum()) * 100 / len(data.dates))


def ours(data: MixData, spec: MixSpec) -> dict[str, Any]:
    """Fit and allocate as the drivers do, and answer as they do."""
    fit_mix(data, spec)  # imports and tables
    wall, cpu = time.perf_counter(), time.process_time()
    fit = fit_mix(data, spec)
    answer: dict[str, Any] = {
        "wall_seconds": time.perf_counter() - wall,
        "cpu_seconds": time.process_time() - cpu,
        "contributions": {c.name: [c.contribution.mean, *c.contribution.interval] for c in fit.channels},
        "quality": {"ess": fit.diagnostics.ess, "pareto_k": fit.diagnostics.pareto_k},
    }
    share = cents_a_period(data)
    items = (Item(name, curve, share // len(data.channels)) for name, curve in curves_of_fit(fit).items())
    problem = Problem(tuple(items), share, allow_extrapolation=True)
    allocate(problem)
    wall, cpu = time.perf_counter(), time.process_time()
    found = allocate(problem)
    answer["allocation"] = {
        "wall_seconds": time.perf_counter() - wall,
        "cpu_seconds": time.process_time() - cpu,
        "split_a_period": (found.units[:, 0] / 100).tolist(),
    }
    return answer


def answers(data: MixData, spec: MixSpec) -> Iterator[tuple[str, dict[str, Any]]]:
    yield "workbench", ours(data, spec)
    for peer in MIX:
        python, reason = environment(peer)
        if python is None:
            yield peer.requires[0], {"error": reason}
            continue
        try:
            yield peer.requires[0], driven(peer, python, asked(data))
        except RuntimeError as error:
            yield peer.requires[0], {"error": str(error)}


def show(name: str, case: tuple[MixData, Floats, MixSpec]) -> None:
    data, truth, spec = case
    data = replace(data, spend=data.spend * SCALE)
    print(f"\n{name}: true contributions " + ", ".join(f"{t:,.0f}" for t in truth))
    head = ["package", "CPU s", "clock s", "smallest ESS", "R̂ or k̂"]
    head += [f"{c}: error, 90 % interval" for c in data.channels]
    head += ["allocation: CPU s", "split", "misses the total by"]
    print(f"| {' | '.join(head)} |\n" + "|---" * len(head) + "|", flush=True)
    for package, answer in answers(data, spec):
        if "error" in answer:
            print(f"| {package} | {answer['error']} |" + " |" * (len(head) - 2), flush=True)
            continue
        print(f"| {package} | {' | '.join(_cells(data, truth, answer))} |", flush=True)


def _cells(data: MixData, truth: Floats, answer: dict[str, Any]) -> list[str]:
    quality = answer["quality"]
    gate = f"R̂ {quality['r_hat']:.3f}" if "r_hat" in quality else f"k̂ {quality['pareto_k'] or np.nan:.2f}"
    cells = [f"{answer[key]:.2f}" for key in ("cpu_seconds", "wall_seconds")]
    cells += [f"{quality['ess']:,.0f}", gate]
    for channel, true in zip(data.channels, truth, strict=True):
        mean, low, high = answer["contributions"][channel]
        holds = "holds it" if low <= true <= high else "misses it"
        cells.append(f"{mean / true - 1:+.1%}, {low:,.0f} to {high:,.0f} {holds}")
    split = answer["allocation"]
    if "error" in split:
        return [*cells, split["error"], "", ""]
    spends = split["split_a_period"]
    shares = " : ".join(f"{100 * x / sum(spends):.1f}" for x in spends)
    missed = sum(spends) - asked(data)["total_a_period"]
    return [*cells, f"{split['cpu_seconds']:.3f}", f"{shares} %", f"{missed:+.2f}"]


def main() -> None:
    show("mmm_example", example())
    show("small_business", small_business("hill"))


if __name__ == "__main__":
    main()
