"""Going on after a stop, and after a crash at every injection point."""

import json
import multiprocessing

import pytest
from pyspark.sql import functions as F

from conftest import connect, disconnect, rows
from test_streaming import run_once, write_lines


def count_values(session, directory):
    """Counts in update mode, as files: what a crash loses or doubles shows in the sums."""
    lines = session.readStream.option("maxFilesPerTrigger", 1).text(str(directory / "in"))
    return (
        lines.writeStream.format("json")
        .option("checkpointLocation", str(directory / "checkpoint"))
        .option("path", str(directory / "out"))
    )


def test_checkpoint_has_sparks_layout(spark, tmp_path):
    write_lines(tmp_path / "in", "1.txt", "x")
    query = run_once(count_values(spark, tmp_path))
    checkpoint = tmp_path / "checkpoint"
    assert json.loads((checkpoint / "metadata").read_text()) == {"id": query.id}
    version, metadata, offset = (checkpoint / "offsets" / "0").read_text().split("\n")
    assert version == "v1"
    assert json.loads(offset) == {"logOffset": 0}
    assert json.loads(metadata)["batchWatermarkMs"] == 0
    assert (checkpoint / "commits" / "0").read_text().startswith("v1\n")
    assert (checkpoint / "sources" / "0" / "0").exists()
    assert (tmp_path / "out" / "_spark_metadata" / "0").read_text().startswith("v1\n")


@pytest.mark.newest_client
def test_each_batch_removes_what_is_too_old_in_the_logs(spark, tmp_path):
    spark.conf.set("spark.sql.streaming.minBatchesToRetain", "2")
    for first in (0, 6):  # the second run finds what the first left
        for number in range(first, first + 6):
            write_lines(tmp_path / "in", f"{number}.txt", "x")
        run_once(count_values(spark, tmp_path))
        for log in ("offsets", "commits"):
            names = [path.name for path in (tmp_path / "checkpoint" / log).iterdir()]
            kept = sorted(int(name) for name in names if name.isdigit())
            assert kept == list(range(first + 3, first + 6))
            assert sorted(name for name in names if name.endswith(".crc")) == sorted(
                f".{batch}.crc" for batch in kept
            )


def test_restart_goes_on_where_it_stopped(spark, tmp_path):
    write_lines(tmp_path / "in", "1.txt", "a", "b")
    first = run_once(count_values(spark, tmp_path))
    write_lines(tmp_path / "in", "2.txt", "c")
    second = run_once(count_values(spark, tmp_path))
    assert second.id == first.id and second.runId != first.runId
    assert [p["numInputRows"] for p in second.recentProgress if p["numInputRows"]] == [1]
    assert rows(spark.read.json(str(tmp_path / "out"))) == [("a",), ("b",), ("c",)]


def test_state_survives_a_restart(start_server, tmp_path):
    def run(session, name):
        stream = session.readStream.text(str(tmp_path / "in")).groupBy("value").count()
        writer = stream.writeStream.outputMode("update").format("memory").queryName(name)
        run_once(writer.option("checkpointLocation", str(tmp_path / "checkpoint")))
        return rows(session.table(name))

    write_lines(tmp_path / "in", "1.txt", "a", "b", "a")
    server = start_server()
    session = connect(server.url)
    assert run(session, "first") == [("a", 2), ("b", 1)]
    # Or the client would retry to reach the server that is gone; 4.0 waits for that in whatever
    # session stops next.
    disconnect(session)
    server.kill()
    write_lines(tmp_path / "in", "2.txt", "a")
    server = start_server()
    # The memory sink recovers in complete mode only.
    session = connect(server.url)
    assert restart_to_memory(session, tmp_path) == [("a", 3)]
    disconnect(session)


def restart_to_memory(session, tmp_path):
    stream = session.readStream.text(str(tmp_path / "in")).groupBy("value").count()
    query = (
        stream.writeStream.outputMode("complete")
        .format("memory")
        .queryName("again")
        .option("checkpointLocation", str(tmp_path / "checkpoint"))
        .trigger(availableNow=True)
        .start()
    )
    query.awaitTermination()
    seen = rows(session.table("again"))
    return [row for row in seen if row[0] == "a"]


def injection_points():
    """Those that a stateless query with a file source and a file sink passes."""
    return [
        "offset-log.before",
        "offset-log.synced",
        "sink.prepared",
        "sink.committed",
        "commit-log.before",
        "commit-log.renamed",
    ]


def run_on(url, tmp_path):
    run_once(count_values(connect(url), tmp_path))


@pytest.mark.parametrize("point", injection_points())
def test_killed_at(start_server, tmp_path, point):
    for i in range(3):
        write_lines(tmp_path / "in", f"{i}.txt", f"line {i}")
    server = start_server({"HEADRACE_INJECT": f"{point}:2=crash"})
    # A process of its own: a client whose server died retries for minutes.
    program = multiprocessing.get_context("spawn").Process(
        target=run_on, args=(server.url, tmp_path)
    )
    program.start()
    assert server.process.wait(60) == 137
    program.kill()
    program.join()
    session = connect(start_server().url)
    run_once(count_values(session, tmp_path))
    assert rows(session.read.json(str(tmp_path / "out"))) == [(f"line {i}",) for i in range(3)]
    disconnect(session)
