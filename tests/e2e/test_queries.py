"""Every recorded answer of Apache Spark to a whole query, asked of Headrace."""

import sys

import pytest

from conftest import ROOT

sys.path.insert(0, str(ROOT / "tests" / "conformance"))
import queries  # noqa: E402


@pytest.mark.newest_client
@pytest.mark.parametrize("name", queries.names())
def test_answers_as_spark(spark, name):
    spark.conf.set("spark.sql.session.timeZone", "UTC")
    found = [f"Spark:    {e}\nHeadrace: {a}" for e, a in queries.differences(spark, name)]
    assert not found, f"{len(found)} differences\n" + "\n".join(found[:20])
