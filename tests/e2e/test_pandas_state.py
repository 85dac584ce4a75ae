"""applyInPandasWithState gives what Apache Spark gives."""

import json
import pathlib

import pytest

import pandas_state
from conftest import connect, disconnect

RECORDED = json.loads(
    (pathlib.Path(__file__).parent / "answers" / "pandas_state.json").read_text()
)
# What is about workers and their clients; the rest is about the engine.
OF_CLIENTS = {"counts", "chunks", "event_time"}


@pytest.fixture(scope="module")
def session(shared_server):
    pytest.importorskip("pandas")
    session = connect(shared_server.url)
    pandas_state.prepare(session)
    yield session
    disconnect(session)


@pytest.mark.parametrize(
    "case",
    [
        pytest.param(case, id=case.__name__)
        if case.__name__ in OF_CLIENTS
        else pytest.param(case, id=case.__name__, marks=pytest.mark.newest_client)
        for case in pandas_state.CASES
    ],
)
def test_as_recorded(session, tmp_path, case):
    answer = json.loads(json.dumps(case(session, tmp_path / case.__name__)))
    if case.__name__ == "failures":
        answer = {name: pandas_state.of_spark_4_1(told) for name, told in answer.items()}
    assert answer == RECORDED[case.__name__]
