"""A window is stored only if it adds up to what the account itself says."""

from __future__ import annotations

import pytest

from workbench.core.errors import NotReconciled
from workbench.lake.window import Grain
from workbench.loaders.meta.rows import Asked
from workbench.loaders.meta.spool import Spool
from workbench.loaders.meta.totals import account_total, reconcile_window


def spool(n_rows=10, spend_micros=100_000_000, impressions=5_000, breakdowns=()):
    made = Spool(Asked("123", "EUR", Grain("campaign", breakdowns)))
    made.n_rows, made.spend_micros, made.impressions = n_rows, spend_micros, impressions
    return made


def test_equal_sums_agree_to_the_cent():
    assert reconcile_window(spool(), 100_000_000, 5_000) == ("to the cent", None)


def test_rows_may_miss_the_total_by_their_own_rounding():
    assert reconcile_window(spool(), 100_050_000, 5_000)[0] == "within rounding"


@pytest.mark.parametrize(
    ("spend", "impressions"),
    [(101_000_000, 5_000), (99_000_000, 5_000), (100_000_000, 5_001), (100_000_000, 4_999)],
)
def test_anything_further_apart_is_refused_with_both_figures(spend, impressions):
    with pytest.raises(NotReconciled, match=r"100 EUR.*own total is") as caught:
        reconcile_window(spool(), spend, impressions)
    assert "stay" in str(caught.value)


def test_a_breakdown_may_leave_small_groups_out_and_says_how_much():
    how, warning = reconcile_window(spool(breakdowns=("region",)), 110_000_000, 5_500)
    assert how == "parts are missing"
    assert "10 EUR of 110 EUR" in warning
    assert "500 of 5,500" in warning


def test_a_breakdown_never_holds_more_than_there_was():
    with pytest.raises(NotReconciled):
        reconcile_window(spool(breakdowns=("region",)), 50_000_000, 5_000)


def test_currencies_without_cents_round_to_whole_units():
    made = Spool(Asked("123", "JPY", Grain("campaign")))
    made.n_rows, made.spend_micros, made.impressions = 10, 1_000_000_000, 10
    assert reconcile_window(made, 1_005_000_000, 10)[0] == "within rounding"


class Account:
    def __init__(self, data) -> None:
        self.data = data

    def get(self, path, params):
        self.asked = path, params
        return {"data": self.data}


def test_the_total_is_the_accounts_own_over_all_days():
    from datetime import date

    from workbench.core.dates import Period

    account = Account([{"spend": "12.30", "impressions": "40"}])
    assert account_total(account, "123", Period(date(2026, 11, 1), date(2026, 11, 7))) == (12_300_000, 40)
    path, params = account.asked
    assert path == "act_123/insights"
    assert params["time_increment"] == "all_days"
    assert params["time_range"] == {"since": "2026-11-01", "until": "2026-11-07"}
    assert account_total(Account([]), "123", Period(date(2026, 11, 1), date(2026, 11, 7))) == (0, 0)


class Grudging:
    """Calls every window longer than two days too much, and one day too much once."""

    def __init__(self) -> None:
        self.n_refused = 0

    def get(self, path, params):
        from datetime import date

        from workbench.channels.meta_errors import TooMuchData

        since, until = (date.fromisoformat(params["time_range"][key]) for key in ("since", "until"))
        n_days = (until - since).days + 1
        if n_days > 2 or (n_days == 1 and not self.n_refused % 2):
            self.n_refused += 1
            raise TooMuchData("Please reduce the amount of data.")
        return {"data": [{"spend": f"{n_days}.00", "impressions": str(n_days)}]}


def test_a_window_that_is_called_too_much_is_asked_for_in_halves():
    from datetime import date

    from workbench.core.dates import Period

    grudging = Grudging()
    assert account_total(grudging, "123", Period(date(2026, 11, 1), date(2026, 11, 7))) == (7_000_000, 7)
    assert grudging.n_refused > 1
