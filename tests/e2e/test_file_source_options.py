"""The options of the file source put files into the batches into which Apache Spark puts them."""

import json
import pathlib

import pytest

import file_source_options
from conftest import connect, disconnect

RECORDED = json.loads(
    (pathlib.Path(__file__).parent / "answers" / "file_source_options.json").read_text()
)

pytestmark = pytest.mark.newest_client


@pytest.fixture(scope="module")
def answers(shared_server, tmp_path_factory):
    session = connect(shared_server.url)
    yield file_source_options.all_answers(session, tmp_path_factory.mktemp("options"))
    disconnect(session)


@pytest.mark.parametrize("case", RECORDED)
def test_as_recorded(answers, case):
    assert answers[case] == RECORDED[case]


def test_every_case_is_recorded():
    assert file_source_options.CASES.keys() == RECORDED.keys()
