"""Errors tell the place in the program that they come from, as Apache Spark tells it."""

import json
import os
import pathlib
import subprocess
import sys

import pytest

import query_contexts

RECORDED = json.loads(
    (pathlib.Path(__file__).parent / "answers" / "query_contexts.json").read_text()
)


@pytest.fixture(scope="module")
def answers(shared_server, client_version):
    """A program of its own, as the recording was: clients decide by the process's first session
    whether they send the places of calls."""
    if client_version < (4, 0):
        pytest.skip("clients before 4.0 send no places, and cannot be asked for them")
    program = subprocess.run(
        [sys.executable, query_contexts.__file__, shared_server.url],
        env={**os.environ, "PYTHONWARNINGS": "ignore"},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert program.returncode == 0, program.stderr
    return json.loads(program.stdout)


@pytest.mark.parametrize("question", [*query_contexts.SQL, *query_contexts.DATA_FRAMES])
def test_place(answers, question):
    assert answers[question] == RECORDED[question]
