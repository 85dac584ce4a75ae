"""foreachBatch and foreach: functions of the program as sinks, run in worker processes."""

import json
import multiprocessing
import os
import pathlib
import signal

import pytest

from conftest import connect, disconnect, rows, run_headrace


@pytest.fixture
def source(tmp_path):
    """A directory of text files, one a batch; each file is a list of words."""
    directory = tmp_path / "in"
    directory.mkdir()

    class Source:
        files = 0

        def add(self, *words):
            hidden = directory / f".{self.files}"
            hidden.write_text("".join(word + "\n" for word in words))
            # Files are read in the order of their times.
            os.utime(hidden, (1_700_000_000 + self.files, 1_700_000_000 + self.files))
            hidden.rename(directory / f"{self.files}.txt")
            self.files += 1

        def read(self, spark):
            return spark.readStream.option("maxFilesPerTrigger", 1).text(str(directory))

    return Source()


def calls(path):
    """What functions have written about their calls, a JSON value a line."""
    path = pathlib.Path(path)
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


def run_available(writer):
    query = writer.trigger(availableNow=True).start()
    query.awaitTermination(60)
    return query


def test_function_gets_each_batch(spark, source, tmp_path):
    log = str(tmp_path / "log")

    def function(batch, batch_id):
        with open(log, "a") as file:
            values = sorted(row.value for row in batch.collect())
            print(json.dumps([batch_id, values, int(batch.count())]), file=file)

    source.add("a", "b")
    source.add("c")
    query = run_available(source.read(spark).writeStream.foreachBatch(function))
    assert query.exception() is None
    assert calls(log) == [[0, ["a", "b"], 2], [1, ["c"], 1]]
    progress = query.recentProgress
    assert [p["batchId"] for p in progress] == [0, 1]
    assert progress[0]["sink"]["description"] == "ForeachBatchSink"
    assert progress[0]["sink"]["numOutputRows"] == -1


def test_batch_is_a_dataframe_like_others(spark, source, tmp_path):
    """Several sinks, joins, views, SQL and caching in one function."""
    lines, counts, joined = (str(tmp_path / name) for name in ("lines", "counts", "joined"))

    def function(batch, batch_id):
        from pyspark.sql import functions as F

        batch.persist()
        batch.write.mode("append").parquet(lines)
        batch.createOrReplaceTempView("the_batch")
        session = batch.sparkSession
        totals = session.sql(
            "SELECT value, count(*) AS n FROM the_batch GROUP BY value ORDER BY value"
        )
        totals.withColumn("batch", F.lit(batch_id)).write.mode("append").json(counts)
        numbers = session.createDataFrame([("a", 1), ("b", 2)], "value STRING, number INT")
        batch.join(numbers, "value").write.mode("append").csv(joined)
        batch.unpersist()

    source.add("a", "b", "a")
    source.add("b", "c")
    query = run_available(source.read(spark).writeStream.foreachBatch(function))
    assert query.exception() is None
    assert rows(spark.read.parquet(lines)) == [("a",), ("a",), ("b",), ("b",), ("c",)]
    assert rows(spark.read.schema("batch INT, n LONG, value STRING").json(counts)) == [
        (0, 1, "b"),
        (0, 2, "a"),
        (1, 1, "b"),
        (1, 1, "c"),
    ]
    assert rows(spark.read.csv(joined)) == [("a", "1"), ("a", "1"), ("b", "2"), ("b", "2")]
    # The view belongs to the session, as in Spark.
    assert spark.catalog.tableExists("the_batch")


