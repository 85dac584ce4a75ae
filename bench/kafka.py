#!/usr/bin/env python3
"""Kafka pipelines on Headrace and on Apache Spark: events a second, CPU, memory, and latency.

usage: bench/kafka.py [--events N] [--only NAME,…] [--engine headrace|spark|both] [--binary build/headrace]

Needs a Python with a PySpark client and confluent_kafka (the environment spark-4.1), and for latency
`ninja -C build kafka_latency kafka_relay`. It starts a broker of its own, with Java's full compiler. Each
program runs once over a small topic to warm up. Results of both engines are compared. `--realtime` measures
Spark's real-time mode as well; it needs a PySpark client from 4.2 on, the first with trigger(realTime=…).
"""

import argparse
import inspect
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time
import uuid

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

import generate
import run
import servers
from pyspark.sql import functions as F
from pyspark.sql.connect.streaming.readwriter import DataStreamWriter
from workloads import AD_SCHEMA

PARTITIONS = 2
WARM_EVENTS = 8000
WARM_SECONDS = 90


class Broker:
    def __init__(self):
        self.port = servers.free_port()
        self._run("start")
        self.servers = f"127.0.0.1:{self.port}"

    def _run(self, command):
        environment = dict(os.environ, HEADRACE_KAFKA_JVM="-Xms1g -Xmx1g -XX:+UseSerialGC")
        subprocess.run([HERE.parent / "scripts" / "kafka.sh", command, str(self.port)], check=True, env=environment)

    def stop(self):
        self._run("stop")

    def topic(self):
        from confluent_kafka.admin import AdminClient, NewTopic

        name = f"bench-{uuid.uuid4().hex[:8]}"
        admin = AdminClient({"bootstrap.servers": self.servers})
        admin.create_topics([NewTopic(name, PARTITIONS, 1)])[name].result(30)
        return name

    def fill(self, lines):
        from confluent_kafka import Producer

        name = self.topic()
        producer = Producer({"bootstrap.servers": self.servers, "linger.ms": 20, "queue.buffering.max.messages": 1_000_000})
        for number, line in enumerate(lines):
            while True:
                try:
                    producer.produce(name, line, partition=number % PARTITIONS)
                    break
                except BufferError:
                    producer.poll(0.1)
            if number % 10000 == 0:
                producer.poll(0)
        producer.flush()
        return name


def ad_events(data, count):
    directory = generate.ensure(data, "ad_events", count)
    for path in sorted(directory.glob("*.json")):
        with open(path, "rb") as lines:
            for line in lines:
                yield line.rstrip(b"\n")


def small_messages(_, count):
    """About 20 bytes each."""
    return (f"message number {number % 99999}".encode() for number in range(count))


def read(spark, broker, topic):
    stream = spark.readStream.format("kafka").option("kafka.bootstrap.servers", broker.servers)
    return stream.option("subscribe", topic).option("startingOffsets", "earliest").load()


def start(writer, scratch, name):
    writer = writer.queryName(name).option("checkpointLocation", str(scratch / "checkpoint"))
    return writer.trigger(availableNow=True).start()


def ad_windows(spark, broker, topic, scratch, name):
    """The ad-event benchmark: views of each campaign in windows of ten seconds."""
    campaigns = spark.createDataFrame([(f"ad-{n}", f"campaign-{n % 100}") for n in range(1000)], "ad STRING, campaign STRING")
    events = read(spark, broker, topic).select(F.from_json(F.col("value").cast("string"), AD_SCHEMA).alias("e"))
    views = events.select("e.ad_id", "e.event_type", "e.event_time").where("event_type = 'view'")
    views = views.withWatermark("event_time", "1 minute").join(campaigns, F.col("ad_id") == F.col("ad"))
    counts = views.groupBy(F.window("event_time", "10 seconds"), "campaign").count()
    query = start(counts.writeStream.format("memory").outputMode("update"), scratch, name)
    return query, lambda: sorted(tuple(row) for row in spark.table(name).groupBy("window.start", "campaign").agg(F.max("count")).collect())


def read_alone(spark, broker, topic, scratch, name):
    query = start(read(spark, broker, topic).select("value").writeStream.format("noop"), scratch, name)

    def result():
        # Where it stands: Spark counts no rows for this sink.
        return json.loads(query.lastProgress["sources"][0]["endOffset"])[topic]

    return query, result


