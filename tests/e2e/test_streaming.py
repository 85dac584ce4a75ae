"""Sources, operators, sinks, output modes and triggers of streaming queries."""

import json
import socket
import threading

import pytest
from pyspark.errors import UnsupportedOperationException
from pyspark.sql import functions as F

from conftest import rows


def write_lines(directory, name, *lines):
    """A file appears whole, as streaming sources require."""
    directory.mkdir(exist_ok=True)
    hidden = directory / f".{name}"
    hidden.write_text("".join(line + "\n" for line in lines))
    hidden.rename(directory / name)


def run_once(writer):
    query = writer.trigger(availableNow=True).start()
    query.awaitTermination()
    assert query.exception() is None
    return query


def to_memory(dataframe, name, mode="append"):
    return dataframe.writeStream.format("memory").queryName(name).outputMode(mode)


def test_word_count_of_files(spark, tmp_path):
    logs = tmp_path / "logs"
    write_lines(logs, "1.log", "to be or", "not to be")
    write_lines(logs, "2.log", "be")
    lines = spark.readStream.text(str(logs))
    words = lines.select(F.explode(F.split(lines.value, " ")).alias("word"))
    run_once(to_memory(words.groupBy("word").count(), "counts", "complete"))
    assert rows(spark.table("counts")) == [("be", 3), ("not", 1), ("or", 1), ("to", 2)]


class LineServer:
    """Sends lines to whoever connects, and keeps the connection open."""

    def __init__(self, lines):
        self._listener = socket.create_server(("localhost", 0))
        self.port = self._listener.getsockname()[1]
        self._connections = []
        self._text = "".join(line + "\n" for line in lines).encode()
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self):
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self._connections.append(connection)
            connection.sendall(self._text)

    def close(self):
        self._listener.close()
        for connection in self._connections:
            connection.close()


def test_socket_source(spark):
    server = LineServer(["a b", "b"])
    lines = (
        spark.readStream.format("socket").option("host", "localhost").option("port", server.port).load()
    )
    words = lines.select(F.explode(F.split("value", " ")).alias("word"))
    query = to_memory(words.groupBy("word").count(), "socket_counts", "complete").start()
    while rows(spark.table("socket_counts")) != [("a", 1), ("b", 2)]:
        query.awaitTermination(1)
        assert query.exception() is None
    query.stop()
    server.close()


def test_rate_source(spark):
    rate = spark.readStream.format("rate").option("rowsPerSecond", 100).load()
    assert rate.isStreaming
    assert [field.simpleString() for field in rate.schema] == ["timestamp:timestamp", "value:bigint"]
    query = to_memory(rate.select("value"), "rate_rows").start()
    while spark.table("rate_rows").count() < 50:
        query.awaitTermination(1)
    query.stop()
    values = [row.value for row in spark.table("rate_rows").orderBy("value").collect()]
    assert values == list(range(len(values)))


def test_rate_micro_batch_source(spark):
    source = spark.readStream.format("rate-micro-batch").option("rowsPerBatch", 10).load()
    query = to_memory(source, "rate_batches").start()
    while spark.table("rate_batches").count() < 30:
        query.awaitTermination(1)
    query.stop()
    assert all(p["numInputRows"] in (0, 10) for p in query.recentProgress)


@pytest.mark.parametrize("file_format", ["json", "csv", "parquet"])
def test_file_sources_with_schema(spark, tmp_path, file_format):
    data = spark.createDataFrame([(1, "a"), (2, "b")], "id INT, name STRING")
    data.write.format(file_format).save(str(tmp_path / "in"))
    stream = (
        spark.readStream.format(file_format).schema("id INT, name STRING").load(str(tmp_path / "in"))
    )
    run_once(to_memory(stream, f"from_{file_format}"))
    assert rows(spark.table(f"from_{file_format}")) == [(1, "a"), (2, "b")]


def test_max_files_per_trigger(spark, tmp_path):
    for i in range(3):
        write_lines(tmp_path / "in", f"{i}.txt", str(i))
    stream = spark.readStream.option("maxFilesPerTrigger", 1).text(str(tmp_path / "in"))
    query = run_once(to_memory(stream, "one_by_one"))
    assert [p["numInputRows"] for p in query.recentProgress if p["numInputRows"]] == [1, 1, 1]
    assert spark.table("one_by_one").count() == 3


def test_stateless_operators(spark, tmp_path):
    events = [{"user": "ann", "clicks": 1}, {"user": "bob", "clicks": 5}, {"user": None, "clicks": 7}]
    write_lines(tmp_path / "in", "e.json", *map(json.dumps, events))
    stream = spark.readStream.schema("user STRING, clicks INT").json(str(tmp_path / "in"))
    result = (
        stream.filter("clicks > 1")
        .withColumn("level", F.when(F.col("clicks") > 6, "high").otherwise("low"))
        .withColumn("text", F.col("clicks").cast("string"))
        .selectExpr("coalesce(user, '?') AS who", "level", "concat(text, '!') AS text")
        .alias("r")
        .select("r.*")
    )
    run_once(to_memory(result.union(result), "stateless"))
    assert rows(spark.table("stateless")) == [
        ("?", "high", "7!"),
        ("?", "high", "7!"),
        ("bob", "low", "5!"),
        ("bob", "low", "5!"),
    ]


