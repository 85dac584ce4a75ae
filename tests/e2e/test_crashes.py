"""What may happen to a running query from outside: kill, stop, full disk, vanished clients, crowds."""

import multiprocessing
import os
import pathlib
import signal
import subprocess

import pytest
from pyspark.sql import functions as F

from conftest import Server, connect, disconnect, rows
from test_restart import count_values
from test_streaming import run_once, to_memory, write_lines

SPAWN = multiprocessing.get_context("spawn")


def wait_for(condition, process=None):
    """Spins until the condition holds; the test's own timeout is the limit."""
    import time

    while not condition():
        assert process is None or process.poll() is None, "the process ended"
        time.sleep(0.002)


def start_and_wait(url, directory):
    query = count_values(connect(url), pathlib.Path(directory)).trigger(availableNow=True).start()
    query.awaitTermination()


@pytest.mark.parametrize("committed", [0, 3, 7])
def test_kill_9_then_restart_gives_each_row_once(start_server, tmp_path, committed):
    for i in range(12):
        write_lines(tmp_path / "in", f"{i:02}.txt", *[f"{i} {line}" for line in range(100)])
    server = start_server()
    # A process of its own: a client whose server died retries for minutes.
    program = SPAWN.Process(target=start_and_wait, args=(server.url, str(tmp_path)))
    program.start()
    wait_for((tmp_path / "out" / "_spark_metadata" / str(committed)).exists, server.process)
    server.kill()
    program.kill()
    program.join()
    session = connect(start_server().url)
    run_once(count_values(session, tmp_path))
    expected = [(f"{i} {line}",) for i in range(12) for line in range(100)]
    assert rows(session.read.json(str(tmp_path / "out"))) == sorted(expected, key=repr)
    disconnect(session)


def wait_with_few_retries(url, started):
    from pyspark.errors import PySparkException
    from pyspark.sql.connect.client.retries import DefaultPolicy

    session = connect(url)
    session.client.set_retry_policies([DefaultPolicy(max_retries=2, max_backoff=100)])
    query = session.readStream.format("rate").load().writeStream.format("noop").start()
    started.set()
    try:
        query.awaitTermination()
    except PySparkException:
        os._exit(7)  # or the client's exit hooks would ask the server that is gone


def test_client_that_waits_hears_of_the_servers_death(start_server, client_version):
    if client_version < (4, 0):
        pytest.skip("the retry policies of older clients are fixed")
    server = start_server()
    started = SPAWN.Event()
    program = SPAWN.Process(target=wait_with_few_retries, args=(server.url, started))
    program.start()
    assert started.wait(60)
    server.kill()
    program.join(60)
    assert program.exitcode == 7


def counting_query(session, directory, name):
    stream = session.readStream.format("rate-micro-batch").option("rowsPerBatch", 10).load()
    writer = stream.select("value").writeStream.format("json").option("path", str(directory / name / "out"))
    return writer.option("checkpointLocation", str(directory / name / "checkpoint")).queryName(name).start()


def stateful_query(session, directory, name):
    stream = session.readStream.format("rate-micro-batch").option("rowsPerBatch", 10).load()
    counts = stream.groupBy((F.col("value") % 7).alias("key")).count()
    writer = counts.writeStream.format("noop").outputMode("update").queryName(name)
    return writer.option("checkpointLocation", str(directory / name / "checkpoint")).start()


def start_queries_and_wait(url, directory):
    session = connect(url)
    for number in range(3):
        counting_query(session, pathlib.Path(directory), f"files{number}")
        stateful_query(session, pathlib.Path(directory), f"state{number}")
    session.streams.awaitAnyTermination()


def test_sigterm_with_running_queries(start_server, tmp_path):
    server = start_server()
    program = SPAWN.Process(target=start_queries_and_wait, args=(server.url, str(tmp_path)))
    program.start()
    for number in range(3):
        wait_for((tmp_path / f"files{number}" / "checkpoint" / "commits" / "2").exists)
        wait_for((tmp_path / f"state{number}" / "checkpoint" / "commits" / "2").exists)
    server.process.send_signal(signal.SIGTERM)
    assert server.process.wait(timeout=10) == 0, server.log()
    program.kill()
    program.join()

    session = connect(start_server().url)
    for number in range(3):
        files, state = counting_query(session, tmp_path, f"files{number}"), stateful_query(session, tmp_path, f"state{number}")
        for query in (files, state):
            before = max(int(p.name) for p in (tmp_path / query.name / "checkpoint" / "commits").glob("[0-9]*"))
            wait_for(lambda: (tmp_path / query.name / "checkpoint" / "commits" / str(before + 2)).exists())
            query.stop()
            assert query.exception() is None
        written = [row[0] for row in session.read.json(str(tmp_path / f"files{number}" / "out")).collect()]
        assert sorted(written) == list(range(len(written)))
    disconnect(session)


@pytest.fixture
def small_disk(tmp_path):
    """A file system of one megabyte; `grow()` frees space on it."""
    directory = tmp_path / "small"
    directory.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", directory], capture_output=True, text=True)
    if mounted.returncode != 0:
        pytest.skip(f"cannot mount a small file system here: {mounted.stderr.strip()}")

    def grow():
        subprocess.run(["mount", "-o", "remount,size=64m", directory], check=True)

    yield directory, grow
    subprocess.run(["umount", "-l", directory], check=True)


