#!/usr/bin/env python3
"""Python functions inside queries on Headrace and on Apache Spark: results compared, costs side by side.

usage: bench/python.py [--events N] [--only NAME,…] [--engine headrace|spark|both] [--binary build/headrace]

Needs a Python with a PySpark client (the environment spark-4.1 of scripts/python_environments.sh). CPU
seconds are those of the server and of all processes below it, workers included. Ratios are Headrace's
advantage: above 1 it is faster, or takes less.
"""

import argparse
import os
import pathlib
import shutil
import statistics
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

import generate
import report
import run
import servers
from state import ROCKSDB
from workloads import files, start

ROOT = pathlib.Path(__file__).resolve().parent.parent


def tree_cpu_seconds(pid):
    """User and system time of a process and of those below it, also of those that have ended."""
    parents, seconds = {}, {}
    for entry in pathlib.Path("/proc").glob("[0-9]*"):
        try:
            fields = (entry / "stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        parents[int(entry.name)] = int(fields[1])
        seconds[int(entry.name)] = sum(map(int, fields[11:15])) / servers.TICKS

    def below(process):
        while process not in (0, 1, pid):
            process = parents.get(process, 0)
        return process == pid

    return sum(value for process, value in seconds.items() if below(process))


def counted(groups):
    """applyInPandasWithState that counts and adds up by user."""

    def program(spark, directory, scratch, name):
        from pyspark.sql import functions as F
        from pyspark.sql.streaming.state import GroupStateTimeout

        def count(key, frames, state):
            import pandas

            n, total = state.get if state.exists else (0, 0.0)
            for frame in frames:
                n += len(frame)
                total += frame.value.sum()
            state.update((n, total))
            yield pandas.DataFrame({"user": [key[0]], "n": [n], "total": [total]})

        readings = files(spark, "json", "user LONG, value DOUBLE, kind STRING", directory)
        users = readings.withColumn("user", F.col("user") % groups).groupBy("user")
        frame = users.applyInPandasWithState(
            count, "user LONG, n LONG, total DOUBLE", "n LONG, total DOUBLE", "update", GroupStateTimeout.NoTimeout
        )
        query = start(frame.writeStream.format("memory").outputMode("update"), scratch, name)

        def result():
            last = spark.table(name).groupBy("user").agg(F.max("n"), F.round(F.max("total"), 3))
            return sorted(tuple(row) for row in last.collect())

        return query, result

    return program


def stays(spark, directory, scratch, name):
    """transformWithState with a list, a map and timers: what users did within ten minutes of a first visit."""
    from pyspark.sql import functions as F
    from pyspark.sql.streaming import StatefulProcessor

    class Stays(StatefulProcessor):
        def init(self, handle):
            self.handle = handle
            self.times = handle.getListState("times", "ms LONG")
            self.pages = handle.getMapState("pages", "page STRING", "n LONG")

        def handleInputRows(self, key, frames, timerValues):
            for frame in frames:
                if not self.times.exists():
                    self.handle.registerTimer(int(frame.ms.min()) + 600_000)
                self.times.appendList([(int(ms),) for ms in frame.ms])
                for page in frame.page:
                    known = self.pages.getValue((page,))
                    self.pages.updateValue((page,), (1 if known is None else known[0] + 1,))
            return iter(())

        def handleExpiredTimer(self, key, timerValues, expiredTimerInfo):
            import pandas

            times = [ms for (ms,) in self.times.get()]
            most = max(n for (n,) in self.pages.values())
            told = {"user": [key[0]], "visits": [len(times)], "last": [max(times)], "most": [most]}
            self.times.clear()
            self.pages.clear()
            yield pandas.DataFrame(told)

        def close(self):
            pass

    visits = files(spark, "json", "user LONG, page STRING, at TIMESTAMP", directory)
    users = visits.withColumn("ms", F.unix_millis("at")).withWatermark("at", "10 seconds").groupBy("user")
    output = "user LONG, visits LONG, last LONG, most LONG"
    spark.conf.set("spark.sql.streaming.stateStore.providerClass", ROCKSDB)  # Spark has no other for it
    try:
        frame = users.transformWithStateInPandas(Stays(), output, "append", "EventTime")
        query = start(frame.writeStream.format("memory").outputMode("append"), scratch, name)
    finally:
        spark.conf.unset("spark.sql.streaming.stateStore.providerClass")
    return query, lambda: sorted(tuple(row) for row in spark.table(name).collect())


def arrow_functions(spark, directory, scratch, name):
    from pyspark.sql import functions as F

    @F.pandas_udf("double")
    def scaled(values):
        return values * 2 + 1

    readings = files(spark, "json", "user LONG, value DOUBLE, kind STRING", directory)
    totals = readings.select("kind", scaled("value").alias("v")).groupBy("kind").agg(F.count("*"), F.round(F.sum("v"), 1))
    query = start(totals.writeStream.format("memory").outputMode("complete"), scratch, name)
    return query, lambda: sorted(tuple(row) for row in spark.table(name).collect())


def each_batch(spark, directory, scratch, name):
    def nothing(batch, batch_id):
        pass

    readings = files(spark, "json", "user LONG, value DOUBLE, kind STRING", directory)
    return start(readings.writeStream.foreachBatch(nothing), scratch, name), lambda: []


def no_function(spark, directory, scratch, name):
    readings = files(spark, "json", "user LONG, value DOUBLE, kind STRING", directory)
    return start(readings.writeStream.format("noop"), scratch, name), lambda: []


class Done:
    """What a query is to those who wait for it, of a DataFrame that is no stream."""

    recentProgress = ()

    def __init__(self, frame):
        self.rows = sorted(tuple(row) for row in frame.collect())

    def awaitTermination(self):
        pass


def over_windows(frame):
    """A pandas function over windows: `frame` of the rows of 1000 partitions in order; none: whole partitions."""

    def program(spark, directory, scratch, name):
        import pandas
        from pyspark.sql import Window
        from pyspark.sql import functions as F

        @F.pandas_udf("double")
        def mean(values: pandas.Series) -> float:
            return values.mean()

        readings = spark.read.schema("user LONG, value DOUBLE, kind STRING").json(str(directory))
        window = Window.partitionBy(F.col("user") % 1000)
        if frame:
            window = window.orderBy("user", "value", "kind").rowsBetween(*frame)
        means = readings.select("kind", mean("value").over(window).alias("m"))
        done = Done(means.groupBy("kind").agg(F.count("*"), F.round(F.sum("m"), 1)))
        return done, lambda: done.rows

    return program


WORKLOADS = {
    "state_many_groups": counted(2_000),
    "state_few_groups": counted(20),
    "transform_with_state": stays,
    "pandas_udf": arrow_functions,
    "window_whole_partition": over_windows(None),
    "window_rows": over_windows((-9, 0)),
    "foreach_batch": each_batch,
    "without_foreach_batch": no_function,
}
# What is not about readings.
INPUTS = {"transform_with_state": "visits"}


def measure(server, arguments, data):
    only = arguments.only.split(",") if arguments.only else WORKLOADS
    scratch = pathlib.Path(tempfile.mkdtemp(prefix="headrace-bench-"))
    spark = run.connect(server.port)
    figures = {}
    try:
        for name in only:
            program, kind = WORKLOADS[name], INPUTS.get(name, "readings")
            directory, small = generate.ensure(data, kind, arguments.events), generate.ensure(data, kind, 8000)
            query, _ = program(spark, small, scratch / f"{name}-warm", f"{name}_warm")
            query.awaitTermination()
            cpu, began = tree_cpu_seconds(server.pid), time.monotonic()
            query, result = program(spark, directory, scratch / name, name)
            query.awaitTermination()
            seconds, cpu = time.monotonic() - began, tree_cpu_seconds(server.pid) - cpu
            batches = [p["durationMs"]["triggerExecution"] for p in query.recentProgress if "addBatch" in p["durationMs"]]
            batches = batches or [seconds * 1000]
            figures[name] = {"seconds": seconds, "cpu": cpu, "batch_ms": statistics.median(batches), "result": result()}
    finally:
        spark.stop()
        shutil.rmtree(scratch, ignore_errors=True)
    return figures


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--events", type=int, default=80_000)
    parser.add_argument("--only", default="")
    parser.add_argument("--engine", choices=("headrace", "spark", "both"), default="both")
    parser.add_argument("--binary", default=str(ROOT / "build/headrace"))
    parser.add_argument("--data", default=str(ROOT / "build/bench-data"), help="where input is kept between runs")
    arguments = parser.parse_args()
    os.environ["PYSPARK_PYTHON"] = sys.executable  # of the workers
    figures = {}
    for engine in ("headrace", "spark"):
        if arguments.engine not in (engine, "both"):
            continue
        server = servers.Headrace(arguments.binary) if engine == "headrace" else servers.Spark()
        try:
            figures[engine] = measure(server, arguments, pathlib.Path(arguments.data))
        finally:
            server.stop()
    print(f"{'workload':24}{'engine':10}{'k events/s':>12}{'CPU s':>9}{'batch ms':>10}")
    for name in next(iter(figures.values())):
        for engine, all_of_it in figures.items():
            row = all_of_it[name]
            print(f"{name:24}{engine:10}{arguments.events / row['seconds'] / 1000:12.1f}{row['cpu']:9.2f}{row['batch_ms']:10.0f}")
        if len(figures) == 2:
            ours, theirs = figures["headrace"][name], figures["spark"][name]
            equal = "equal" if ours["result"] == theirs["result"] else "DIFFER"
            ratios = [report.ratio(theirs[key], ours[key]) for key in ("seconds", "cpu", "batch_ms")]
            print(f"{'':24}{'ratio':10}{ratios[0]:>12}{ratios[1]:>9}{ratios[2]:>10}   results {equal} ({len(ours['result'])} rows)")


if __name__ == "__main__":
    main()
