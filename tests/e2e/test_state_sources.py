"""The state in a checkpoint as a table: columns, options and errors as Apache Spark has them."""

import json
import pathlib

import pytest

import state_sources
from conftest import connect, disconnect

pytestmark = pytest.mark.newest_client

RECORDED = json.loads(
    (pathlib.Path(__file__).parent / "answers" / "state_sources.json").read_text()
)


@pytest.fixture(scope="module")
def answers(shared_server, tmp_path_factory):
    session = connect(shared_server.url)
    session.conf.set("spark.sql.session.timeZone", "UTC")
    session.conf.set("spark.sql.shuffle.partitions", "2")
    yield state_sources.all_answers(session, tmp_path_factory.mktemp("state"))
    disconnect(session)


@pytest.mark.parametrize("question", RECORDED)
def test_as_recorded(answers, question):
    if question not in answers:
        pytest.skip("the query is not supported yet")
    assert answers[question] == RECORDED[question]
