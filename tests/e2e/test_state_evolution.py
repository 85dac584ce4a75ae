"""State variables that a program adds, leaves out, deletes or changes, as Apache Spark takes it."""

import json
import pathlib

import pytest

pytest.importorskip("pyspark.sql.streaming.stateful_processor", reason="new in PySpark 4.0")

import state_evolution
from conftest import connect, disconnect

pytestmark = pytest.mark.newest_client

RECORDED = json.loads((pathlib.Path(__file__).parent / "answers" / "state_evolution.json").read_text())


@pytest.fixture(scope="module")
def session(shared_server):
    session = connect(shared_server.url)
    state_evolution.prepare(session)
    yield session
    disconnect(session)


@pytest.mark.parametrize("case", RECORDED)
def test_as_recorded(session, tmp_path, case):
    answer = json.loads(json.dumps(state_evolution.answer(session, tmp_path, case)))
    assert answer == RECORDED[case]
