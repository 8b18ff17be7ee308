"""Whether spend experiments are worth what they are priced at, and how long pricing them takes.

``python -m benchmarks.experiment_value [n]`` draws n worlds (120) from the media mix model's own prior, three
channels and 60 weeks each, prices every experiment that reads four weeks, runs the recommended one in each
world, fits again with its reading and plans again. The mean price is put beside what the new fit expects and
what the true curves bring. ``--at-random`` runs any experiment instead, so that none is chosen by its price;
``--seed`` draws others. ``--time`` prices all experiments of a five-channel fit. Processor seconds of the
whole process.
"""

from __future__ import annotations

import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # small matrices: a second thread only spins

import argparse
import tempfile
import time
from pathlib import Path

import numpy as np

from workbench.budget.experiment_check import Worlds, check_prices
from workbench.budget.fit import fit_mix
from workbench.budget.model_run import read_model_run, write_model_run
from workbench.budget.simulate import roas_spec, simulate_mix
from workbench.flows.budget_experiment import priced_experiments


def time_five_channels() -> None:
    """Print the time that all experiments of one five-channel fit take, and the sentence of the best."""
    made = simulate_mix(roas_spec(5), n_periods=104, n_channels=5, rng=np.random.default_rng(8))
    with tempfile.TemporaryDirectory() as folder:
        run_id = write_model_run(fit_mix(made.model.data, made.model.spec), Path(folder))
        stored = read_model_run(Path(folder), run_id)
    total = round(100 * float(made.model.data.spend.mean(axis=0).sum()))
    seconds = []
    for seed in range(5):
        start = time.process_time()
        found = priced_experiments(stored, total_minor=total, seed=seed)
        seconds.append(time.process_time() - start)
    print(f"{len(found.rows)} experiments, 5 channels: {np.median(seconds):.2f} s of processor time")
    print(found.summary())


def main() -> None:
    """Run what is asked for."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("n", nargs="?", type=int, default=120)
    parser.add_argument("--seed", type=int, default=18)
    parser.add_argument("--at-random", action="store_true")
    parser.add_argument("--time", action="store_true")
    asked = parser.parse_args()
    if asked.time:
        time_five_channels()
        return
    start = time.process_time()
    found = check_prices(asked.n, seed=asked.seed, worlds=Worlds(at_random=asked.at_random))
    print(found.table().round(1).to_string(index=False))
    print(found.summary())
    print(f"{time.process_time() - start:.0f} s of processor time")


if __name__ == "__main__":
    main()