@pytest.mark.newest_client
def test_what_a_batch_can_do_and_cannot(spark, source, tmp_path):
    """Every action sees the same rows; what is refused is refused by name."""
    log, target = str(tmp_path / "log"), str(tmp_path / "target")

    def function(batch, batch_id):
        def outcome(attempt):
            try:
                return attempt()
            except Exception as error:
                return str(error).splitlines()[0]

        session = batch.sparkSession
        attempts = [
            batch.isStreaming,
            batch.cache().count(),
            batch.unpersist().count(),
            batch.union(batch).count(),
            batch.join(batch.withColumnRenamed("value", "other")).count(),
            [row.value for row in batch.sort("value").take(1)],
            len(session.streams.active),
            outcome(lambda: batch.writeStream.format("noop").start()),
            outcome(lambda: batch.write.format("jdbc").option("url", "jdbc:x:y").save()),
            outcome(lambda: batch.write.format("delta").save(target)),
        ]
        with open(log, "a") as file:
            print(json.dumps(attempts), file=file)

    source.add("a", "b")
    query = run_available(source.read(spark).writeStream.foreachBatch(function))
    assert query.exception() is None
    (attempts,) = calls(log)
    assert attempts[:7] == [False, 2, 2, 4, 4, ["a"], 1]
    assert "WRITE_STREAM_NOT_ALLOWED" in attempts[7]
    assert "jdbc" in attempts[8] and "DATA_SOURCE_NOT_FOUND" in attempts[8]
    assert "delta" in attempts[9] and "DATA_SOURCE_NOT_FOUND" in attempts[9]
    assert not os.path.exists(target)


def test_aggregation_in_update_mode(spark, source, tmp_path):
    log = str(tmp_path / "log")

    def function(batch, batch_id):
        with open(log, "a") as file:
            print(json.dumps([batch_id, sorted(map(list, batch.collect()))]), file=file)

    source.add("a", "b", "a")
    source.add("b", "c")
    words = source.read(spark).groupBy("value").count()
    run_available(words.writeStream.outputMode("update").foreachBatch(function))
    assert calls(log) == [[0, [["a", 2], ["b", 1]]], [1, [["b", 2], ["c", 1]]]]


def failing_at(batch, log):
    def function(dataframe, batch_id):
        with open(log, "a") as file:
            print(json.dumps([batch_id, sorted(r.value for r in dataframe.collect())]), file=file)
        if batch_id == batch:
            raise ValueError(f"no batch {batch_id} today")

    return function


def test_exception_fails_the_query_and_the_batch_comes_again(spark, source, tmp_path):
    log, checkpoint = str(tmp_path / "log"), str(tmp_path / "checkpoint")
    for words in (["a"], ["b"], ["c", "d"], ["e"]):
        source.add(*words)

    def start(function):
        return (
            source.read(spark)
            .writeStream.foreachBatch(function)
            .option("checkpointLocation", checkpoint)
            .trigger(availableNow=True)
            .start()
        )

    query = start(failing_at(2, log))
    with pytest.raises(Exception) as raised:
        query.awaitTermination(60)
    assert type(raised.value).__name__ == "StreamingQueryException"
    assert "[STREAM_FAILED] Query [id = " in str(raised.value)
    assert "[FOREACH_BATCH_USER_FUNCTION_ERROR]" in str(raised.value)
    text = str(query.exception())
    assert "Traceback (most recent call last):" in text
    assert "ValueError: no batch 2 today" in text
    assert "=== Streaming Query ===" in text
    assert [p["batchId"] for p in query.recentProgress] == [0, 1]
    assert calls(log) == [[0, ["a"]], [1, ["b"]], [2, ["c", "d"]]]

    again = start(failing_at(-1, log))
    assert again.awaitTermination(60)
    assert again.id == query.id
    assert calls(log)[3:] == [[2, ["c", "d"]], [3, ["e"]]]


def test_killed_worker_fails_the_query_and_the_batch_comes_again(spark, source, tmp_path):
    log, checkpoint = str(tmp_path / "log"), str(tmp_path / "checkpoint")

    def function(batch, batch_id):
        with open(log, "a") as file:
            print(json.dumps([batch_id, int(batch.count())]), file=file)
        if batch_id == 1 and len(open(log).readlines()) == 2:
            os.kill(os.getpid(), signal.SIGKILL)

    source.add("a")
    source.add("b", "c")
    writer = (
        source.read(spark)
        .writeStream.foreachBatch(function)
        .option("checkpointLocation", checkpoint)
    )
    query = writer.trigger(availableNow=True).start()
    with pytest.raises(Exception, match="killed by signal 9"):
        query.awaitTermination(60)
    assert calls(log) == [[0, 1], [1, 2]]
    again = writer.trigger(availableNow=True).start()
    assert again.awaitTermination(60)
    assert calls(log) == [[0, 1], [1, 2], [1, 2]]


