"""The package for tests of programs: its documentation is a test file."""

import os
import pathlib
import re
import subprocess
import sys

import pytest

from conftest import BINARY, ROOT, connect, disconnect

pytestmark = pytest.mark.newest_client

PAGE = ROOT / "docs" / "testing.md"


def run_pytest(directory, text, **environment):
    (directory / "test_page.py").write_text(text)
    variables = {"PYTHONPATH": str(ROOT / "python"), "HEADRACE_BINARY": str(BINARY), **environment}
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "test_page.py"],
        cwd=directory, env={**os.environ, **variables}, capture_output=True, text=True, timeout=300,
    )


def test_the_page_shows_what_works(tmp_path):
    (code,) = re.findall(r"^```python\n(.*?)^```$", PAGE.read_text(), re.MULTILINE | re.DOTALL)
    result = run_pytest(tmp_path, code)
    assert " 5 passed" in result.stdout or result.stdout.splitlines()[-1].startswith("5 passed"), result.stdout


WRONG = '''
from headrace.testing import stream_test
from pyspark.sql import functions as F


@stream_test(lambda lines: lines, lines="value STRING")
def test_missing_row(stream):
    stream.add(lines=["a", "b"])
    stream.expect("""
        value
        a
        c
    """)


@stream_test(lambda lines: lines.where(F.lit(False)), lines="value STRING")
def test_no_error(stream):
    stream.add(lines=["a"])
    stream.expect_error("ANYTHING")


calls = []


# The answer depends on the run: what restarts and crashes change is found.
def changing(lines):
    calls.append(None)
    return lines.withColumn("run", F.lit(len(calls)))


@stream_test(changing, lines="value STRING", everywhere=True)
def test_other_rows_after_a_restart(stream):
    stream.add(lines=["a"])
    stream.process()
'''


def test_wrong_rows_are_told(tmp_path):
    result = run_pytest(tmp_path, WRONG)
    assert "3 failed" in result.stdout, result.stdout
    assert re.search(r"missing:\nE?\s*value\nE?\s*c", result.stdout), result.stdout
    assert "there was no error" in result.stdout
    assert "with a restart after each step the rows are other ones" in result.stdout


def test_other_servers_refuse(spark, tmp_path):
    from pyspark.errors import PySparkException

    for refused in (
        lambda: spark.conf.set("headrace.testing.clock", "0"),
        lambda: spark.conf.set("headrace.testing.inject", "sink.prepared"),
    ):
        with pytest.raises(PySparkException) as raised:
            refused()
        assert raised.value.getCondition() == "CANNOT_MODIFY_CONFIG"
    with pytest.raises(PySparkException) as raised:
        spark.range(1).write.format("headrace-test").mode("append").save(str(tmp_path / "rows"))
    assert raised.value.getCondition() == "DATA_SOURCE_NOT_FOUND"


def test_control_by_configuration(start_server):
    from pyspark.errors import PySparkException

    session = connect(start_server(arguments=["--testing", "--testing-clock", "1000000"]).url)
    assert session.conf.get("headrace.testing.clock") == "1000000"
    session.conf.set("headrace.testing.clock", "3000000")
    assert session.sql("SELECT unix_micros(current_timestamp())").collect()[0][0] == 3000000
    for key, value in (
        ("clock", "2000000"), ("clock", "soon"), ("inject", "nowhere"), ("inject", "sink.prepared:x"),
        ("inject", "sink.prepared=explode"), ("injectionPoints", "x"),
    ):
        with pytest.raises(PySparkException) as raised:
            session.conf.set(f"headrace.testing.{key}", value)
        assert raised.value.getCondition().startswith("INVALID_CONF_VALUE"), value
    disconnect(session)