def pass_through(spark, broker, topic, scratch, name):
    """Kafka to Kafka, at least once, as both engines do by default."""
    target = broker.topic()
    values = read(spark, broker, topic).selectExpr("value")
    writer = values.writeStream.format("kafka").option("kafka.bootstrap.servers", broker.servers).option("topic", target)
    query = start(writer, scratch, name)

    def result():
        written = spark.read.format("kafka").option("kafka.bootstrap.servers", broker.servers).option("subscribe", target).load()
        return [tuple(row) for row in written.agg(F.count("*"), F.sum(F.crc32("value"))).collect()]

    return query, result


THROUGHPUT = {
    "ad_windows": (ad_events, ad_windows),
    "read_alone": (small_messages, read_alone),
    "pass_through": (ad_events, pass_through),
}


def throughput(server, spark, broker, topics, only, scratch):
    figures = {}
    for name, (_, program) in THROUGHPUT.items():
        if name not in topics:
            continue
        small, large, events = topics[name]

        def measured(_, topic, scratch, name):
            return program(spark, broker, topic, scratch, name)

        run.run_once(server, spark, measured, small, scratch / f"{name}-warm", f"{name}_warm")
        outcome = run.run_once(server, spark, measured, large, scratch / name, name)
        figures[name] = dict(
            outcome,
            events_per_second=events / outcome["seconds"],
            events_per_cpu_second=events / max(outcome["cpu"], 0.01),
            peak_mb=servers.peak_megabytes(server.pid),
        )
    return figures


def delays(broker, binary, source, target, rate, seconds):
    command = [binary, broker.servers, source, target, rate, seconds]
    return subprocess.run(list(map(str, command)), capture_output=True, text=True)


def relay_latency(broker, binary, rate, seconds):
    """The same without an engine: what the broker and the client library take for the transactions alone."""
    source, target = broker.topic(), broker.topic()
    relay = subprocess.Popen([pathlib.Path(binary).with_name("kafka_relay"), broker.servers, source, target])
    try:
        time.sleep(5)
        answer = delays(broker, binary, source, target, rate, seconds)
        return json.loads(answer.stdout) if answer.returncode == 0 else {"failure": answer.stderr.strip()}
    finally:
        relay.kill()
        relay.wait()


def latency(server, spark, broker, binary, rate, seconds, scratch, options, trigger):
    source, target = broker.topic(), broker.topic()
    writer = read(spark, broker, source).selectExpr("value").writeStream.format("kafka").options(**options)
    writer = writer.option("kafka.bootstrap.servers", broker.servers).option("topic", target)
    if trigger:
        writer = writer.trigger(**trigger).outputMode("update")
    query = writer.option("checkpointLocation", str(scratch)).start()
    time.sleep(5)
    cpu = servers.cpu_seconds(server.pid)
    answer = delays(broker, binary, source, target, rate, seconds)
    cpu = servers.cpu_seconds(server.pid) - cpu
    failure = query.exception()
    query.stop()
    if answer.returncode:
        return {"failure": f"{answer.stderr.strip()} {str(failure or '')[:300]}"}
    return dict(json.loads(answer.stdout), cpu_share=round(cpu / seconds, 2), peak_mb=round(servers.peak_megabytes(server.pid)))


def measures_latency(arguments):
    return arguments.latency_seconds and (not arguments.only or "latency" in arguments.only)


def measure(server, arguments, broker, topics):
    scratch = pathlib.Path(tempfile.mkdtemp(prefix="headrace-bench-"))
    spark = run.connect(server.port)
    try:
        figures = {"throughput": throughput(server, spark, broker, topics, arguments.only, scratch), "latency": {}}
        if measures_latency(arguments):
            ways = {"default trigger": ({}, None)}
            if server.name == "headrace":
                ways["default trigger, exactly once"] = ({"headrace.exactlyOnce": "true"}, None)
            elif arguments.realtime:
                ways["real-time mode"] = ({}, {"realTime": "5 minutes"})
            for way, (options, trigger) in ways.items():
                try:
                    figures["latency"][way] = latency(
                        server, spark, broker, arguments.latency_binary, arguments.rate, arguments.latency_seconds,
                        scratch / f"latency-{len(figures['latency'])}", options, trigger,
                    )  # fmt: skip
                except Exception as refusal:
                    figures["latency"][way] = {"failure": str(refusal).splitlines()[0]}
        return figures
    finally:
        spark.stop()
        shutil.rmtree(scratch, ignore_errors=True)


