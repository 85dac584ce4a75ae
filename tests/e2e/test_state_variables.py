"""State variables as tables: columns, rows and errors as Apache Spark has them."""

import json
import pathlib

import pytest

pytest.importorskip("pyspark.sql.streaming.stateful_processor", reason="new in PySpark 4.0")

import state_variables
from conftest import connect, disconnect

pytestmark = pytest.mark.newest_client

RECORDED = json.loads((pathlib.Path(__file__).parent / "answers" / "state_variables.json").read_text())


@pytest.fixture(scope="module")
def answers(shared_server, tmp_path_factory):
    session = connect(shared_server.url)
    state_variables.prepare(session)
    yield json.loads(json.dumps(state_variables.all_answers(session, tmp_path_factory.mktemp("state"))))
    disconnect(session)


@pytest.mark.parametrize("question", RECORDED)
def test_as_recorded(answers, question):
    assert answers[question] == RECORDED[question]
