"""The same analysis on Spark Connect and in pandas."""

from __future__ import annotations

import sys
import warnings

import pytest

pytest.importorskip("pysail", reason="the spark extra is not installed")
pytest.importorskip("pyspark", reason="the spark extra is not installed")

from benchmarks.spark_connect import ASKED, largest_difference, spark_session, unit_rows
from workbench.core.errors import DataError
from workbench.experiments.analyse import analyse
from workbench.experiments.effects import effects_by

# pyspark says so of any pandas from 3.0 on; no frame of pandas is made on this way.
pytestmark = pytest.mark.filterwarnings("ignore:PySpark does not yet fully support pandas:FutureWarning")


@pytest.fixture(scope="module")
def session():
    # pyspark takes a main module without a file, as a worker of the tests has, for a run of its own doctests,
    # and leaves; an interactive interpreter it lets pass.
    with pytest.MonkeyPatch.context() as patch, warnings.catch_warnings():
        patch.setattr(sys, "ps1", "", raising=False)
        warnings.simplefilter("ignore", FutureWarning)
        with spark_session() as session:
            yield session


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    path = tmp_path_factory.mktemp("rows") / "units.parquet"
    unit_rows(20_000).assign(unit=range(20_000)).to_parquet(path, index=False)
    return path


@pytest.mark.parametrize("name", ASKED)
def test_spark_gives_what_pandas_gives(session, file, name):
    of_spark = analyse(session.read.parquet(str(file)), arm="variant", unit="unit", **ASKED[name])
    of_pandas = analyse(file, arm="variant", unit="unit", **ASKED[name])
    assert of_spark.notes == of_pandas.notes
    assert largest_difference(of_pandas, of_spark) < 1e-9


def test_spark_refuses_what_pandas_refuses(session, file):
    with pytest.raises(DataError, match="cluster: 'region' has 4 clusters that lie in more than one arm"):
        analyse(session.read.parquet(str(file)), arm="variant", metric="revenue", cluster="region")
    with pytest.raises(DataError, match="is not a column"):
        analyse(session.read.parquet(str(file)), arm="variant", metric="income")


def test_spark_breaks_down_as_pandas_does(session, file):
    asked = {"arm": "variant", "metric": "converted", "by": "region"}
    of_spark, of_file = (effects_by(frame, **asked)[0] for frame in (session.read.parquet(str(file)), file))
    assert [one.level for one in of_spark.effects] == [one.level for one in of_file.effects]
    for one, other in zip(of_spark.effects, of_file.effects, strict=True):
        assert one.interval == pytest.approx(other.interval, abs=1e-9)
