#!/usr/bin/env python3
"""Which streaming queries are refused, and how: one operation, or one on top of another, in each mode.

usage: checks.py --binary build/headrace [--only TEXT]
       checks.py --url sc://HOST:PORT [--record] [--only TEXT]

Apache Spark was asked for each combination; `checks_answers.json` holds what it said: "" where the
query starts, or the error's condition with what tells the `_LEGACY_ERROR_TEMP_3102` from each other.
"""

import argparse
import json
import pathlib
import subprocess
import sys
import tempfile

ANSWERS = pathlib.Path(__file__).resolve().parent / "checks_answers.json"
MODES = ["append", "update", "complete"]
FIVE, TEN = "5 minutes", "10 minutes"


def inputs(spark):
    """Streams with the columns k, v, ts: without and with a watermark; a table of them."""
    plain = spark.readStream.format("rate").load().selectExpr("value % 3 AS k", "value AS v", "timestamp AS ts")
    static = spark.range(3).selectExpr("id AS k", "id AS v", "current_timestamp() AS ts")
    return {"plain": plain, "watermark": plain.withWatermark("ts", TEN), "static": static}


def operations(spark, F, given):
    """From k, v, ts to k, v, ts."""
    static = given["static"]
    other = given["plain"].withColumnsRenamed({"k": "k2", "v": "v2", "ts": "ts2"}).withWatermark("ts2", TEN)
    few = static.withColumnsRenamed({"k": "k2", "v": "v2", "ts": "ts2"})
    columns = ["k", "v", "ts"]
    near = F.expr("k = k2 AND ts2 >= ts AND ts2 <= ts + interval 5 minutes")
    from pyspark.sql import Window

    def windowed(df, window):
        return df.groupBy(window.alias("w"), "k").agg(F.count("v").alias("v")).select("k", "v", F.window_time("w").alias("ts"))

    def in_windows(df, k, v, ts):
        suffix = k.removeprefix("k")
        return df.select(k, v, ts, F.window(ts, FIVE).alias("w" + suffix))

    def view(df, sql):
        df.createOrReplaceTempView("it")
        return spark.sql(sql)

    return {
        "select": lambda df: df.select("k", (F.col("v") + 1).alias("v"), "ts"),
        "filter": lambda df: df.where("v > 0"),
        "tumbling": lambda df: windowed(df, F.window("ts", FIVE)),
        "sliding": lambda df: windowed(df, F.window("ts", TEN, FIVE)),
        "session": lambda df: windowed(df, F.session_window("ts", FIVE)),
        "window column": lambda df: df.select("k", "v", F.window("ts", FIVE).alias("w")).select("k", "v", F.window_time("w").alias("ts")),
        "group by k": lambda df: df.groupBy("k").agg(F.count("v").alias("v"), F.max("ts").alias("ts")),
        "group by k, ts": lambda df: df.groupBy("k", "ts").agg(F.count("v").alias("v")).select(*columns),
        "group by ts + 0": lambda df: df.groupBy("k", F.expr("ts + interval 0 seconds").alias("t")).agg(F.count("v").alias("v")).selectExpr("k", "v", "t AS ts"),
        "global": lambda df: df.agg(F.max("k").alias("k"), F.count("v").alias("v"), F.max("ts").alias("ts")),
        "grouping sets": lambda df: view(df, "SELECT k, count(v) AS v, max(ts) AS ts FROM it GROUP BY k, v GROUPING SETS ((k), (k, v), ())"),
        "rollup": lambda df: df.rollup("k").agg(F.count("v").alias("v"), F.max("ts").alias("ts")),
        "cube with ts": lambda df: df.cube("k", "ts").agg(F.count("v").alias("v")).select(*columns),
        "count distinct": lambda df: df.groupBy(F.window("ts", FIVE).alias("w"), "k").agg(F.countDistinct("v").alias("v")).select("k", "v", F.window_time("w").alias("ts")),
        "distinct()": lambda df: df.distinct(),
        "select distinct": lambda df: view(df, "SELECT DISTINCT k, v, ts FROM it"),
        "select distinct k": lambda df: view(df, "SELECT k, 1L AS v, current_timestamp() AS ts FROM (SELECT DISTINCT k FROM it)"),
        "dedup k": lambda df: df.dropDuplicates(["k"]),
        "dedup k, ts": lambda df: df.dropDuplicates(["k", "ts"]),
        "dedup within": lambda df: df.dropDuplicatesWithinWatermark(["k"]),
        "limit": lambda df: df.limit(3),
        "offset": lambda df: df.offset(1),
        "sort": lambda df: df.orderBy("v"),
        "sample": lambda df: df.sample(0.5),
        "rank": lambda df: df.select("k", F.row_number().over(Window.partitionBy("k").orderBy("v")).alias("v"), "ts"),
        "id": lambda df: df.select("k", F.monotonically_increasing_id().alias("v"), "ts"),
        "rand": lambda df: df.select("k", F.rand().alias("v"), F.current_timestamp().alias("ts")),
        "explode": lambda df: df.select("k", F.explode(F.array("v", "k")).alias("v"), "ts"),
        "dropna": lambda df: df.dropna(),
        "observe": lambda df: df.observe("seen", F.count(F.lit(1)).alias("n")),
        "repartition": lambda df: df.repartition(2, "k"),
        "coalesce": lambda df: df.coalesce(1),
        "sort within partitions": lambda df: df.sortWithinPartitions("v"),
        "unpivot": lambda df: df.unpivot(["k", "ts"], ["v"], "name", "v").select(*columns),
        "union stream": lambda df: df.union(given["plain"]),
        "union itself": lambda df: df.union(df),
        "static union": lambda df: static.union(df),
        "union static": lambda df: df.union(static),
        "intersect static": lambda df: df.intersect(static),
        "intersect stream": lambda df: df.intersect(given["plain"]),
        "intersectAll static": lambda df: df.intersectAll(static),
        "static intersect": lambda df: static.intersect(df),
        "except stream": lambda df: df.subtract(given["plain"]),
        "static exceptAll": lambda df: static.exceptAll(df),
        "except static": lambda df: df.subtract(static),
        "exceptAll static": lambda df: df.exceptAll(static),
        "static except": lambda df: static.subtract(df),
        "join static": lambda df: df.join(few, near).select(*columns),
        "left join static": lambda df: df.join(few, near, "left").select(*columns),
        "right join static": lambda df: df.join(few, near, "right").select(*columns),
        "full join static": lambda df: df.join(few, near, "full").select(*columns),
        "semi join static": lambda df: df.join(few, near, "left_semi"),
        "anti join static": lambda df: df.join(few, near, "left_anti"),
        "static left join": lambda df: few.join(df, near, "left").select(*columns),
        "static right join": lambda df: few.join(df, near, "right").select(*columns),
        "static semi join": lambda df: few.join(df, near, "left_semi").selectExpr("k2 AS k", "v2 AS v", "ts2 AS ts"),
        "static anti join": lambda df: few.join(df, near, "left_anti").selectExpr("k2 AS k", "v2 AS v", "ts2 AS ts"),
        "join stream": lambda df: df.join(other, near).select(*columns),
        "join stream on k": lambda df: df.join(other, F.expr("k = k2")).select(*columns),
        "left join stream": lambda df: df.join(other, near, "left").select(*columns),
        "left join stream on k": lambda df: df.join(other, F.expr("k = k2"), "left").select(*columns),
        "join stream in windows": lambda df: in_windows(df, "k", "v", "ts").join(in_windows(other, "k2", "v2", "ts2"), F.expr("k = k2 AND w = w2")).select(*columns),
        "left join stream in windows": lambda df: in_windows(df, "k", "v", "ts").join(in_windows(other, "k2", "v2", "ts2"), F.expr("k = k2 AND w = w2"), "left").select(*columns),
        "join stream in a range": lambda df: df.join(other, F.expr("ts2 >= ts AND ts2 <= ts + interval 5 minutes")).select(*columns),
        "cross join stream": lambda df: df.crossJoin(other).select(*columns),
        "cross join static": lambda df: df.crossJoin(few).select(*columns),
        "join itself": lambda df: df.join(df.selectExpr("k AS k2", "v AS v2", "ts AS ts2"), near).select(*columns),
        "right join stream on k": lambda df: df.join(other, F.expr("k = k2"), "right").select(*columns),
        "full join stream on k": lambda df: df.join(other, F.expr("k = k2"), "full").select(*columns),
        "semi join stream on k": lambda df: df.join(other, F.expr("k = k2"), "left_semi"),
        "right join stream": lambda df: df.join(other, near, "right").select(*columns),
        "full join stream": lambda df: df.join(other, near, "full").select(*columns),
        "semi join stream": lambda df: df.join(other, near, "left_semi"),
        "anti join stream": lambda df: df.join(other, near, "left_anti"),
        "pivot": lambda df: df.groupBy("k").pivot("k", [0, 1]).agg(F.count("v")).selectExpr("k", "`0` AS v", "current_timestamp() AS ts"),
        "pivot of windows": lambda df: df.groupBy(F.window("ts", FIVE).alias("w"), "k").pivot("v", [0, 1]).agg(F.count("v")).select("k", F.col("0").alias("v"), F.window_time("w").alias("ts")),
        "pivot of texts": lambda df: df.groupBy("k").pivot("v", [0, 1]).agg(F.max(F.col("v").cast("string"))).selectExpr("k", "cast(`0` AS bigint) AS v", "current_timestamp() AS ts"),
        "two windows": lambda df: df.groupBy(F.window("ts", FIVE), F.window("ts", TEN)).agg(F.count("v").alias("v")),
        "window and session": lambda df: df.groupBy(F.window("ts", FIVE), F.session_window("ts", FIVE)).agg(F.count("v").alias("v")),
        "withWatermark": lambda df: df.withWatermark("ts", FIVE),
        "subquery": lambda df: view(df, "SELECT k, v, ts FROM it WHERE v > (SELECT max(v) FROM it)"),
    }


