"""`headrace checkpoint show`: what operators read when a query is in trouble."""

import json
import subprocess

import pytest
from pyspark.sql import functions as F

from conftest import BINARY
from test_streaming import run_once


def show(directory, *options):
    return subprocess.run(
        [BINARY, "checkpoint", "show", str(directory), *options], capture_output=True, text=True
    )


def write_events(directory, name, *events):
    directory.mkdir(exist_ok=True)
    lines = [json.dumps({"ts": ts, "k": k}) for ts, k in events]
    (directory / f".{name}").write_text("\n".join(lines) + "\n")
    (directory / f".{name}").rename(directory / name)


@pytest.fixture
def checkpoint(spark, tmp_path):
    """A windowed count after two batches with data."""
    spark.conf.set("spark.sql.shuffle.partitions", "2")

    def run():
        events = spark.readStream.schema("ts timestamp, k string").json(str(tmp_path / "in"))
        counts = events.withWatermark("ts", "30 seconds").groupBy(F.window("ts", "1 minute"), "k")
        writer = counts.count().writeStream.format("noop")
        run_once(writer.option("checkpointLocation", str(tmp_path / "checkpoint")))

    spark.conf.set("spark.sql.session.timeZone", "UTC")
    write_events(tmp_path / "in", "1.json", ("2024-01-01T00:00:10", "a"))
    run()
    write_events(
        tmp_path / "in", "2.json", ("2024-01-01T00:05:10", "a"), ("2024-01-01T00:06:10", "b")
    )
    run()
    return tmp_path / "checkpoint"


def test_shows_what_is_there(checkpoint):
    result = show(checkpoint, "--json")
    assert result.returncode == 0, result.stderr
    report = json.loads(result.stdout)
    query_id = json.loads((checkpoint / "metadata").read_text())["id"]
    commits = [int(file.name) for file in (checkpoint / "commits").iterdir() if file.name.isdigit()]
    assert report["queryId"] == query_id
    assert report["committedBatchId"] == report["plannedBatchId"] == max(commits)
    assert report["watermark"] == "2024-01-01 00:05:40 UTC"
    assert report["sources"] == [{"committed": {"logOffset": 1}, "planned": {"logOffset": 1}}]
    assert report["damaged"] == []
    [operator] = report["stateOperators"]
    assert (operator["operatorName"], operator["numPartitions"]) == ("stateStoreSave", 2)
    [store] = operator["stores"]
    files = [
        file
        for file in (checkpoint / "state" / "0").rglob("*")
        if file.suffix in (".delta", ".snapshot")
    ]
    assert store["keys"] == 2
    assert store["files"] == len(files)
    assert store["bytes"] == sum(file.stat().st_size for file in files)
    assert (store["firstBatchId"], store["lastBatchId"]) == (0, max(commits))
    assert store["oldestEventTime"] == "2024-01-01 00:05:00 UTC"
    assert store["nextExpiry"] == "2024-01-01 00:06:00 UTC"


def test_is_readable(checkpoint):
    page = show(checkpoint).stdout
    assert "watermark   2024-01-01 00:05:40 UTC" in page
    assert 'committed {"logOffset":1}' in page
    assert "operator 0 stateStoreSave, 2 partitions" in page
    assert "store default: 2 keys" in page
    assert "next to close when the watermark reaches 2024-01-01 00:06:00 UTC" in page
    assert "No damaged files" in page


def test_changes_nothing(checkpoint):
    def contents():
        return {file: file.read_bytes() for file in checkpoint.rglob("*") if file.is_file()}

    before = contents()
    (checkpoint / "state" / "0" / "0" / ".1.delta.left.tmp").write_text("by a crash")
    show(checkpoint)
    (checkpoint / "state" / "0" / "0" / ".1.delta.left.tmp").unlink()
    assert contents() == before


def test_names_damaged_and_missing_files(checkpoint):
    damaged = [
        sorted((checkpoint / "state" / "0" / "1").glob("*.delta"))[0],
        checkpoint / "offsets" / "0",
        checkpoint / "sources" / "0" / "0",
    ]
    for file in damaged:
        content = bytearray(file.read_bytes())
        content[-3] ^= 4
        file.write_bytes(content)
    (checkpoint / "commits" / "1").unlink()
    result = show(checkpoint, "--json")
    assert result.returncode == 2
    named = {entry["file"] for entry in json.loads(result.stdout)["damaged"]}
    assert named >= {str(file) for file in [*damaged, checkpoint / "commits" / "1"]}


def test_reads_what_spark_wrote(tmp_path):
    """Files as Spark 4.1 writes them; the contents of its state are not readable."""
    state = tmp_path / "state" / "0"
    for folder in (tmp_path / "offsets", tmp_path / "commits", state / "_metadata", state / "0"):
        folder.mkdir(parents=True)
    (tmp_path / "metadata").write_text('{"id":"29c69d8e-d0c3-492b-87b1-2a475058d9ed"}')
    (tmp_path / "offsets" / "0").write_text(
        'v1\n{"batchWatermarkMs":0,"batchTimestampMs":1704067200000,"conf":'
        '{"spark.sql.shuffle.partitions":"1"}}\n{"logOffset":0}'
    )
    (tmp_path / "commits" / "0").write_text('v1\n{"nextBatchWatermarkMs":1704067190000}')
    (state / "_metadata" / "metadata").write_text(
        'v1\n{"operatorInfo":{"operatorId":0,"operatorName":"dedupe"},"stateStoreInfo":'
        '[{"storeName":"default","numColsPrefixKey":0,"numPartitions":1}]}'
    )
    (state / "0" / "1.delta").write_bytes(b"LZ4Block" + bytes(38))
    result = show(tmp_path, "--json")
    assert result.returncode == 0, result.stdout
    report = json.loads(result.stdout)
    assert report["watermark"] == "2023-12-31 23:59:50 UTC"
    assert report["processId"] is None
    [operator] = report["stateOperators"]
    assert operator["operatorName"] == "dedupe" and operator["writtenBySpark"]
    [store] = operator["stores"]
    assert (store["keys"], store["files"], store["bytes"]) == (None, 1, 46)


def test_refuses_what_is_no_checkpoint(tmp_path):
    result = show(tmp_path)
    assert result.returncode == 1
    assert "is no checkpoint" in result.stderr
