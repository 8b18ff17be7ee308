"""Colours that can be read, and one source for all of them."""

from __future__ import annotations

import re

import pytest

from workbench.views import tokens
from workbench.views.tokens import DARK, LIGHT, Palette, contrast

TEXT = ("ink", "soft", "faint", "accent", "better", "worse")


@pytest.mark.parametrize("palette", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize("ground", ["page", "card"])
@pytest.mark.parametrize("text", TEXT)
def test_text_meets_wcag_aa_on_every_ground(palette: Palette, ground, text):
    assert contrast(getattr(palette, text), getattr(palette, ground)) >= 4.5


@pytest.mark.parametrize("palette", [LIGHT, DARK], ids=["light", "dark"])
def test_text_on_coloured_grounds_meets_wcag_aa(palette: Palette):
    assert contrast(palette.warn, palette.warn_ground) >= 4.5
    assert contrast(palette.warn, palette.card) >= 4.5
    assert contrast(palette.worse, palette.error_ground) >= 4.5
    assert contrast(palette.ink, palette.error_ground) >= 4.5
    assert contrast(palette.ink, palette.band) >= 4.5
    assert contrast(palette.on_accent, palette.accent) >= 4.5


@pytest.mark.parametrize("palette", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize("mark", ["accent", "previous", "better", "worse", "control"])
def test_marks_and_borders_of_controls_stand_out_three_to_one(palette: Palette, mark):
    assert contrast(getattr(palette, mark), palette.card) >= 3


def test_the_style_sheet_defines_every_variable_it_uses():
    css = tokens.css()
    used = set(re.findall(r"var\((--wb-[a-z0-9-]+)", css))
    defined = set(re.findall(r"(--wb-[a-z0-9-]+):", css))
    assert used <= defined


def test_the_style_sheet_fetches_nothing():
    assert not re.search(r"url\(|@import|https?:", tokens.css())


def test_no_colour_is_written_outside_the_tokens():
    rules = tokens.css().removeprefix(tokens.token_css())
    assert re.findall(r"#[0-9a-fA-F]{3,8}\b", rules) == []


def test_no_rule_sets_a_type_smaller_than_eleven_pixels():
    sizes = [float(s) for s in re.findall(r"font(?:-size)?:[^;}]*?([\d.]+)px", tokens.css())]
    assert min(sizes) >= tokens.SMALLEST_TEXT_PX


@pytest.mark.parametrize("dark", [False, True])
def test_plotly_gets_the_same_colours(dark):
    template = tokens.plotly_template(dark=dark)
    palette = tokens.palette(dark=dark)
    assert template.layout.paper_bgcolor == palette.card
    assert template.layout.colorway[0] == palette.accent
