"""transformWithState(InPandas) gives what Apache Spark gives."""

import json
import pathlib

import pytest

pytest.importorskip("pyspark.sql.streaming.stateful_processor", reason="new in PySpark 4.0")

import transform_state
from conftest import connect, disconnect
from pandas_state import of_spark_4_1

RECORDED = json.loads(
    (pathlib.Path(__file__).parent / "answers" / "transform_state.json").read_text()
)
# What is about workers and their clients; the rest is about the engine.
OF_CLIENTS = {"counts", "variables", "event_time", "initial_state"}


@pytest.fixture(scope="module")
def session(shared_server):
    session = connect(shared_server.url)
    transform_state.prepare(session)
    yield session
    disconnect(session)


@pytest.mark.parametrize("flavour", ["pandas", "rows"])
@pytest.mark.parametrize(
    "case",
    [
        pytest.param(case, id=case.__name__)
        if case.__name__ in OF_CLIENTS
        else pytest.param(case, id=case.__name__, marks=pytest.mark.newest_client)
        for case in transform_state.CASES
    ],
)
def test_as_recorded(session, tmp_path, client_version, case, flavour):
    if client_version < (4, 1):
        pytest.skip("new in the Connect client of PySpark 4.1")
    answer = json.loads(json.dumps(transform_state.answer(session, case, flavour, tmp_path)))
    if case.__name__ in ("failures", "batches"):
        answer = {name: of_spark_4_1(told) for name, told in answer.items()}
    if case.__name__ == "failures":
        flavour = "pandas"  # of rows Spark 4.1 tells no more than that the query has failed
    assert answer == RECORDED[f"{case.__name__} {flavour}"]
