"""A saved view says what it is and stays within a mail's limits; a browser test shows that it asks nobody."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from workbench.core.errors import DataError
from workbench.views.saved import MAX_BYTES, saved_page

AT = datetime(2026, 11, 20, 8, 15, tzinfo=UTC)


def page(body="<p>Spend €39,520</p>", **more):
    return saved_page(
        "Overview", body, ".x{color:red}", as_of=AT, source="Ads Manager export", **more
    ).decode()


def test_it_says_what_it_is_when_and_with_which_filters():
    text = page(filters={"Account": "Shop & Co", "Dates": "27 Sep – 20 Nov"}, simulated=True)
    assert "<title>Overview</title>" in text
    assert "20 November 2026, 08:15 UTC" in text
    assert "Account: Shop &amp; Co · Dates: 27 Sep – 20 Nov" in text
    assert "Source: Ads Manager export." in text
    assert "Simulated figures" in text
    assert "Simulated figures" not in page()
    assert "<p>Spend €39,520</p>" in text


def test_names_cannot_break_out_of_their_place():
    data = saved_page(
        "<script>1</script>", "", "</style><script>2</script>", as_of=AT, source="<b>", filters={"<i>": "<u>"}
    )
    text = data.decode()
    assert text.count("</style>") == 1
    assert "<script" not in text.split("</style>")[1]
    assert "<script>1" not in text
    assert not any(tag in text for tag in ("<b>", "<i>", "<u>"))


def test_the_browser_is_told_to_run_and_fetch_nothing():
    assert "default-src 'none'" in page()


def test_the_same_view_is_the_same_bytes():
    assert page() == page()


def test_a_view_too_large_to_send_is_refused_with_a_way_out():
    with pytest.raises(DataError, match="choose fewer days or campaigns") as caught:
        page("x" * MAX_BYTES)
    assert caught.value.n_bytes > MAX_BYTES
