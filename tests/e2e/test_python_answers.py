"""Functions of Python programs (UDFs, table functions) give what they give on Apache Spark."""

import json
import pathlib

import pytest

import python_answers
from conftest import connect, disconnect

pytestmark = pytest.mark.newest_client

RECORDED = json.loads(
    (pathlib.Path(__file__).parent / "answers" / "python_answers.json").read_text()
)


@pytest.fixture(scope="module")
def answers(shared_server):
    session = connect(shared_server.url)
    yield python_answers.all_answers(session)
    disconnect(session)


@pytest.mark.parametrize("question", RECORDED)
def test_as_recorded(answers, question):
    assert answers[question] == RECORDED[question]