# Stacked on each other: the kinds of state, and what they pass through.
STACKED = [
    "tumbling", "session", "group by k", "group by k, ts", "global", "distinct()", "select distinct", "dedup k",
    "dedup k, ts", "dedup within", "limit", "sort", "join stream", "left join stream", "left join static", "union stream",
    "withWatermark",
]  # fmt: skip


# What is refused above an aggregation, or not.
ABOVE_AGGREGATION = [
    "offset", "sample", "rank", "id", "pivot", "pivot of windows", "pivot of texts", "rollup", "grouping sets", "count distinct", "window column", "union static",
    "intersect static", "except static", "static except", "right join static", "full join static", "anti join static",
    "static left join", "static semi join", "right join stream", "full join stream", "semi join stream", "anti join stream",
    "cross join stream", "sort within partitions", "observe",
]  # fmt: skip

# Three operators with state in one query.
CHAINED = ["tumbling", "session", "dedup within", "dedup k, ts", "join stream", "left join stream"]

# A check that the user may switch off.
CORRECTNESS = "spark.sql.streaming.statefulOperator.checkCorrectness.enabled"


def combinations(names):
    """(label, input, operations from the source on, what is switched off)"""
    for given in ["plain", "watermark"]:
        yield given, given, [], None
        for name in names:
            yield f"{given} | {name}", given, [name], None
        for first in STACKED:
            for second in STACKED:
                yield f"{given} | {first} | {second}", given, [first, second], None
        for first in ["tumbling", "global"]:
            for second in ABOVE_AGGREGATION:
                yield f"{given} | {first} | {second}", given, [first, second], None
    for first in CHAINED:
        for second in CHAINED:
            yield f"watermark | {first} | {second}, {CORRECTNESS}", "watermark", [first, second], CORRECTNESS
            for third in CHAINED:
                yield f"watermark | {first} | {second} | {third}", "watermark", [first, second, third], None


