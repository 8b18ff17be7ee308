"""Words in cells in several languages."""

from __future__ import annotations

import pytest

from workbench.loaders.values import attribution_window, gender, platform, result_type


@pytest.mark.parametrize(
    ("text", "window"),
    [
        ("7-day click or 1-day view", "7d_click,1d_view"),
        ("7-day click", "7d_click"),
        ("7-day click, 1-day engaged-view, or 1-day view", "7d_click,1d_ev,1d_view"),
        ("7 Tage nach Klick oder 1 Tag nach Ansicht", "7d_click,1d_view"),
        ("Clic de 7 días o visualización de 1 día", "7d_click,1d_view"),
        ("something|else", "something/else"),
    ],
)
def test_attribution(text, window):
    assert attribution_window(text) == window


def test_words_of_results_and_people():
    assert result_type("actions:offsite_conversion.fb_pixel_purchase") == "purchase"
    assert result_type("On-Facebook Leads") == "lead"
    assert result_type("actions:my_own_thing") == "my_own_thing"
    assert [gender(w) for w in ("weiblich", "M", "Hommes", "?")] == ["female", "male", "male", "?"]
    assert platform("Audience Network") == "audience_network"
