"""Higher-order functions of PySpark programs give what they give on Apache Spark."""

import json
import pathlib

import pytest
from pyspark.errors import PySparkException

import lambda_functions
from conftest import connect, disconnect

RECORDED = json.loads(
    (pathlib.Path(__file__).parent / "answers" / "lambda_functions.json").read_text()
)


@pytest.fixture(scope="module")
def answers(shared_server):
    session = connect(shared_server.url)
    yield lambda_functions.all_answers(session)
    disconnect(session)


@pytest.mark.parametrize("question", RECORDED)
def test_as_recorded(answers, question):
    expected = RECORDED[question]
    if "error" in expected and not hasattr(PySparkException, "getCondition"):
        # Clients before 4.0 are not told the condition.
        expected = {**expected, "condition": answers[question]["condition"]}
    assert answers[question] == expected
