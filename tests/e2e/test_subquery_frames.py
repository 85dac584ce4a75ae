"""Subqueries of PySpark programs give what they give on Apache Spark."""

import json
import pathlib

import pytest

import subquery_frames
from conftest import connect, disconnect

pytestmark = pytest.mark.newest_client
RECORDED = json.loads(
    (pathlib.Path(__file__).parent / "answers" / "subquery_frames.json").read_text()
)


@pytest.fixture(scope="module")
def answers(shared_server):
    session = connect(shared_server.url)
    yield subquery_frames.all_answers(session)
    disconnect(session)


@pytest.mark.parametrize("question", RECORDED)
def test_as_recorded(answers, question):
    assert answers[question] == RECORDED[question]