def count_batches(url, directory, victim=None):
    """Writes (id, rows) of each batch; kills `victim` in the middle of batch 1."""
    log = f"{directory}/log"

    def function(batch, batch_id):
        with open(log, "a") as file:
            print(json.dumps([batch_id, int(batch.count())]), file=file)
        if batch_id == 1 and victim:
            os.kill(victim, signal.SIGKILL)

    session = connect(url)
    lines = session.readStream.option("maxFilesPerTrigger", 1).text(f"{directory}/in")
    query = (
        lines.writeStream.foreachBatch(function)
        .option("checkpointLocation", f"{directory}/checkpoint")
        .trigger(availableNow=True)
        .start()
    )
    assert query.awaitTermination(60)
    disconnect(session)


def test_killed_server_repeats_the_batch(start_server, source, tmp_path):
    source.add("a")
    source.add("b", "c")
    server = start_server()
    # A process of its own: a client whose server is gone goes on looking for it.
    program = multiprocessing.get_context("spawn").Process(
        target=count_batches, args=(server.url, str(tmp_path), server.process.pid)
    )
    program.start()
    server.process.wait(timeout=60)
    program.kill()
    program.join()
    assert calls(tmp_path / "log") == [[0, 1], [1, 2]]
    count_batches(start_server().url, str(tmp_path))
    assert calls(tmp_path / "log") == [[0, 1], [1, 2], [1, 2]]


def test_stop_ends_a_function_that_hangs(spark, source, tmp_path):
    log = str(tmp_path / "log")

    def function(batch, batch_id):
        import time

        with open(log, "a") as file:
            print(os.getpid(), file=file)
        time.sleep(3600)

    source.add("a")
    query = source.read(spark).writeStream.foreachBatch(function).start()
    while not calls(log):
        query.awaitTermination(0.05)
    query.stop()
    assert not query.isActive
    assert query.exception() is None
    with pytest.raises(ProcessLookupError):
        os.kill(calls(log)[0], 0)


def test_function_that_cannot_be_loaded_fails_the_start(spark, source, tmp_path):
    def function(batch, batch_id):
        pass

    class Trap:
        def __reduce__(self):
            return (eval, ("1 / 0",))

    trap = Trap()

    def trapped(batch, batch_id):
        return trap

    with pytest.raises(Exception, match="ZeroDivisionError"):
        source.read(spark).writeStream.foreachBatch(trapped).start()


def test_foreach_calls_a_function_for_each_row(spark, source, tmp_path):
    log = str(tmp_path / "log")

    def function(row):
        with open(log, "a") as file:
            print(json.dumps(repr(row)), file=file)

    source.add("a", "b")
    source.add("c")
    run_available(source.read(spark).writeStream.foreach(function))
    assert calls(log) == ["Row(value='a')", "Row(value='b')", "Row(value='c')"]


def test_foreach_gives_python_values(spark, source, tmp_path, client_version):
    log = str(tmp_path / "log")

    def function(row):
        with open(log, "a") as file:
            print(json.dumps(repr(row)), file=file)

    source.add("a")
    values = source.read(spark).selectExpr(
        "value",
        "1L AS n",
        "1.50BD AS d",
        "array(1, null) AS a",
        "named_struct('x', 1, 'y', 'q') AS s",
        "map('k', 1.5D) AS m",
        "X'6162' AS b",
        "DATE'2020-01-02' AS day",
        "TIMESTAMP_NTZ'2020-01-02 03:04:05.000006' AS time",
        "-129 AS small",
        "5000000000 AS large",
        "true AS yes",
        "CAST(null AS INT) AS nothing",
    )
    query = run_available(values.writeStream.foreach(function))
    assert query.exception() is None
    # As Apache Spark 4.1 prints it; before 4.1 binary values are bytearrays.
    binary = "b'ab'" if client_version >= (4, 1) else "bytearray(b'ab')"
    assert calls(log) == [
        "Row(value='a', n=1, d=Decimal('1.50'), a=[1, None], s=Row(x=1, y='q'), m={'k': 1.5}, "
        f"b={binary}, day=datetime.date(2020, 1, 2), "
        "time=datetime.datetime(2020, 1, 2, 3, 4, 5, 6), small=-129, large=5000000000, yes=True, "
        "nothing=None)"
    ]


