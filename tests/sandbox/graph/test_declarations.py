"""The official client's own declarations, as the server reads them."""

from __future__ import annotations

import pytest

from workbench.sandbox.graph.declarations import Call, calls_of, fields_of
from workbench.sandbox.graph.parameters import read_params
from workbench.sandbox.graph.refusals import GraphRefusal

KINDS = (
    *("AdAccount", "Campaign", "AdSet", "Ad", "AdCreative", "AdsPixel", "AdReportRun", "AdActivity"),
    *("AdsInsights", "AdsPixelStatsResult", "Page", "PagePost", "LeadgenForm", "Lead", "Comment"),
    *("UnifiedThread", "IGUser", "IGMedia", "IGComment", "InsightsResult", "User"),
)


@pytest.mark.parametrize("kind", KINDS)
def test_every_type_can_be_read(kind: str):
    assert fields_of(kind)
    for (method, edge), call in calls_of(kind).items():
        assert (call.method, call.edge) == (method, edge)
        assert method in ("GET", "POST", "DELETE")
        assert not any(
            value.startswith("facebook_business") for enum in call.enums.values() for value in enum
        )


def test_types_that_do_not_exist_have_nothing():
    for kind in ("", "Nothing", "os.path", "AbstractObject"):
        assert not fields_of(kind)
        assert not calls_of(kind)


def test_calls_are_the_clients():
    calls = calls_of("AdAccount")
    assert calls["GET", "campaigns"].target == "Campaign"
    assert calls["POST", "insights"].target == "AdReportRun"
    assert calls["POST", "ads"].params["creative"] == "AdCreative"
    assert calls["GET", "insights"].enums["level_enum"] == {"account", "campaign", "adset", "ad"}
    assert calls_of("Campaign")["DELETE", ""].params == {}


CALL = Call(
    "POST",
    "x",
    {
        "n": "unsigned int",
        "i": "int",
        "f": "float",
        "b": "bool",
        "s": "string",
        "at": "datetime",
        "e": "e_enum",
        "es": "list<e_enum>",
        "ns": "list<list<unsigned int>>",
        "m": "map<string, int>",
        "o": "Object",
        "any": "list",
        "creative": "AdCreative",
    },
    {"e_enum": frozenset({"A", "B"})},
    "",
)


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("n", "12", 12),
        ("i", "-12", -12),
        ("f", "1.5", 1.5),
        ("b", "true", True),
        ("b", "0", False),
        ("s", "12", "12"),
        ("at", "1793952000", "1793952000"),
        ("at", "2026-11-20T10:00:00+0100", "2026-11-20T10:00:00+0100"),
        ("at", "today", "today"),
        ("e", "A", "A"),
        ("es", '["A","B"]', ["A", "B"]),
        ("es", "A,B", ["A", "B"]),
        ("es", "", []),
        ("ns", "[[1,2],[3]]", [[1, 2], [3]]),
        ("m", '{"a": 1}', {"a": 1}),
        ("o", "[1]", [1]),
        ("any", "[1]", [1]),
        ("creative", '{"creative_id": "1"}', {"creative_id": "1"}),
        ("limit", "3", "3"),
    ],
)
def test_values_are_read(name: str, text: str, value: object):
    assert read_params(CALL, {name: text}, strict=True) == {name: value}


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("n", "-1"),
        ("n", "1.0"),
        ("n", "٣"),
        ("i", "one"),
        ("f", "1e400"),
        ("f", "nan"),
        ("b", "yes"),
        ("at", "20.11.2026"),
        ("e", "C"),
        ("es", '["A","C"]'),
        ("es", '[["A"]]'),
        ("ns", "[[1,-2]]"),
        ("ns", "[1]"),
        ("m", "[]"),
        ("o", "{"),
        ("any", "{}"),
        ("creative", '{"titel": "x"}'),
        ("creative", "5"),
        ("unheard", "1"),
    ],
)
def test_values_of_another_type_are_refused_by_name(name: str, text: str):
    with pytest.raises(GraphRefusal, match=rf"Param {name}\b|The parameter {name}\b") as caught:
        read_params(CALL, {name: text}, strict=True)
    assert caught.value.error["code"] == 100
