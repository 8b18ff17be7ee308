# One command each. `make help` lists them.
SHELL := /bin/bash
HOME_DIR ?= data
PORT ?= 8866
PY := .venv/bin/python
STAMP := .venv/.installed

.DEFAULT_GOAL := help
.PHONY: help app sandbox test test-long check format bench bench-lake bench-loader bench-meta bench-apps bench-experiments bench-budget bench-budget-peers bench-allocation bench-experiment-value bench-replan bench-budget-year bench-daily calibrate report lock docs clean

help:  ## List the commands
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 14

# The first Python of 3.12 or newer; `make PYTHON=/path/to/python app` chooses another.
PYTHON ?= $(shell for p in python3.12 python3.13 python3.14 python3 python; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 12))' 2>/dev/null && { echo $$p; break; }; done)

$(STAMP): requirements.lock pyproject.toml
	@test -n "$(PYTHON)" || { echo "No Python 3.12 or newer was found. Install one, or name it: make PYTHON=/path/to/python3.12"; exit 1; }
	@test -x $(PY) || { echo "Making .venv with $(PYTHON)"; $(PYTHON) -m venv .venv; }
	@echo "Installing the locked set (about two minutes the first time)"
	@$(PY) -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@$(PY) -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $(STAMP)

app: $(STAMP)  ## Install, make the sample company and serve the apps on one address
	@$(PY) -m workbench.cli --home $(HOME_DIR) init --quiet
	@exec $(PY) -m workbench.cli --home $(HOME_DIR) app --port $(PORT)

sandbox: $(STAMP)  ## Serve a simulated advertiser behind a Graph API, to rehearse against
	@exec $(PY) -m workbench.cli --home $(HOME_DIR) sandbox up

test: $(STAMP)  ## Install and run all tests
	$(PY) -m pytest -q -n 2 --dist worksteal -m "not slow and not browser"
	$(PY) -m pytest -q -n 2 --dist loadfile -m "browser and not slow" tests/browser

test-long: $(STAMP)  ## The fault and statistical runs in full, new random examples; takes long
	WORKBENCH_SEARCH=1 $(PY) -m pytest -q -n 2 -m "not slow and not browser" $$(grep -rl "from hypothesis" tests)
	WORKBENCH_FAULT_KILLS=100 WORKBENCH_FAULT_SECONDS=60 WORKBENCH_MUTATIONS=2000 WORKBENCH_FILTERS=1000 \
	$(PY) -m pytest -q -rP tests/faults tests/views/test_faces_agree.py --ignore tests/faults/test_meta_load.py
	WORKBENCH_FAULT_ROWS=100000 WORKBENCH_FAULT_KILLS=100 WORKBENCH_FAULT_LIFE_S=30 \
	$(PY) -m pytest -q -rP tests/faults/test_meta_load.py
	WORKBENCH_SIMULATIONS=3000 $(PY) -m pytest -q tests/performance/test_maturity.py tests/performance/test_tracking.py
	$(PY) -m pytest -q -m slow

check: $(STAMP)  ## Format, lint, types, import contracts, fast tests
	$(PY) -m ruff format --check .
	$(PY) -m ruff check .
	$(PY) -m mypy
	.venv/bin/lint-imports
	$(PY) -m pytest -q -n 2 -m "not slow and not browser" --ignore tests/faults --ignore tests/statistical

format: $(STAMP)  ## Format the code and mend what the linter can
	$(PY) -m ruff format .
	$(PY) -m ruff check --fix .

bench: bench-lake bench-loader bench-meta bench-apps bench-replan bench-experiments bench-budget bench-budget-year bench-allocation  ## All benchmarks

bench-lake: $(STAMP)  ## Five million insight rows, beside DuckDB's file and SQLite
	$(PY) -m benchmarks.lake

bench-loader: $(STAMP)  ## Reading a large export
	$(PY) -m benchmarks.loader

bench-meta: $(STAMP)  ## 100,000 rows from the local Graph API, beside the official client
	$(PY) -m benchmarks.meta

bench-budget: $(STAMP)  ## Media mix fits on public examples; calibration with BUDGET="--sbc"
	$(PY) -m benchmarks.budget_fit $(BUDGET)

bench-budget-peers: $(STAMP)  ## The same fits and an allocation by PyMC-Marketing and Meridian (installs gigabytes)
	$(PY) -m benchmarks.budget_peers

bench-daily: $(STAMP)  ## Daily budgets in simulated worlds and in the simulated market: regret
	$(PY) -m benchmarks.daily_budgets
	$(PY) -m benchmarks.daily_market
	$(PY) -m benchmarks.daily_value

bench-budget-year: $(STAMP)  ## Twelve months of monthly plans in the simulator: regret against the best split
	$(PY) -m benchmarks.budget_year

bench-allocation: $(STAMP)  ## Certified allocations beside SLSQP; 10,000 random problems to the cent
	$(PY) -m benchmarks.allocation

bench-experiment-value: $(STAMP)  ## Priced spend experiments beside what they bring in simulated worlds
	$(PY) -m benchmarks.experiment_value

bench-replan: $(STAMP)  ## The Budget page: control to redrawn figure in Chromium
	$(PY) -m benchmarks.replan

bench-apps: $(STAMP)  ## The bars of the apps in Chromium
	@$(PY) -m workbench.cli --home $(HOME_DIR) init --quiet
	$(PY) -m benchmarks.apps -n 20 --notebooks notebooks/apps --home $(HOME_DIR)

calibrate: $(STAMP)  ## Do intervals hold as often as they say? The table in full, about six minutes
	$(PY) -m benchmarks.calibration

bench-experiments: $(STAMP)  ## Two-arm tests: time and error beside other packages
	$(PY) -m benchmarks.experiments

report: $(STAMP)  ## A report, such as: make report NAME=weekly
	$(PY) -m workbench.cli --home $(HOME_DIR) report $(or $(NAME),weekly)

lock:  ## Resolve pyproject.toml into requirements.lock (needs uv): versions and hashes, no addresses
	uv pip compile --universal --python-version 3.12 --generate-hashes --all-extras --group dev --no-header --no-annotate pyproject.toml -o requirements.lock

docs: $(STAMP)  ## Write the generated pages again
	$(PY) -m workbench.lake.dictionary

clean:  ## Remove the virtual environment and caches, never data
	rm -rf .venv .pytest_cache .mypy_cache .ruff_cache .hypothesis
