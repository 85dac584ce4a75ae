"""State in memory and in RocksDB: the same answers, the same files, Spark's fields in the progress."""

import json
import time

import pytest
from pyspark.sql import functions as F

from conftest import connect, disconnect, rows

pytestmark = pytest.mark.newest_client

PROVIDERS = "org.apache.spark.sql.execution.streaming.state."
PROVIDER = "spark.sql.streaming.stateStore.providerClass"
STORES = {
    "memory": {PROVIDER: PROVIDERS + "HDFSBackedStateStoreProvider"},
    "rocksdb": {PROVIDER: PROVIDERS + "RocksDBStateStoreProvider"},
    "moving": {"headrace.state.memoryLimit": "20k"},
}
SPARKS_FIELDS = {
    "operatorName",
    "numRowsTotal",
    "numRowsUpdated",
    "allUpdatesTimeMs",
    "numRowsRemoved",
    "allRemovalsTimeMs",
    "commitTimeMs",
    "memoryUsedBytes",
    "numRowsDroppedByWatermark",
    "numShufflePartitions",
    "numStateStoreInstances",
    "customMetrics",
}


def write(directory, name, numbers):
    directory.mkdir(exist_ok=True)
    (directory / f".{name}").write_text("".join(f'{{"n":{n}}}\n' for n in numbers))
    (directory / f".{name}").rename(directory / name)


def progress_of(query):
    return [p if isinstance(p, dict) else json.loads(p.json) for p in query.recentProgress]


@pytest.fixture
def local_directory(tmp_path):
    (tmp_path / "local").mkdir()
    return tmp_path / "local"


def counts(session, tmp_path, local_directory, settings):
    session.conf.set("spark.sql.shuffle.partitions", "2")
    session.conf.set("headrace.state.localDirectory", str(local_directory))
    for key, value in settings.items():
        session.conf.set(key, value)
    numbers = session.readStream.schema("n bigint").json(str(tmp_path / "in"))
    grouped = numbers.groupBy((F.col("n") % 700).alias("k")).agg(F.count("*"), F.sum("n"))
    return (
        grouped.writeStream.outputMode("update")
        .format("noop")
        .option("checkpointLocation", str(tmp_path / "checkpoint"))
    )


@pytest.mark.parametrize("store", STORES)
def test_same_state_everywhere(start_server, tmp_path, local_directory, store):
    expected = {}
    for batch in range(4):
        # A process that dies leaves RocksDB's directory behind; the next one removes it.
        server = start_server()
        session = connect(server.url)
        for part in range(2):
            numbers = range(batch * 1000 + part * 500, batch * 1000 + part * 500 + 500)
            write(tmp_path / "in", f"{batch}-{part}.json", numbers)
            for n in numbers:
                count, total = expected.get(n % 700, (0, 0))
                expected[n % 700] = (count + 1, total + n)
            if part == 0:
                query = counts(session, tmp_path, local_directory, STORES[store])
                query = query.start()
            query.processAllAvailable()
        custom = progress_of(query)[-1]["stateOperators"][0]["customMetrics"]
        in_rocksdb = "rocksdbGetCount" in custom
        if store != "moving":
            assert in_rocksdb == (store == "rocksdb")
        elif batch == 3:
            assert in_rocksdb
        assert len(list(local_directory.glob("*.lock"))) == (1 if in_rocksdb else 0)
        if batch < 3:
            server.kill()
            continue
        query.stop()
        assert list(local_directory.iterdir()) == []
        read = session.read.format("statestore").load(str(tmp_path / "checkpoint"))
        found = rows(read.select("key.k", "value.count", "value.sum"))
        wanted = [(k, count, total) for k, (count, total) in expected.items()]
        assert found == sorted(wanted, key=repr)
        disconnect(session)


def test_progress_has_sparks_fields_also_when_idle(spark, tmp_path, local_directory):
    spark.conf.set("spark.sql.streaming.noDataProgressEventInterval", "100")
    write(tmp_path / "in", "1.json", range(5))
    query = counts(spark, tmp_path, local_directory, STORES["memory"]).start()
    query.processAllAvailable()
    deadline = time.monotonic() + 30
    while len(progress_of(query)) < 2 and time.monotonic() < deadline:
        time.sleep(0.05)
    first, idle = progress_of(query)[:2]
    query.stop()
    assert (first["numInputRows"], idle["numInputRows"]) == (5, 0)
    [with_data], [without] = first["stateOperators"], idle["stateOperators"]
    assert set(with_data) == SPARKS_FIELDS
    assert (with_data["numRowsTotal"], with_data["numRowsUpdated"]) == (5, 5)
    assert (with_data["numShufflePartitions"], with_data["numStateStoreInstances"]) == (2, 2)
    assert with_data["memoryUsedBytes"] > 0
    assert set(with_data["customMetrics"]) == {
        "SnapshotLastUploaded.partition_0_default",
        "SnapshotLastUploaded.partition_1_default",
        "loadedMapCacheHitCount",
        "loadedMapCacheMissCount",
        "stateOnCurrentVersionSizeBytes",
    }
    # As Spark has it: what the last batch left, nothing updated.
    assert without == {**with_data, "numRowsUpdated": 0}
