"""The guide's simulated tests have the effects they claim."""

from __future__ import annotations

import numpy as np

from workbench.experiments.past_tests import last_looks
from workbench.experiments.split_check import split_p
from workbench.sandbox.small_tests import gates, mailing, past_tests


def test_mails_raise_visits_by_half():
    rows = mailing(np.random.default_rng(1), 400_000)
    rates = rows.groupby("segment")["visit"].mean()
    assert abs(rates["Mens E-Mail"] / rates["No E-Mail"] - 1.5) < 0.03
    assert abs(rates["Womens E-Mail"] / rates["No E-Mail"] - 1.5) < 0.03
    assert (rows.loc[rows["visit"] == 0, "spend"] == 0).all()


def test_gates_lost_players_of_one_arm_and_nothing_else():
    rows = gates(np.random.default_rng(1), 200_000)
    assert split_p(rows["test_version"].value_counts()[["gate_30", "gate_40"]], [0.5, 0.5]) < 1e-9
    rates = rows.groupby("test_version")["retention_7"].mean()
    assert abs(rates["gate_30"] - rates["gate_40"]) < 0.006


def test_looks_add_up_and_errors_are_what_they_say():
    rows = past_tests(np.random.default_rng(1), 2_000, 4)
    last = last_looks(rows)
    assert len(last) == 2_000
    spread = np.sqrt(0.3 * 0.02**2 + (last["deviation"] ** 2).mean())
    assert abs(last["effect"].std() / spread - 1) < 0.06
    assert (last["count_c"] == 16_000).all()