def brief(error):
    condition = error.getCondition() if hasattr(error, "getCondition") else error.getErrorClass()
    if condition is None:
        return f"{type(error).__name__}: {str(error).splitlines()[0][:60]}"
    parameters = (error.getMessageParameters() if hasattr(error, "getMessageParameters") else None) or {}
    if condition.startswith("STREAMING_OUTPUT_MODE"):
        return f"{condition} {parameters.get('outputMode')}: {parameters.get('operation')}"
    if condition == "_LEGACY_ERROR_TEMP_3102":
        # The sentences are each engine's own from here on.
        return condition + ": " + " ".join(parameters.get("msg", "").replace(";", " ").split()[:4])
    return condition


def started(df, directory, label, mode):
    """What the user sees of a start."""
    query = df.writeStream.format("noop").outputMode(mode).option("checkpointLocation", f"{directory}/{abs(hash((label, mode)))}")
    try:
        query.trigger(processingTime="1 hour").start().stop()
    except Exception as error:  # noqa: BLE001
        return brief(error)
    return ""


def answers_of(spark, known, given, directory, label, names, switched_off):
    """The answer in each mode."""
    try:
        df = given
        for name in names:
            df = known[name](df)
    except Exception as error:  # noqa: BLE001
        return dict.fromkeys(MODES, brief(error))
    if switched_off:
        spark.conf.set(switched_off, "false")
    try:
        return {mode: started(df, directory, label, mode) for mode in MODES}
    finally:
        if switched_off:
            spark.conf.unset(switched_off)


