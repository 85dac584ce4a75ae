"""Scripts of SQL statements answer as Apache Spark did (statements.py records)."""

import json

import pytest

import statements
from conftest import connect, disconnect

pytestmark = pytest.mark.newest_client


@pytest.fixture(scope="module")
def session(start_warehouse):
    session = connect(start_warehouse.url)
    session.conf.set("spark.sql.session.timeZone", "UTC")
    session.conf.set("spark.sql.shuffle.partitions", "2")
    yield session
    disconnect(session)


@pytest.mark.parametrize("name", statements.names())
def test_as_recorded(session, name, tmp_path):
    recorded = json.loads((statements.ANSWERS / f"{name}.json").read_text())
    answered = list(statements.answers(session, name, tmp_path))
    known = [differs for _, differs in statements.statements(name)]
    assert [statement for statement, _ in answered] == [statement for statement, _ in recorded]
    wrong = [
        f"{statement}\n  Spark:    {expected}\n  Headrace: {actual}"
        for (statement, expected), (_, actual), differs in zip(recorded, answered, known)
        if (expected == actual) == differs
    ]
    assert not wrong, "\n".join(wrong)