@pytest.mark.parametrize("full", ["sink", "checkpoint", "both"])
def test_full_disk(spark, tmp_path, small_disk, full):
    from pyspark.errors import StreamingQueryException

    small, grow = small_disk
    for i in range(12):
        write_lines(tmp_path / "in", f"{i:02}.txt", *[f"{i} {line} " + "x" * 100 for line in range(2000)])
    checkpoint = (small if full != "sink" else tmp_path) / "checkpoint"
    out = (small if full != "checkpoint" else tmp_path) / "out"

    def query():
        stream = spark.readStream.option("maxFilesPerTrigger", 1).text(str(tmp_path / "in"))
        if full == "checkpoint":
            # State grows until the disk is full.
            stream = stream.withColumn("ts", F.lit("2026-01-01").cast("timestamp")).withWatermark("ts", "1 second")
            stream = stream.groupBy("ts", "value").count().select("value")
        writer = stream.writeStream.format("json").option("path", str(out))
        return writer.option("checkpointLocation", str(checkpoint)).trigger(availableNow=True).start()

    with pytest.raises(StreamingQueryException, match=f"(?s){small}.*No space left"):
        query().awaitTermination()
    grow()
    # The last row closes the window of all others.
    again = query()
    again.awaitTermination()
    assert again.exception() is None
    written = rows(spark.read.json(str(out))) if list(out.glob("part-*")) else []
    expected = [(f"{i} {line} " + "x" * 100,) for i in range(12) for line in range(2000)]
    if full != "checkpoint":
        assert written == sorted(expected, key=repr)
    else:
        assert again.lastProgress["stateOperators"][0]["numRowsTotal"] == len(expected)


def threads_and_descriptors(server):
    directory = pathlib.Path(f"/proc/{server.process.pid}")
    return len(list((directory / "task").iterdir())), len(list((directory / "fd").iterdir()))


def test_200_queries_at_once(start_server, tmp_path):
    write_lines(tmp_path / "in", "1.txt", "a", "b")
    server = start_server()
    session = connect(server.url)
    lines = session.readStream.text(str(tmp_path / "in"))
    run_once(to_memory(lines, "first"))
    before = threads_and_descriptors(server)
    queries = [to_memory(lines.groupBy("value").count(), f"q{number}", "complete").start() for number in range(200)]
    assert len(session.streams.active) == 200
    for query in queries:
        query.processAllAvailable()
    for number in range(200):
        assert rows(session.table(f"q{number}")) == [("a", 1), ("b", 1)]
    for query in queries:
        query.stop()
    assert session.streams.active == []
    after = threads_and_descriptors(server)
    # What handles requests may have grown; what belongs to queries is gone.
    assert after[0] <= before[0] + 20 and after[1] <= before[1] + 20
    disconnect(session)


def read_one_row_and_vanish(url):
    iterator = connect(url).range(20_000_000).toLocalIterator()
    next(iterator)
    os._exit(9)


def test_client_that_vanishes_in_the_middle_of_a_result(start_server):
    server = start_server()
    session = connect(server.url)
    assert session.range(3).count() == 3
    for _ in range(3):
        program = SPAWN.Process(target=read_one_row_and_vanish, args=(server.url,))
        program.start()
        program.join(60)
        assert program.exitcode == 9
    assert session.range(10).count() == 10
    disconnect(session)
    assert server.stop()[0] == 0


def overwrite_data(url, place):
    connect(url).range(10, 15).coalesce(1).write.mode("overwrite").parquet(place)


def overwrite_table(url, name):
    session = connect(url)
    session.sql("SELECT 'x' AS text, 2 AS n").write.mode("overwrite").saveAsTable(name)


def overwrite_partition(url, name):
    connect(url).sql(f"INSERT OVERWRITE {name} PARTITION (k = 1) VALUES (7), (8)")


# Which points each of them passes on its way.
SINK_POINTS = ["sink.half-written", "sink.prepared", "sink.replacing", "sink.replaced"]
OVERWRITES = [
    *((overwrite_data, point) for point in SINK_POINTS),
    *((overwrite_table, point) for point in ["sink.prepared", "table.replacing", "table.replaced"]),
    *((overwrite_partition, point) for point in SINK_POINTS),
]


@pytest.mark.newest_client
@pytest.mark.parametrize(("overwrite", "point"), OVERWRITES)
def test_killed_while_overwriting(tmp_path, overwrite, point):
    """What is read afterwards is the old content or the new one, under its own columns."""
    name = "t"
    target = str(tmp_path / "data") if overwrite is overwrite_data else name
    server = Server(tmp_path / "first.log", directory=tmp_path)
    session = connect(server.url)
    if overwrite is overwrite_partition:
        session.sql(f"CREATE TABLE {name} (id INT, k INT) USING parquet PARTITIONED BY (k)")
        session.sql(f"INSERT INTO {name} VALUES (1, 1), (2, 1), (3, 2)")
        old, new = [(1, 1), (2, 1), (3, 2)], [(3, 2), (7, 1), (8, 1)]
    else:
        old = [(i,) for i in range(3)]
        new = [(i,) for i in range(10, 15)] if overwrite is overwrite_data else [("x", 2)]
        writer = session.range(3).write
        writer.parquet(target) if overwrite is overwrite_data else writer.saveAsTable(name)
    disconnect(session)
    server.stop()
    server = Server(tmp_path / "second.log", {"HEADRACE_INJECT": f"{point}=crash"}, directory=tmp_path)
    program = SPAWN.Process(target=overwrite, args=(server.url, target))
    program.start()
    assert server.process.wait(60) == 137
    program.kill()
    program.join()
    server = Server(tmp_path / "third.log", directory=tmp_path)
    session = connect(server.url)

    def content():
        if overwrite is overwrite_data:
            return rows(session.read.parquet(target))
        return rows(session.table(name))

    assert content() in (old, new)
    overwrite(server.url, target)
    assert content() == new
    disconnect(session)
    server.stop()
