"""Every recorded answer of Apache Spark, asked of Headrace."""

import sys

import pytest

from conftest import ROOT

sys.path.insert(0, str(ROOT / "tests" / "conformance"))
import run  # noqa: E402


@pytest.mark.parametrize("name", run.names())
def test_answers_as_spark(spark, client_version, name):
    if client_version != (4, 1):
        pytest.skip("the answers are those of Spark 4.1")
    found = [
        f"{expression}\n  Spark:    {expected}\n  Headrace: {actual}"
        for expression, expected, actual in run.differences(spark, name)
    ]
    assert not found, f"{len(found)} differences\n" + "\n".join(found[:20])