def test_foreach_opens_processes_and_closes(spark, source, tmp_path):
    """The contract, recorded from Apache Spark 4.1: no rows where open() says no, close() gets the
    error of process()."""
    log = str(tmp_path / "log")

    class Writer:
        def note(self, *what):
            with open(log, "a") as file:
                print(json.dumps(what), file=file)

        def open(self, partition, epoch):
            self.note("open", partition, epoch)
            return epoch != 1

        def process(self, row):
            self.note("process", row.value)
            if row.value == "bad":
                raise ValueError("bad row")

        def close(self, error):
            self.note("close", repr(error))

    source.add("a", "b")
    source.add("c")
    source.add("d", "bad", "e")
    query = source.read(spark).writeStream.foreach(Writer()).trigger(availableNow=True).start()
    with pytest.raises(Exception) as raised:
        query.awaitTermination(60)
    assert "[FOREACH_USER_FUNCTION_ERROR]" in str(raised.value)
    assert "ValueError: bad row" in str(query.exception())
    assert [p["sink"]["numOutputRows"] for p in query.recentProgress] == [2, 1]
    assert calls(log) == [
        ["open", 0, 0],
        ["process", "a"],
        ["process", "b"],
        ["close", "None"],
        ["open", 0, 1],
        ["close", "None"],
        ["open", 0, 2],
        ["process", "d"],
        ["process", "bad"],
        ["close", "ValueError('bad row')"],
    ]


def test_workers_do_not_see_the_servers_secrets(start_server, source, tmp_path):
    log = str(tmp_path / "log")
    server = start_server({"STORAGE_SECRET_KEY": "hush", "REGION": "north"})
    session = connect(server.url)
    session.conf.set("spark.executorEnv.COLOUR", "green")

    def function(batch, batch_id):
        with open(log, "a") as file:
            names = ("STORAGE_SECRET_KEY", "REGION", "COLOUR")
            print(json.dumps([os.environ.get(name) for name in names]), file=file)

    source.add("a")
    run_available(source.read(session).writeStream.foreachBatch(function))
    disconnect(session)
    assert calls(log) == [[None, "north", "green"]]


def test_server_without_python_refuses_by_name(start_server, source):
    server = start_server(arguments=["--no-python"])
    session = connect(server.url)
    source.add("a")
    writer = source.read(session).writeStream
    with pytest.raises(Exception, match="foreachBatch.*--no-python"):
        writer.foreachBatch(lambda batch, batch_id: None).start()
    with pytest.raises(Exception, match="foreach.*--no-python"):
        source.read(session).writeStream.foreach(print).start()
    disconnect(session)


def test_interpreter_without_pyspark_is_named(spark, source, tmp_path):
    spark.conf.set("spark.pyspark.python", "/bin/false")
    source.add("a")
    with pytest.raises(Exception, match="/bin/false cannot run the program's functions"):
        source.read(spark).writeStream.foreachBatch(lambda batch, batch_id: None).start()


SUBMITTED = """
import sys
from pyspark.sql import SparkSession

spark = SparkSession.builder.master("local[2]").getOrCreate()
seen = []


def function(batch, batch_id):
    seen.append((batch_id, sorted(row.value for row in batch.collect()), batch.sparkSession is spark))
    print("in the function", batch_id)
    if len(sys.argv) > 2:
        raise ValueError("as asked")


words = spark.readStream.text(sys.argv[1])
query = words.writeStream.foreachBatch(function).trigger(availableNow=True).start()
try:
    query.awaitTermination()
except Exception as error:
    print("failed:", "ValueError: as asked" in str(error))
print(seen)
"""


def test_submitted_program_runs_its_function_itself(tmp_path, source):
    """As in classic PySpark the function sees the program's variables and its session."""
    source.add("a", "b")
    program = tmp_path / "program.py"
    program.write_text(SUBMITTED)
    result = run_headrace("submit", program, tmp_path / "in")
    assert result.returncode == 0, result.stderr
    assert result.stdout.splitlines() == [
        "in the function 0",
        "[(0, ['a', 'b'], True)]",
    ]
    result = run_headrace("submit", program, tmp_path / "in", "fail")
    assert "failed: True" in result.stdout, result.stderr
