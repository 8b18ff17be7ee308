"""Which header is which, in seven languages."""

from __future__ import annotations

from itertools import pairwise

import pytest

from workbench.loaders.aliases import HEADERS
from workbench.loaders.headers import plain, recognise, resolve
from workbench.loaders.result import Unreadable


def test_no_header_means_two_things():
    meaning: dict[str, str] = {}
    for canonical, languages in HEADERS.items():
        for aliases in languages.values():
            for alias in aliases.split("|"):
                assert meaning.setdefault(plain(alias), canonical) == canonical, alias


def test_every_canonical_column_has_seven_languages():
    assert all(set(languages) == {"en", "de", "fr", "es", "it", "pt", "nl"} for languages in HEADERS.values())


@pytest.mark.parametrize(
    ("header", "canonical"),
    [
        ("AMOUNT SPENT (USD)", "spend"),
        ("Ad Set Name", "adset_name"),
        ("Clicks (all)", "clicks"),
        ("Clicks (ALL)", "clicks"),
        ("Montant dépensé (EUR)", "spend"),
        ("Importe gastado (MXN)", "spend"),
        ("Besteed bedrag (EUR)", "spend"),
        ("Valor usado (BRL)", "spend"),
        ("Importo speso (EUR)", "spend"),
        ("Impressions-Gerät", None),
        ("Impression-Gerät", "impression_device"),
        ("Starts", None),
    ],
)
def test_headers_are_recognised(header, canonical):
    known = recognise(header)
    assert (known[0] if known else None) == canonical


def test_currency_and_language_come_from_the_headers():
    found = resolve(["Kampagnenname", "Impressionen", "Ausgegebener Betrag (EUR)"], lambda a, b: False)
    assert (found.currency, found.decimal_hint) == ("EUR", ",")
    assert resolve(["Campaign name", "Amount spent (USD)"], lambda a, b: False).decimal_hint == "."


def test_equal_columns_of_one_name_are_one():
    found = resolve(["Campaign name", "Amount spent", "Campaign name"], lambda a, b: True)
    assert found.columns == {"campaign_name": 0, "spend": 1}


def test_different_columns_of_one_needed_name_are_refused():
    with pytest.raises(Unreadable, match="both give campaign_name and differ"):
        resolve(["Campaign name", "Amount spent", "Campaign name"], lambda a, b: False)
    with pytest.raises(Unreadable, match="both give spend"):
        resolve(["Amount spent", "Cost"], lambda a, b: False)


def test_different_columns_of_one_other_name_warn():
    found = resolve(["Result indicator", "Result type", "Amount spent"], lambda a, b: False)
    assert found.columns["result_type"] == 0
    assert "'Result type' differs" in found.warnings[0]
    assert found.unknown == (1,)


def test_unknown_and_unequal_currencies_are_refused():
    with pytest.raises(Unreadable, match="not an ISO 4217"):
        resolve(["Amount spent (XQZ)"], lambda a, b: False)
    with pytest.raises(Unreadable, match="several currencies"):
        resolve(["Amount spent (EUR)", "Purchases conversion value (USD)"], lambda a, b: False)


def test_ratios_and_settings_are_no_unknown_columns():
    found = resolve(
        ["Cost per result", "CPM (cost per 1,000 impressions)", "Ends", "Headline"], lambda a, b: False
    )
    assert (found.ratios, found.unknown) == ((0, 1), (3,))
    assert all(a < b for a, b in pairwise(found.ratios))
