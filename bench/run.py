#!/usr/bin/env python3
"""Runs the same PySpark programs on Headrace and on Apache Spark, compares results and costs.

usage: bench/run.py [--events N] [--only NAME,…] [--engine headrace|spark|both] [--binary build/headrace]

Needs a Python with a PySpark client (the environment spark-4.1 of scripts/python_environments.sh).
Each program runs once to warm up, then `--runs` times; figures are medians. Ratios are Headrace's
advantage: above 1 it is faster, or takes less.
"""

import argparse
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
import servers
import workloads

ROOT = pathlib.Path(__file__).resolve().parent.parent


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
    cpu = servers.cpu_seconds(server.pid)
    began = time.monotonic()
    query, result = program(spark, directory, scratch, name)
    query.awaitTermination()
    seconds = time.monotonic() - began
    cpu = servers.cpu_seconds(server.pid) - cpu
    batches = [p["durationMs"]["triggerExecution"] for p in query.recentProgress if "addBatch" in p["durationMs"]]
    return {"seconds": seconds, "cpu": cpu, "batch_ms": statistics.median(batches or [0]), "result": result()}


def throughput(server, spark, only, data, events, runs, scratch):
    figures = {}
    for name, (kind, program) in workloads.THROUGHPUT.items():
        if only and name not in only:
            continue
        directory = generate.ensure(data, kind, events)
        small = generate.ensure(data, kind, 8000)
        run_once(server, spark, program, small, scratch / f"{name}-warm", f"{name}_warm")
        outcomes = [
            run_once(server, spark, program, directory, scratch / f"{name}-{number}", f"{name}_{number}")
            for number in range(runs)
        ]
        median = {key: statistics.median(o[key] for o in outcomes) for key in ("seconds", "cpu", "batch_ms")}
        figures[name] = dict(
            median,
            events_per_second=events / median["seconds"],
            peak_mb=servers.peak_megabytes(server.pid),
            result=outcomes[-1]["result"],
        )
    return figures


def latency(server, spark, stateful, scratch, seconds):
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


def measure(server, arguments, data):
    only = arguments.only.split(",") if arguments.only else None
    scratch = pathlib.Path(tempfile.mkdtemp(prefix="headrace-bench-"))
    idle_mb = servers.peak_megabytes(server.pid)
    spark = connect(server.port)
    try:
        figures = {"start_seconds": server.start_seconds, "idle_mb": idle_mb}
        figures["throughput"] = throughput(server, spark, only, data, arguments.events, arguments.runs, scratch)
        figures["latency"] = {}
        for name, stateful in (("tiny_stateless", False), ("tiny_stateful", True)):
            if not only or name in only:
                figures["latency"][name] = latency(server, spark, stateful, scratch / name, arguments.latency_seconds)
        return figures
    finally:
        # Before the server: a client whose server is gone retries for minutes at its exit.
        spark.stop()
        shutil.rmtree(scratch, ignore_errors=True)


def ratio(spark, headrace):
    return f"{spark / headrace:8.1f}x" if headrace else "       -"


def report(figures):
    headrace, spark = figures.get("headrace"), figures.get("spark")
    same = True
    for engine in (headrace, spark):
        if engine:
            name = "headrace" if engine is headrace else "spark"
            print(f"{name}: start {engine['start_seconds'] * 1000:.0f} ms, {engine['idle_mb']:.0f} MB when idle")
    print(f"\n{'workload':24}{'engine':10}{'k events/s':>12}{'CPU s':>9}{'peak MB':>9}{'batch ms':>10}")
    for name in (headrace or spark)["throughput"]:
        for label, engine in (("headrace", headrace), ("spark", spark)):
            if engine:
                row = engine["throughput"][name]
                print(f"{name:24}{label:10}{row['events_per_second'] / 1000:12.0f}{row['cpu']:9.2f}{row['peak_mb']:9.0f}{row['batch_ms']:10.0f}")
        if headrace and spark:
            ours, theirs = headrace["throughput"][name], spark["throughput"][name]
            equal = ours["result"] == theirs["result"]
            same = same and equal
            print(
                f"{'':24}{'ratio':10}{ratio(theirs['seconds'], ours['seconds']):>12}{ratio(theirs['cpu'], ours['cpu']):>9}"
                f"{ratio(theirs['peak_mb'], ours['peak_mb']):>9}{ratio(theirs['batch_ms'], ours['batch_ms']):>10}"
                f"   results {'equal' if equal else 'DIFFER'} ({len(ours['result'])} rows)"
            )
    for name in (headrace or spark)["latency"]:
        for label, engine in (("headrace", headrace), ("spark", spark)):
            if engine:
                row = engine["latency"][name]
                print(f"{name:24}{label:10}p50 {row['p50_ms']:.0f} ms, p99 {row['p99_ms']:.0f} ms, {row['batches_per_second']:.0f} batches/s")
    return same


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--events", type=int, default=1_000_000)
    parser.add_argument("--runs", type=int, default=1)
    parser.add_argument("--only", default="")
    parser.add_argument("--engine", choices=("headrace", "spark", "both"), default="both")
    parser.add_argument("--binary", default=str(ROOT / "build/headrace"))
    parser.add_argument("--data", default=str(ROOT / "build/bench-data"), help="where input is kept between runs")
    parser.add_argument("--latency-seconds", type=float, default=8.0)
    parser.add_argument("--json", help="also write the figures there, without results")
    arguments = parser.parse_args()

    data = pathlib.Path(arguments.data)
    figures = {}
    for engine in ("headrace", "spark"):
        if arguments.engine not in (engine, "both"):
            continue
        server = servers.Headrace(arguments.binary) if engine == "headrace" else servers.Spark()
        try:
            figures[engine] = measure(server, arguments, data)
        finally:
            server.stop()
    same = report(figures)
    if arguments.json:
        for engine in figures.values():
            for row in engine["throughput"].values():
                del row["result"]
        pathlib.Path(arguments.json).write_text(json.dumps(figures, indent=1))
    if not same:
        raise SystemExit("results differ: the figures mean nothing")


if __name__ == "__main__":
    main()
