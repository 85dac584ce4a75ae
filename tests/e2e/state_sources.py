"""What the sources `statestore` and `state-metadata` answer, asked the same way of each engine.

usage: state_sources.py URL > answers/state_sources.json    records Apache Spark's answers
"""

import json
import pathlib
import sys
import tempfile

from pyspark.errors import PySparkException
from pyspark.sql import functions as F

EVENTS = "ts timestamp, k string, v bigint"
BATCHES = [
    [("2024-01-01T00:00:10", "a", 1), ("2024-01-01T00:00:20", "b", 2)],
    [("2024-01-01T00:01:10", "a", 5), ("2024-01-01T00:00:20", "b", 7)],
    [("2024-01-01T00:10:10", None, 5)],
]
WINDOWED, PLAIN = "windowed", "plain"
QUERIES = {
    WINDOWED: (
        "append",
        lambda rows: rows.withWatermark("ts", "30 seconds")
        .groupBy(F.window("ts", "1 minute"), "k")
        .agg(F.count("*"), F.sum("v"), F.avg("v")),
    ),
    PLAIN: ("update", lambda rows: rows.groupBy("k").agg(F.count("*"), F.max("v"), F.first("v"))),
    "duplicates": (
        "append",
        lambda rows: rows.withWatermark("ts", "30 seconds").dropDuplicates(["k", "ts"]),
    ),
    "within": (
        "append",
        lambda rows: rows.withWatermark("ts", "30 seconds").dropDuplicatesWithinWatermark(["k"]),
    ),
    "stateless": ("append", lambda rows: rows.select("k")),
}
READS = [
    *[("statestore", name, {}) for name in QUERIES],
    *[("state-metadata", name, {}) for name in QUERIES],
    ("statestore", "absent", {}),
    ("state-metadata", "absent", {}),
    ("statestore", None, {}),
    ("state-metadata", None, {}),
    *[
        ("statestore", WINDOWED, options)
        for options in [
            *[{"batchId": batch} for batch in ("0", "1", "2", "3", "99", "-1", "x")],
            *[{"operatorId": operator} for operator in ("0", "1", "-1", "x")],
            {"storeName": ""},
            {"storeName": "default"},
            {"joinSide": "none"},
            {"joinSide": "left"},
            {"joinSide": "LEFT"},
            {"joinSide": "left", "storeName": "default"},
            {"unknown": "option"},
            {"snapshotStartBatchId": "0"},
            {"snapshotPartitionId": "0"},
            {"snapshotStartBatchId": "-1", "snapshotPartitionId": "0"},
            {"snapshotStartBatchId": "0", "snapshotPartitionId": "-1"},
            {"snapshotStartBatchId": "0", "snapshotPartitionId": "9"},
            {"snapshotStartBatchId": "1", "snapshotPartitionId": "0", "batchId": "0"},
            {"readChangeFeed": "true"},
            {"readChangeFeed": "true", "changeStartBatchId": "0"},
            {"readChangeFeed": "true", "changeStartBatchId": "0", "changeEndBatchId": "1"},
            {"readChangeFeed": "true", "changeStartBatchId": "2", "changeEndBatchId": "1"},
            {"readChangeFeed": "true", "changeStartBatchId": "0", "changeEndBatchId": "77"},
            {"readChangeFeed": "true", "changeStartBatchId": "-1"},
            {"readChangeFeed": "true", "changeStartBatchId": "0", "batchId": "1"},
            {"readChangeFeed": "true", "changeStartBatchId": "0", "joinSide": "left"},
            {"changeStartBatchId": "0"},
            {"changeEndBatchId": "0"},
            {"flattenCollectionTypes": "false"},
            {"flattenCollectionTypes": "x"},
            {"readRegisteredTimers": "x"},
        ]
    ],
]


def run_query(spark, directory, mode, build):
    """A query's batches one after the other, with a restart before each."""
    events = directory / "in"
    events.mkdir(parents=True)
    for number, batch in enumerate(BATCHES):
        lines = [json.dumps(dict(zip(("ts", "k", "v"), row))) for row in batch]
        hidden = events / f".{number}"
        hidden.write_text("\n".join(lines) + "\n")
        hidden.rename(events / f"{number}.json")
        stream = build(spark.readStream.schema(EVENTS).json(str(events)))
        writer = stream.writeStream.outputMode(mode).format("noop").trigger(availableNow=True)
        writer.option("checkpointLocation", str(directory / "checkpoint")).start().awaitTermination()


def run_queries(spark, directory):
    """Gives the names of the queries that the engine does not support yet."""
    unsupported = set()
    for name, (mode, build) in QUERIES.items():
        try:
            run_query(spark, directory / name, mode, build)
        except PySparkException as error:
            if error.getCondition() != "UNSUPPORTED_FEATURE":
                raise
            unsupported.add(name)
    return unsupported


def answer(spark, directory, source, name, options):
    """Columns and rows, or the error. Rows are spread over partitions by each engine's own hash."""
    reader = spark.read.format(source).options(**options)
    try:
        path = [] if name is None else [str(directory / name / "checkpoint")]
        table = reader.load(*path)
        rows = [
            {field: value for field, value in row.asDict().items() if field != "partition_id"}
            for row in table.collect()
        ]
    except PySparkException as error:
        parameters = error.getMessageParameters() or {}
        return {
            "error": type(error).__name__,
            "condition": error.getCondition(),
            "parameters": {
                key: value.replace(str(directory), "…") for key, value in parameters.items()
            },
        }
    return {"columns": table.schema.simpleString(), "rows": sorted(map(str, rows))}


def all_answers(spark, directory):
    unsupported = run_queries(spark, directory)
    return {
        f"{source} {name} {json.dumps(options)}": answer(spark, directory, source, name, options)
        for source, name, options in READS
        if name not in unsupported
    }


if __name__ == "__main__":
    from pyspark.sql import SparkSession

    session = SparkSession.builder.remote(sys.argv[1]).getOrCreate()
    session.conf.set("spark.sql.session.timeZone", "UTC")
    session.conf.set("spark.sql.shuffle.partitions", "2")
    with tempfile.TemporaryDirectory() as scratch:
        answers = all_answers(session, pathlib.Path(scratch))
    json.dump(answers, sys.stdout, indent=1, ensure_ascii=False)
    print()
    session.stop()
