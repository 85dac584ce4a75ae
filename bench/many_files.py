"""What many files cost a batch: in a source's directory, and in the log of a file sink.

usage: many_files.py [--files N] [--entries N] [--batches N]

The first part streams from a directory of N files to which one is added at a time; the second part
goes on with a sink's log of N entries. Times are milliseconds of the query's own progress; the memory
is the server's. HEADRACE_BINARY names the program, build/headrace otherwise.
"""

import argparse
import os
import pathlib
import statistics
import subprocess
import tempfile
import time
import uuid

from pyspark.sql import SparkSession

ROOT = pathlib.Path(__file__).resolve().parents[1]
BINARY = os.environ.get("HEADRACE_BINARY", ROOT / "build" / "headrace")


def put(directory, name):
    hidden = directory / f".{name}"
    hidden.write_text(f"{name}\n")
    hidden.rename(directory / name)


def resident_mb(process):
    status = pathlib.Path(f"/proc/{process.pid}/status").read_text()
    return int(status.split("VmRSS:")[1].split()[0]) / 1024


def run_batches(query, source, count):
    """Adds one file after the other; gives the progress of each batch, by its number."""
    progress = {}
    for number in range(count):
        put(source, f"{number:06d}-{uuid.uuid4()}")
        query.processAllAvailable()
        for one in query.recentProgress:
            if one["numInputRows"] == 1:
                progress[one["batchId"]] = one
    return progress


def summary(title, progress):
    for step in ("triggerExecution", "latestOffset", "addBatch", "walCommit", "commitOffsets"):
        times = sorted(one["durationMs"].get(step, 0) for one in progress)
        if times:
            print(f"  {title:12} {step:17} p50 {statistics.median(times):6} max {times[-1]:6}")


def listing(spark, scratch, files, batches):
    source = scratch / "in"
    source.mkdir()
    for number in range(files):
        put(source, f"old{number:06d}")
    begin = time.monotonic()
    rows = spark.readStream.text(str(source))
    query = rows.writeStream.format("noop").option("checkpointLocation", str(scratch / "c")).start()
    query.processAllAvailable()
    print(f"{files} files: the first batch took {time.monotonic() - begin:.1f} s")
    summary("one more", run_batches(query, source, batches).values())
    query.stop()


def compaction(spark, scratch, entries, batches):
    source, sink = scratch / "new", scratch / "out"
    log = sink / "_spark_metadata"
    source.mkdir()
    log.mkdir(parents=True)
    with open(log / "9.compact", "w") as compacted:
        compacted.write("v1")
        for number in range(entries):
            compacted.write(
                f'\n{{"path":"file://{sink}/part-{number:05d}-{uuid.uuid4()}-c000.txt","size":790,'
                '"isDir":false,"modificationTime":1700000000000,"blockReplication":1,'
                '"blockSize":33554432,"action":"add"}'
            )
    rows = spark.readStream.text(str(source))
    query = (
        rows.writeStream.format("text").option("checkpointLocation", str(scratch / "d"))
        .start(str(sink))
    )
    # The log goes on behind what it holds.
    progress = run_batches(query, source, batches + 10)
    query.stop()
    print(f"{entries} entries in the sink's log")
    later = {number: one for number, one in progress.items() if number >= 10}
    summary("compacted", [one for number, one in later.items() if number % 10 == 9])
    summary("others", [one for number, one in later.items() if number % 10 != 9])


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--files", type=int, default=100_000)
    parser.add_argument("--entries", type=int, default=1_000_000)
    parser.add_argument("--batches", type=int, default=50)
    wanted = parser.parse_args()
    server = subprocess.Popen([BINARY, "server", "--port", "0"], stdout=subprocess.PIPE)
    try:
        spark = SparkSession.builder.remote(server.stdout.readline().decode().split()[-1]).create()
        with tempfile.TemporaryDirectory() as scratch:
            before = resident_mb(server)
            listing(spark, pathlib.Path(scratch), wanted.files, wanted.batches)
            print(f"  memory {before:.0f} MB before, {resident_mb(server):.0f} MB after")
            before = resident_mb(server)
            compaction(spark, pathlib.Path(scratch), wanted.entries, wanted.batches)
            print(f"  memory {before:.0f} MB before, {resident_mb(server):.0f} MB after")
        spark.stop()
    finally:
        server.terminate()
        server.wait()


if __name__ == "__main__":
    main()
