"""The descriptions themselves: whole, consistent, and told apart."""

from __future__ import annotations

import pytest

from workbench.core.errors import ConfigError
from workbench.lake.schema import AD_INSIGHTS, BREAKDOWNS
from workbench.loaders.networks.description import NETWORKS, read_network
from workbench.loaders.networks.detect import detect
from workbench.loaders.result import Unreadable
from workbench.loaders.rows import ENTITIES


@pytest.mark.parametrize("name", NETWORKS)
def test_a_description_names_only_what_the_lake_has(name):
    network = read_network(name)
    assert network.name == name
    assert name in AD_INSIGHTS.column("network").description
    for report in network.reports:
        assert set(report.metrics) <= {*AD_INSIGHTS.names, "spend", "value"}
        assert set(report.breakdowns) <= {*BREAKDOWNS, "keyword", "search_term"}
        assert set(report.ids) <= set(ENTITIES)
        assert report.level == "account" or report.level in report.ids
        assert not report.told_by & report.without
        assert not [column for column in report.used if network.why_left_out(column) == "added up over"]


@pytest.mark.parametrize("name", NETWORKS)
def test_a_report_with_all_its_columns_is_told_by_them(name):
    for report in read_network(name).reports:
        found = detect(sorted((report.used | report.told_by) - report.without))
        assert (found.network, found.name) == (report.network, report.name)


def test_a_network_without_description_is_refused():
    with pytest.raises(ConfigError, match="meta, google, tiktok"):
        read_network("orkut")


def test_headers_that_fit_two_networks_are_refused_with_both_names():
    with pytest.raises(Unreadable, match=r"meta: accounts; snapchat: accounts.*--network"):
        detect(["id", "name", "_fivetran_synced"])
    assert detect(["id", "name", "_fivetran_synced"], networks=("snapchat",)).network == "snapchat"