def run(url, arguments):
    from pyspark.sql import SparkSession

    spark = SparkSession.builder.remote(url).getOrCreate()
    from pyspark.sql import functions as F

    answers, failed, asked = {}, 0, 0
    recorded = json.loads(ANSWERS.read_text())["answers"] if ANSWERS.exists() else {}
    try:
        with tempfile.TemporaryDirectory() as directory:
            given = inputs(spark)
            known = operations(spark, F, given)
            for label, name, chain, switched_off in combinations(list(known)):
                if (arguments.only and arguments.only not in label) or (arguments.record and label in recorded):
                    continue
                answers[label] = answers_of(spark, known, given[name], directory, label, chain, switched_off)
                asked += 1
                if arguments.record or answers[label] == recorded.get(label):
                    continue
                failed += 1
                print(f"{label}\n  expected {json.dumps(recorded.get(label))}\n  but got  {json.dumps(answers[label])}", flush=True)
    finally:
        if arguments.record:
            recorded.update(answers)
            lines = ",\n".join(f"{json.dumps(label)}: {json.dumps(recorded[label])}" for label in recorded)
            ANSWERS.write_text(f'{{"spark": "{spark.version}", "answers": {{\n{lines}\n}}}}\n')
        # Before the server ends: a client whose server is gone retries for minutes.
        spark.stop()
    print(f"{asked - failed} passed, {failed} failed")
    return failed


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    server = parser.add_mutually_exclusive_group(required=True)
    server.add_argument("--url", help="of a server that runs")
    server.add_argument("--binary", help="headrace, to start a server of it")
    parser.add_argument("--record", action="store_true", help="write the answers that are missing; only for real Spark")
    parser.add_argument("--only", help="only combinations whose label has this text")
    arguments = parser.parse_args()
    if not arguments.binary:
        sys.exit(1 if run(arguments.url, arguments) else 0)
    process = subprocess.Popen([arguments.binary, "server", "--port", "0"], stdout=subprocess.PIPE, text=True)
    try:
        failed = run(process.stdout.readline().split()[-1], arguments)
    finally:
        process.terminate()
        process.wait()
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
