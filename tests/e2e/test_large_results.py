"""Results larger than the server's memory: sent while they are made, no faster than they are read."""

import os
import pathlib
import signal
import subprocess
import sys
import threading
import time

import pytest

from conftest import connect, disconnect

# Collected, this would take eight gigabytes.
MANY = 10**9


def megabytes(server, of):
    status = pathlib.Path(f"/proc/{server.process.pid}/status").read_text()
    return int(status.split(of + ":")[1].split()[0]) // 1024


def peak_megabytes(server):
    return megabytes(server, "VmHWM")


@pytest.fixture
def server(start_server):
    return start_server()


@pytest.fixture
def session(server):
    session = connect(server.url)
    yield session
    disconnect(session)


def test_rows_come_as_they_are_made_and_no_more_are_made_than_are_read(server, session):
    before = peak_megabytes(server)
    rows = session.range(MANY).selectExpr("id", "id % 7 AS rest").toLocalIterator()
    assert [tuple(next(rows)) for _ in range(30_000)] == [(i, i % 7) for i in range(30_000)]
    rows.close()
    assert peak_megabytes(server) - before < 200
    assert session.range(3).count() == 3


@pytest.mark.newest_client
def test_all_rows_come_once_and_in_order(server, session, tmp_path):
    count = 3_000_000
    assert session.range(count).toPandas()["id"].tolist() == list(range(count))
    # Files are read at once by several threads.
    for i in range(8):
        lines = [f"{i} {j} {'x' * 90}" for j in range(20_000)]
        (tmp_path / f"{i}.txt").write_text("\n".join(lines) + "\n")
    rows = session.read.text(str(tmp_path)).toPandas()["value"].str.slice(0, 8)
    read = [tuple(map(int, row.split()[:2])) for row in rows]
    assert sorted(read) == [(i, j) for i in range(8) for j in range(20_000)]
    for i in range(8):  # within a file
        assert [j for file, j in read if file == i] == list(range(20_000))


@pytest.mark.newest_client
def test_a_query_gives_back_what_it_has_used(server, session):
    before = peak_megabytes(server)
    keys = session.range(1_500_000).selectExpr("CAST(id AS STRING) AS key").groupBy("key").count()
    assert keys.agg({"count": "sum"}).collect()[0][0] == 1_500_000
    assert peak_megabytes(server) - before > 150
    deadline = time.monotonic() + 20
    while megabytes(server, "VmRSS") - before > 70:  # it ends a moment after the client has its rows
        assert time.monotonic() < deadline, f"{megabytes(server, 'VmRSS')} MB after {before} MB"
        time.sleep(0.05)


@pytest.mark.newest_client
def test_enough_rows_end_the_reading(session):
    numbers = session.range(10**12).selectExpr("id * 2 AS n")
    assert [row.n for row in numbers.where("n % 3 = 0").limit(4).collect()] == [0, 6, 12, 18]
    assert numbers.take(2)[1].n == 2
    assert numbers.isEmpty() is False
    numbers.show(3)


@pytest.mark.newest_client
def test_an_error_after_many_rows_comes_after_them(session):
    from pyspark.errors import ArithmeticException

    rows = session.range(MANY).selectExpr("1 / (60000 - id) AS x", "repeat('y', 1000) AS y").toLocalIterator()
    seen = 0
    with pytest.raises(ArithmeticException, match="DIVIDE_BY_ZERO"):
        for _ in rows:
            seen += 1
    assert 0 < seen <= 60_000


def test_a_running_result_can_be_interrupted(server, session, client_version):
    from pyspark.errors import PySparkException

    first, errors = threading.Event(), []

    def read():
        try:
            for _ in session.range(MANY).toLocalIterator():
                first.set()
        except PySparkException as error:
            errors.append(str(error))

    reader = threading.Thread(target=read)
    reader.start()
    assert first.wait(60)
    assert len(session.interruptAll()) == 1
    reader.join(60)
    assert not reader.is_alive()
    assert "OPERATION_CANCELED" in errors[0]
    assert session.range(3).count() == 3


@pytest.mark.newest_client
def test_a_client_that_vanishes_costs_no_more_than_some_buffers(server):
    program = f"""
from pyspark.sql import SparkSession
rows = SparkSession.builder.remote("{server.url}").create().range({MANY}).toLocalIterator()
print(next(rows).id, flush=True)
import time
time.sleep(600)
"""
    before = peak_megabytes(server)
    client = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, env={**os.environ})
    assert client.stdout.readline().strip() == b"0"
    client.send_signal(signal.SIGKILL)
    client.wait()
    client.stdout.close()
    session = connect(server.url)
    assert session.range(5_000_000).selectExpr("sum(id)").collect()[0][0] == 12_499_997_500_000
    assert peak_megabytes(server) - before < 200
    disconnect(session)
    code, _ = server.stop()
    assert code == 0
