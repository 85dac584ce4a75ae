"""Aggregating Python functions over windows, with every client: each has workers of its own kind.

What the newest client is asked beyond that stands in test_python_answers.py.
"""

import json
import pathlib

import pytest

pytest.importorskip("pandas")

import python_answers
import python_window_questions

RECORDED = json.loads(
    (pathlib.Path(__file__).parent / "answers" / "python_answers.json").read_text()
)
OF_NEWER_CLIENTS = {"by_keyword": (4, 0), "in SQL: by keywords": (4, 0), "native_arrow": (4, 1)}


@pytest.fixture(scope="module")
def session(shared_server):
    from conftest import connect, disconnect

    session = connect(shared_server.url)
    python_answers.prepare(session)
    yield session
    disconnect(session)


def questions():
    """Those that have rows for an answer."""
    return [q for q in python_window_questions.QUESTIONS if "rows" in RECORDED[f"window: {q}"]]


@pytest.mark.parametrize("question", questions())
def test_as_recorded(session, client_version, question):
    if client_version < OF_NEWER_CLIENTS.get(question, (3, 5)):
        pytest.skip("new in a later client")
    answer = python_answers.answer(session, python_window_questions.QUESTIONS[question])
    assert answer == RECORDED[f"window: {question}"]


def test_worker_that_dies_fails_the_query_and_is_replaced(session):
    import os

    from pyspark.errors import PySparkException
    from pyspark.sql import Window
    from pyspark.sql import functions as F

    window = Window.partitionBy("k")
    table = python_window_questions.rows(session)
    dies = F.pandas_udf(lambda v: os._exit(3), "int", F.PandasUDFType.GROUPED_AGG)
    with pytest.raises(PySparkException):
        table.select(dies("id").over(window)).collect()
    first = F.pandas_udf(lambda v: v.iloc[0], "int", F.PandasUDFType.GROUPED_AGG)
    assert {row[0] for row in table.select(first("id").over(window)).collect()} == {1, 4, 7}


@pytest.mark.newest_client
def test_not_on_streams(session):
    from pyspark.errors import PySparkException
    from pyspark.sql import Window

    stream = session.readStream.format("rate").load()
    frame = stream.select(python_window_questions.total("value").over(Window.partitionBy()))
    with pytest.raises(PySparkException) as raised:
        frame.writeStream.format("noop").start()
    assert raised.value.getCondition() == "NON_TIME_WINDOW_NOT_SUPPORTED_IN_STREAMING"


@pytest.mark.newest_client
def test_iterators_are_refused_by_name(session):
    from typing import Iterator

    import pandas
    from pyspark.errors import UnsupportedOperationException
    from pyspark.sql import Window
    from pyspark.sql import functions as F

    @F.pandas_udf("double")
    def piecewise(batches: Iterator[pandas.Series]) -> float:
        return sum(batch.sum() for batch in batches)

    table = python_window_questions.rows(session)
    with pytest.raises(UnsupportedOperationException, match="piecewise"):
        table.select(piecewise("v").over(Window.partitionBy("k"))).collect()
