#!/usr/bin/env python3
"""Runs the same PySpark programs on Headrace and on Apache Spark, compares results and costs.

usage: bench/run.py [--events N] [--only NAME,…] [--engine headrace|spark|both] [--binary build/headrace]

See bench/README.md. Needs a Python with a PySpark client (the environment spark-4.1 of
scripts/python_environments.sh). Ratios are Headrace's advantage: above 1 it is faster, or takes less.
"""

import argparse
import functools
import json
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
import servers
import state
import workloads

ROOT = pathlib.Path(__file__).resolve().parent.parent
TINY = {"tiny_stateless": False, "tiny_stateful": True}
RESTARTS = {"restart_million_keys": False, "restart_million_keys_rocksdb": True}
NAMES = [*workloads.THROUGHPUT, *TINY, *RESTARTS, "memory_budget"]


def connect(port):
    # functions.* are to build Connect expressions from the first call on.
    os.environ["SPARK_CONNECT_MODE_ENABLED"] = "1"
    from pyspark.sql import SparkSession

    spark = SparkSession.builder.remote(f"sc://127.0.0.1:{port}").create()
    spark.conf.set("spark.sql.shuffle.partitions", "2")
    spark.conf.set("spark.sql.session.timeZone", "UTC")
    return spark


def run_once(server, spark, program, directory, scratch, name):
    """One run to the end: seconds, CPU seconds, batch milliseconds, result."""
    scratch.mkdir(parents=True)
    servers.reset_peak(server.pid)
    cpu = servers.cpu_seconds(server.pid)
    began = time.monotonic()
    query, result = program(spark, directory, scratch, name)
    query.awaitTermination()
    seconds = time.monotonic() - began
    cpu = servers.cpu_seconds(server.pid) - cpu
    peak = servers.peak_megabytes(server.pid)
    batches = [p["durationMs"]["triggerExecution"] for p in query.recentProgress if "addBatch" in p["durationMs"]]
    figures = {"seconds": seconds, "cpu": cpu, "peak_mb": peak, "batch_ms": statistics.median(batches or [0])}
    return {**figures, "result": result()}


def throughput(spark, server, name, data, events, runs, scratch):
    """A program on a server of its own, so that nothing of another one counts."""
    kind, program = workloads.THROUGHPUT[name]
    events //= workloads.PARTS.get(name, 1)
    directory = generate.ensure(data, kind, events)
    # Spark's compiler needs some batches; Headrace does not, but gets the same.
    small = generate.ensure(data, kind, max(8000, events // 8))
    run_once(server, spark, program, small, scratch / "warm", f"{name}_warm")
    outcomes = [
        run_once(server, spark, program, directory, scratch / str(number), f"{name}_{number}") for number in range(runs)
    ]
    median = {key: statistics.median(o[key] for o in outcomes) for key in ("seconds", "cpu", "peak_mb", "batch_ms")}
    return {**median, "events_per_second": events / median["seconds"], "result": outcomes[-1]["result"]}


def latency(spark, stateful, scratch, seconds):
    """Batches of ten rows one after the other."""
    scratch.mkdir(parents=True)
    query = workloads.tiny_batches(spark, scratch, stateful)
    time.sleep(seconds)
    query.stop()
    batches = sorted(p["durationMs"]["triggerExecution"] for p in query.recentProgress if "addBatch" in p["durationMs"])
    last = query.lastProgress
    return {
        "p50_ms": statistics.median(batches),
        "p99_ms": batches[min(len(batches) - 1, len(batches) * 99 // 100)],
        "batches_per_second": last["batchId"] / seconds,
    }


class Bench:
    def __init__(self, arguments, scratch):
        self.arguments, self.scratch = arguments, scratch
        self.data = pathlib.Path(arguments.data)
        makers = {"headrace": functools.partial(servers.Headrace, arguments.binary), "spark": servers.Spark}
        self.makers = {k: v for k, v in makers.items() if arguments.engine in (k, "both")}
        self.only = arguments.only.split(",") if arguments.only else NAMES
        unknown = set(self.only) - set(NAMES)
        if unknown:
            raise SystemExit(f"unknown: {', '.join(sorted(unknown))}; there are {', '.join(NAMES)}")
        self.figures = {"servers": {}, "throughput": {}, "latency": {}, "restart": {}}

    def on_server(self, label, measure):
        """measure(spark, server) on a new server, which ends afterwards."""
        server = self.makers[label]()
        try:
            started = {"start_ms": server.start_seconds * 1000, "idle_mb": servers.peak_megabytes(server.pid)}
            self.figures["servers"].setdefault(label, started)
            spark = connect(server.port)
            try:
                return measure(spark, server)
            finally:
                # Before the server: a client whose server is gone retries for minutes at its exit.
                spark.stop()
        finally:
            server.stop()

    def run(self):
        arguments = self.arguments
        for name in self.only:
            print(f"… {name}", file=sys.stderr, flush=True)
            for label, make in self.makers.items():
                scratch = self.scratch / name / label
                if name in workloads.THROUGHPUT:
                    found = self.on_server(
                        label,
                        lambda spark, server: throughput(
                            spark, server, name, self.data, arguments.events, arguments.runs, scratch
                        ),
                    )
                    self.figures["throughput"].setdefault(name, {})[label] = found
                elif name in TINY:
                    found = self.on_server(
                        label, lambda spark, _: latency(spark, TINY[name], scratch, arguments.latency_seconds)
                    )
                    self.figures["latency"].setdefault(name, {})[label] = found
                elif name in RESTARTS:
                    found = state.restart(make, connect, self.data, 1_100_000, scratch, RESTARTS[name])
                    self.figures["restart"].setdefault(name, {})[label] = found
                elif label == "headrace":
                    self.figures["budget"] = state.memory_budget(make, connect, self.data, 1_100_000, scratch)
                shutil.rmtree(scratch, ignore_errors=True)

    def report(self):
        report.starts(self.figures["servers"])
        same = report.throughput(self.figures["throughput"], workloads.SUMS_OF_DOUBLES)
        report.latency(self.figures["latency"])
        report.restarts(self.figures["restart"])
        if "budget" in self.figures:
            same = report.budget(self.figures["budget"]) and same
        return same


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--events", type=int, default=1_200_000)
    parser.add_argument("--runs", type=int, default=1)
    parser.add_argument("--only", default="", help=", ".join(NAMES))
    parser.add_argument("--engine", choices=("headrace", "spark", "both"), default="both")
    parser.add_argument("--binary", default=str(ROOT / "build/headrace"))
    parser.add_argument("--data", default=str(ROOT / "build/bench-data"), help="where input is kept between runs")
    parser.add_argument("--latency-seconds", type=float, default=8.0)
    parser.add_argument("--json", help="also write the figures there, without results")
    arguments = parser.parse_args()

    scratch = pathlib.Path(tempfile.mkdtemp(prefix="headrace-bench-"))
    bench = Bench(arguments, scratch)
    try:
        bench.run()
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    same = bench.report()
    if arguments.json:
        for engines in bench.figures["throughput"].values():
            for row in engines.values():
                del row["result"]
        pathlib.Path(arguments.json).write_text(json.dumps(bench.figures, indent=1))
    if not same:
        raise SystemExit("results differ: the figures mean nothing")


if __name__ == "__main__":
    main()
