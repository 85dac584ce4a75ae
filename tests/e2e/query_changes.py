"""What each engine says to a query that was changed between two runs on one checkpoint.

usage: query_changes.py URL > answers/query_changes.json    records Apache Spark's answers
"""

import json
import pathlib
import re
import sys
import tempfile

from pyspark.errors import PySparkException
from pyspark.sql import functions as F

PARTITIONS = "spark.sql.shuffle.partitions"
PROVIDER = "spark.sql.streaming.stateStore.providerClass"
ROCKSDB = "org.apache.spark.sql.execution.streaming.state.RocksDBStateStoreProvider"


def watched(events, delay="10 seconds"):
    return events.withWatermark("ts", delay)


def window():
    return F.window("ts", "1 minute")


def original(events):
    return watched(events).groupBy(window(), "k").count()


# name: (the query, output mode, configuration) of the second run; the first one is `original`.
CHANGES = {
    "nothing": (original, "append", {}),
    "type of a key": (lambda rows: watched(rows).groupBy(window(), "i").count(), "append", {}),
    "another key": (lambda rows: watched(rows).groupBy(window(), "k", "i").count(), "append", {}),
    "name of a key": (
        lambda rows: watched(rows).withColumnRenamed("k", "l").groupBy(window(), "l").count(),
        "append",
        {},
    ),
    "another aggregate": (
        lambda rows: watched(rows).groupBy(window(), "k").agg(F.count("*"), F.sum("v")),
        "append",
        {},
    ),
    "type of an aggregate": (
        lambda rows: watched(rows).groupBy(window(), "k").agg(F.max("k")),
        "append",
        {},
    ),
    "aggregate of the same type": (
        lambda rows: watched(rows).groupBy(window(), "k").agg(F.sum("v")),
        "append",
        {},
    ),
    "more operators": (
        lambda rows: watched(rows).dropDuplicates(["k", "ts"]).groupBy(window(), "k").count(),
        "append",
        {},
    ),
    "fewer operators": (lambda rows: watched(rows).select("k"), "append", {}),
    "another operator": (lambda rows: watched(rows).dropDuplicates(["k", "ts"]), "append", {}),
    "delay": (
        lambda rows: watched(rows, "20 seconds").groupBy(window(), "k").count(),
        "append",
        {},
    ),
    "mode update": (original, "update", {}),
    "mode complete": (original, "complete", {}),
    "partitions": (original, "append", {PARTITIONS: "3"}),
    "provider": (original, "append", {PROVIDER: ROCKSDB}),
    "unknown provider": (original, "append", {PROVIDER: "java.lang.String"}),
}
# The same for a first run: what is no provider is refused where it is not overruled.
FIRST_RUNS = {
    "first run with RocksDB": {PROVIDER: ROCKSDB},
    "first run with no provider": {PROVIDER: "java.lang.String"},
}


def write(directory, name):
    directory.mkdir(parents=True, exist_ok=True)
    event = {"ts": "2024-01-01T00:00:10", "k": "a", "v": 1, "i": 1}
    (directory / f".{name}").write_text(json.dumps(event) + "\n")
    (directory / f".{name}").rename(directory / name)


def run(spark, directory, query, mode, configuration):
    """None, or the condition under which the query failed."""
    events = spark.readStream.schema("ts timestamp, k string, v bigint, i int")
    events = events.json(str(directory / "in"))
    before = {key: spark.conf.get(key, None) for key in configuration}
    for key, value in configuration.items():
        spark.conf.set(key, value)
    try:
        writer = query(events).writeStream.outputMode(mode).format("noop")
        writer = writer.option("checkpointLocation", str(directory / "checkpoint"))
        writer.trigger(availableNow=True).start().awaitTermination()
    except PySparkException as error:
        found = re.findall(r"\[([A-Z][A-Z0-9_]+(?:\.[A-Z0-9_]+)?)\]", str(error))
        return [condition for condition in found if condition != "STREAM_FAILED"][:1]
    finally:
        for key, value in before.items():
            spark.conf.unset(key) if value is None else spark.conf.set(key, value)
    return None


def all_answers(spark, directory):
    answers = {}
    for number, (name, (query, mode, configuration)) in enumerate(CHANGES.items()):
        place = directory / str(number)
        write(place / "in", "1.json")
        assert run(spark, place, original, "append", {}) is None
        write(place / "in", "2.json")
        answers[name] = run(spark, place, query, mode, configuration)
    for name, configuration in FIRST_RUNS.items():
        write(directory / name / "in", "1.json")
        answers[name] = run(spark, directory / name, original, "append", configuration)
    return answers


if __name__ == "__main__":
    from pyspark.sql import SparkSession

    session = SparkSession.builder.remote(sys.argv[1]).getOrCreate()
    session.conf.set(PARTITIONS, "2")
    with tempfile.TemporaryDirectory() as scratch:
        recorded = all_answers(session, pathlib.Path(scratch))
    json.dump(recorded, sys.stdout, indent=1)
    print()
    session.stop()
