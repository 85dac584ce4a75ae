"""Errors tell the place in the program that they come from, as Apache Spark tells it."""

import json
import pathlib

import pytest

import query_contexts

RECORDED = json.loads(
    (pathlib.Path(__file__).parent / "answers" / "query_contexts.json").read_text()
)


@pytest.mark.parametrize("text", query_contexts.SQL)
@pytest.mark.newest_client
def test_place_in_sql(spark, text):
    assert query_contexts.answer(lambda: spark.sql(text)) == RECORDED[text]


@pytest.mark.parametrize("name", query_contexts.DATA_FRAMES)
@pytest.mark.newest_client
def test_place_in_a_program(spark, name):
    ask = query_contexts.DATA_FRAMES[name]
    assert query_contexts.answer(lambda: ask(spark.range(3))) == RECORDED[name]