def test_aggregates_in_update_mode(spark, tmp_path):
    write_lines(tmp_path / "in", "1.txt", "a 1", "b 2", "a 3")
    write_lines(tmp_path / "in", "2.txt", "a 5")
    parts = F.split("value", " ")
    stream = (
        spark.readStream.option("maxFilesPerTrigger", 1)
        .text(str(tmp_path / "in"))
        .select(parts[0].alias("k"), parts[1].cast("int").alias("v"))
    )
    grouped = stream.groupBy("k").agg(
        F.count("v").alias("n"), F.sum("v"), F.min("v"), F.max("v"), F.avg("v"), F.first("v"), F.last("v")
    )
    run_once(to_memory(grouped, "updates", "update"))
    assert rows(spark.table("updates")) == [
        ("a", 2, 4, 1, 3, 2.0, 1, 3),
        ("a", 3, 9, 1, 5, 3.0, 1, 5),
        ("b", 1, 2, 2, 2, 2.0, 2, 2),
    ]


def test_sorted_complete_output_on_the_console(start_server, tmp_path):
    from conftest import connect

    server = start_server()
    session = connect(server.url)
    write_lines(tmp_path / "in", "1.txt", "b", "a", "b")
    counts = session.readStream.text(str(tmp_path / "in")).groupBy("value").count()
    run_once(counts.orderBy(F.desc("count")).writeStream.outputMode("complete").format("console"))
    session.stop()
    _, output = server.stop()
    assert output == (
        "-------------------------------------------\n"
        "Batch: 0\n"
        "-------------------------------------------\n"
        "+-----+-----+\n"
        "|value|count|\n"
        "+-----+-----+\n"
        "|    b|    2|\n"
        "|    a|    1|\n"
        "+-----+-----+\n"
        "\n"
    )


@pytest.mark.parametrize("file_format", ["parquet", "json", "csv", "text"])
def test_file_sinks(spark, tmp_path, file_format):
    write_lines(tmp_path / "in", "1.txt", "x", "y")
    stream = spark.readStream.text(str(tmp_path / "in"))
    run_once(
        stream.writeStream.format(file_format)
        .option("checkpointLocation", str(tmp_path / "checkpoint"))
        .option("path", str(tmp_path / "out"))
    )
    read = spark.read.format(file_format).schema("value STRING").load(str(tmp_path / "out"))
    assert rows(read) == [("x",), ("y",)]
    assert (tmp_path / "out" / "_spark_metadata" / "0").exists()


def test_partitioned_file_sink(spark, tmp_path):
    write_lines(tmp_path / "in", "1.txt", "x 1", "y 2")
    stream = spark.readStream.text(str(tmp_path / "in")).select(
        F.split("value", " ")[0].alias("k"), F.split("value", " ")[1].alias("v")
    )
    run_once(
        stream.writeStream.format("json")
        .partitionBy("k")
        .option("checkpointLocation", str(tmp_path / "checkpoint"))
        .option("path", str(tmp_path / "out"))
    )
    assert (tmp_path / "out" / "k=x").is_dir()
    assert rows(spark.read.json(str(tmp_path / "out")).select("k", "v")) == [("x", "1"), ("y", "2")]


def test_once_and_processing_time_triggers(spark, tmp_path):
    write_lines(tmp_path / "in", "1.txt", "x")
    stream = spark.readStream.text(str(tmp_path / "in"))
    once = stream.writeStream.format("noop").trigger(once=True).start()
    assert once.awaitTermination(60)
    ticking = to_memory(stream, "ticks").trigger(processingTime="100 milliseconds").start()
    ticking.processAllAvailable()
    assert spark.table("ticks").count() == 1
    write_lines(tmp_path / "in", "2.txt", "y")
    ticking.processAllAvailable()
    assert spark.table("ticks").count() == 2
    ticking.stop()


@pytest.mark.newest_client
def test_continuous_processing_is_refused_at_the_start(spark):
    stream = spark.readStream.format("rate").load()
    with pytest.raises(UnsupportedOperationException) as refusal:
        stream.writeStream.format("noop").trigger(continuous="1 second").start()
    assert refusal.value.getCondition() == "UNSUPPORTED_FEATURE"
    assert "trigger(continuous=…)" in str(refusal.value)
    assert spark.streams.active == []


def test_stream_from_a_view(spark, tmp_path):
    write_lines(tmp_path / "in", "1.txt", "x", "x")
    spark.readStream.text(str(tmp_path / "in")).createOrReplaceTempView("input")
    counts = spark.sql("SELECT value, count(*) AS n FROM input GROUP BY value")
    assert counts.isStreaming
    run_once(to_memory(counts, "view_counts", "complete"))
    assert rows(spark.table("view_counts")) == [("x", 2)]
