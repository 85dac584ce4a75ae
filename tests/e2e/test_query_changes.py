"""A query that its checkpoint cannot follow is refused under Apache Spark's conditions."""

import json
import pathlib

import pytest

import query_changes
from conftest import connect, disconnect

RECORDED = json.loads(
    (pathlib.Path(__file__).parent / "answers" / "query_changes.json").read_text()
)


@pytest.fixture(scope="module")
def answers(shared_server, tmp_path_factory):
    session = connect(shared_server.url)
    session.conf.set(query_changes.PARTITIONS, "2")
    yield query_changes.all_answers(session, tmp_path_factory.mktemp("changes"))
    disconnect(session)


@pytest.mark.parametrize("change", RECORDED)
def test_as_recorded(answers, change):
    if answers[change] == ["UNSUPPORTED_FEATURE"]:
        pytest.skip("the query is not supported yet")
    assert answers[change] == RECORDED[change]
