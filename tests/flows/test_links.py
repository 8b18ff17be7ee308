"""Texts of a link survive encoding, whatever is in them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from urllib.parse import unquote

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from workbench.core.errors import DataError
from workbench.flows.links import as_of_text, join_values, link_text, pinned_as_of, split_values

words = st.text(st.characters(exclude_categories=("Cs",)), min_size=1, max_size=20)


@example(["50%2C5", "a,b", "%25"])
@given(st.lists(words, unique=True))
def test_joined_values_come_apart_again(values):
    assert split_values(join_values(values)) == tuple(values)


@given(st.dictionaries(words, words))
def test_a_link_decodes_to_what_it_was_made_from(fragment):
    text = link_text(fragment)
    assert not set(text) & set(' #"<>|')
    pairs = (part.split("=", 1) for part in text.split("&") if part)
    assert {unquote(key): unquote(value) for key, value in pairs} == fragment


def test_a_moment_is_written_in_utc_and_read_back_exactly():
    at = datetime(2026, 11, 20, 9, 15, 0, 123456, tzinfo=timezone(timedelta(hours=1)))
    assert as_of_text(at) == "2026-11-20T08:15:00.123456Z"
    assert pinned_as_of({"as_of": as_of_text(at)}) == at.astimezone(UTC)
    assert pinned_as_of({"as_of": ""}) is None


@pytest.mark.parametrize("text", ["now", "2026-11-20", "0001-01-01T00:00:00+14:00", "2026-11-20T08:15"])
def test_a_moment_without_a_zone_is_refused(text):
    with pytest.raises(DataError, match="not a moment"):
        pinned_as_of({"as_of": text})
