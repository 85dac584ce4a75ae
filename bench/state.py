"""What a large state costs: to start again with it, and to keep it in a tenth of its memory."""

import json
import shutil
import time

import generate
import servers
import workloads

ROCKSDB = "org.apache.spark.sql.execution.streaming.state.RocksDBStateStoreProvider"


def state_of(query):
    """Keys and bytes as of the last batch."""
    progress = query.lastProgress
    operator = (progress if isinstance(progress, dict) else json.loads(progress.json))["stateOperators"][0]
    return operator["numRowsTotal"], operator["memoryUsedBytes"]


def restart(make_server, connect, data, events, scratch, rocksdb):
    """Seconds from start() in a new server process to the end of the first batch."""
    directory = scratch / "input"
    directory.mkdir(parents=True)
    all_files = sorted(generate.ensure(data, "clicks", events).iterdir())
    for file in all_files:
        shutil.copy2(file, directory / file.name)
    (scratch / "query").mkdir()
    figures = {}
    for again in (False, True):
        server = make_server()
        spark = connect(server.port)
        try:
            if rocksdb:
                spark.conf.set("spark.sql.streaming.stateStore.providerClass", ROCKSDB)
            warm = scratch / f"warm-{again}"
            warm.mkdir()
            small = generate.ensure(data, "clicks", 8000)
            workloads.user_totals(spark, small, warm, "").awaitTermination()
            if again:
                # What makes the batch.
                first = all_files[0].read_text().splitlines()[0]
                (directory / "one-more.json").write_text(first + "\n")
            servers.reset_peak(server.pid)
            began = time.monotonic()
            query = workloads.user_totals(spark, directory, scratch / "query", "")
            query.awaitTermination()
            keys, _ = state_of(query)
            figures = {
                "seconds": time.monotonic() - began,
                "keys": keys,
                "peak_mb": servers.peak_megabytes(server.pid),
            }
        finally:
            spark.stop()
            server.stop()
    return figures


def memory_budget(make_server, connect, data, events, scratch):
    """The same program with all memory it wants, then with a tenth of what its state took."""
    directory = generate.ensure(data, "clicks", events)
    small = generate.ensure(data, "clicks", 8000)
    figure, results, limit = {}, [], None
    for name in ("in_memory", "limited"):
        server = make_server()
        spark = connect(server.port)
        try:
            warm = scratch / f"{name}-warm"
            warm.mkdir(parents=True)
            workloads.user_totals(spark, small, warm, "").awaitTermination()
            if limit is not None:
                spark.conf.set("headrace.state.memoryLimit", str(limit))
            (scratch / name).mkdir()
            began = time.monotonic()
            query = workloads.user_totals(spark, directory, scratch / name, name)
            query.awaitTermination()
            figure[name + "_seconds"] = time.monotonic() - began
            if limit is None:
                _, used = state_of(query)
                limit = used // 10
                figure["state_mb"], figure["limit_mb"] = used / 2**20, limit / 2**20
            rows = spark.table(name).selectExpr("count(*)", "count(distinct user)", "sum(n)", "sum(user % 1000003)", "max(last)")
            results.append([tuple(row) for row in rows.collect()])
        finally:
            spark.stop()
            server.stop()
    figure["same"] = results[0] == results[1]
    return figure
