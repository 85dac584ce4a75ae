"""What pushFilters() of Python data sources is told, and what a query gives then, as on Apache Spark."""

import json
import pathlib

import pytest

import pushed_filters
from conftest import connect, disconnect

RECORDED = json.loads(
    (pathlib.Path(__file__).parent / "answers" / "pushed_filters.json").read_text()
)
# Where no row can match Spark does not read at all.
NEVER_READ = {"id = NULL", "id > 3000000000", "small = 100000", "false"}
# Spark rounds the constant and compares with that; it looks through what a projection computes.
NOT_PUSHED = {
    "id > 1.5": "GreaterThan(attribute=('id',), value=1)",
    "over a projection": "IsNotNull(attribute=('id',))",
}
# Its text is so long that clients before 4.2 do not get the condition that goes beside it.
WITHOUT_CONDITION = {"fails in foreign"}


@pytest.fixture(scope="module")
def answers(shared_server, tmp_path_factory, client_version):
    if client_version < (4, 1):
        pytest.skip("new in PySpark 4.1")
    session = connect(shared_server.url)
    yield pushed_filters.all_answers(session, tmp_path_factory.mktemp("filters"))
    disconnect(session)


@pytest.mark.parametrize("question", RECORDED)
def test_as_recorded(answers, question):
    answer, recorded = answers[question], RECORDED[question]
    if question in NEVER_READ:
        answer, recorded = answer[0], recorded[0]
    if question in NOT_PUSHED:
        recorded = [recorded[0], [line for line in recorded[1] if line != NOT_PUSHED[question]]]
    if question in WITHOUT_CONDITION:
        answer, recorded = [[*told[0][:2], told[1]] for told in (answer, recorded)]
    assert answer == recorded