def report(figures):
    print(f"\n{'workload':16}{'engine':10}{'k events/s':>12}{'k events/CPU s':>16}{'peak MB':>9}")
    equal = True
    for name in THROUGHPUT:
        rows = {engine: found["throughput"][name] for engine, found in figures.items() if name in found["throughput"]}
        for engine, row in rows.items():
            print(
                f"{name:16}{engine:10}{row['events_per_second'] / 1000:12.0f}{row['events_per_cpu_second'] / 1000:16.0f}{row['peak_mb']:9.0f}"
            )
        if len(rows) == 2:
            ours, theirs = rows["headrace"], rows["spark"]
            same = ours["result"] == theirs["result"]
            equal = equal and same
            print(
                f"{'':16}{'ratio':10}{theirs['seconds'] / ours['seconds']:11.1f}x{theirs['cpu'] / max(ours['cpu'], 0.01):15.1f}x"
                f"{theirs['peak_mb'] / ours['peak_mb']:8.1f}x   results {'equal' if same else 'DIFFER'}"
            )
    for engine, found in figures.items():
        for way, row in found["latency"].items():
            print(f"latency, {engine}, {way}: {row}")
    return equal


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--events", type=int, default=1_000_000)
    parser.add_argument("--only", type=lambda text: text.split(","), default=[])
    parser.add_argument("--engine", choices=("headrace", "spark", "both"), default="both")
    parser.add_argument("--binary", default=str(run.ROOT / "build/headrace"))
    parser.add_argument("--latency-binary", default=str(run.ROOT / "build/bench/kafka_latency"))
    parser.add_argument("--data", default=str(run.ROOT / "build/bench-data"), help="where input is kept between runs")
    parser.add_argument("--rate", type=int, default=10_000, help="messages a second for latency")
    parser.add_argument("--latency-seconds", type=int, default=60)
    parser.add_argument("--realtime", action="store_true", help="needs a client from 4.2 on")
    parser.add_argument("--json", help="also write the figures there, without results")
    arguments = parser.parse_args()
    if arguments.realtime and "realTime" not in inspect.signature(DataStreamWriter.trigger).parameters:
        parser.error("--realtime needs a PySpark client from 4.2 on; this one has no trigger(realTime=…)")

    jars = []
    if arguments.engine != "headrace":
        command = [run.ROOT / "scripts/maven_jars.sh", "spark-kafka-4.1.1", "org.apache.spark:spark-sql-kafka-0-10_2.13:4.1.1"]
        folder = pathlib.Path(subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip())
        # What Spark has itself is left out.
        jars = [jar for jar in folder.glob("*.jar") if jar.name.startswith(("spark-", "kafka-", "commons-pool2"))]
    broker = Broker()
    figures = {}
    try:
        topics = {}
        for name, (events, _) in THROUGHPUT.items():
            if not arguments.only or name in arguments.only:
                large = broker.fill(events(pathlib.Path(arguments.data), arguments.events))
                topics[name] = (broker.fill(events(pathlib.Path(arguments.data), WARM_EVENTS)), large, arguments.events)
        if measures_latency(arguments):
            # A broker is slow until its Java is compiled, which takes minutes of load, not messages.
            relay_latency(broker, arguments.latency_binary, arguments.rate, WARM_SECONDS)
        for engine in ("headrace", "spark"):
            if arguments.engine not in (engine, "both"):
                continue
            server = servers.Headrace(arguments.binary) if engine == "headrace" else servers.Spark(jars)
            try:
                figures[engine] = measure(server, arguments, broker, topics)
            finally:
                server.stop()
        if measures_latency(arguments):
            row = relay_latency(broker, arguments.latency_binary, arguments.rate, arguments.latency_seconds)
            figures["no engine"] = {"throughput": {}, "latency": {"transactions alone": row}}
    finally:
        broker.stop()
    equal = report(figures)
    if arguments.json:
        for found in figures.values():
            for row in found["throughput"].values():
                del row["result"]
        pathlib.Path(arguments.json).write_text(json.dumps(figures, indent=1))
    if not equal:
        raise SystemExit("results differ: the figures mean nothing")


if __name__ == "__main__":
    main()
