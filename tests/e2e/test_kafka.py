"""Kafka as source and sink, with a real Apache Kafka broker."""

import datetime
import json
import re

import pytest
from pyspark.sql import functions as F

from conftest import rows
from kafka_broker import offsets_json
from test_streaming import run_once, to_memory

pytestmark = pytest.mark.newest_client

COLUMNS = [
    ("key", "binary"),
    ("value", "binary"),
    ("topic", "string"),
    ("partition", "int"),
    ("offset", "bigint"),
    ("timestamp", "timestamp"),
    ("timestampType", "int"),
]


def texts(dataframe):
    return rows(dataframe.select(F.col("value").cast("string")))


class Pipeline:
    """A query from Kafka into JSON files that is run to the end of its topics again and again."""

    def __init__(self, kafka, spark, directory, **options):
        self.kafka, self.spark, self.directory = kafka, spark, directory
        self.options = {"startingOffsets": "earliest", **options}
        self.seen = []

    def run(self, **options):
        """Gives the query that ran, and the values and offsets that it added."""
        stream = self.kafka.read(self.spark, **{**self.options, **options})
        values = stream.select(F.col("value").cast("string"), "offset")
        writer = values.writeStream.format("json").option("path", str(self.directory / "out"))
        query = run_once(writer.option("checkpointLocation", str(self.directory / "checkpoint")))
        everything = rows(
            self.spark.read.schema("value string, offset long").json(str(self.directory / "out"))
        )
        added = list(everything)
        for row in self.seen:
            added.remove(row)
        self.seen = everything
        return query, added


def test_columns_are_sparks(kafka, spark):
    topic = kafka.create_topic()
    kafka.send(topic, ["a"], headers=[("h", b"1"), ("h", None)], keys=["k"], timestamp=1000)
    plain = kafka.read(spark, streaming=False, subscribe=topic)
    assert plain.dtypes == COLUMNS
    with_headers = kafka.read(spark, streaming=False, subscribe=topic, includeHeaders="true")
    assert with_headers.dtypes == [
        *COLUMNS,
        ("headers", "array<struct<key:string,value:binary>>"),
    ]
    (row,) = with_headers.withColumn("ms", F.unix_millis("timestamp")).collect()
    assert (bytes(row.key), bytes(row.value), row.topic) == (b"k", b"a", topic)
    assert (row.partition, row.offset, row.ms, row.timestampType) == (0, 0, 1000, 0)
    assert [(h.key, h.value and bytes(h.value)) for h in row.headers] == [("h", b"1"), ("h", None)]


def test_null_and_empty_differ(kafka, spark):
    topic = kafka.create_topic()
    kafka.send(topic, [None, b""], keys=[b"", None], partition=0)
    found = kafka.read(spark, streaming=False, subscribe=topic).orderBy("offset").collect()
    assert [(row.key, row.value) for row in found] == [(b"", None), (None, b"")]


def test_batch_ranges(kafka, spark):
    topic = kafka.create_topic(2)
    kafka.send(topic, [f"a{i}" for i in range(5)], partition=0, timestamp=1000)
    kafka.send(topic, [f"b{i}" for i in range(3)], partition=1, timestamp=2000)

    def values(**options):
        return texts(kafka.read(spark, streaming=False, subscribe=topic, **options))

    assert len(values()) == 8
    start, end = offsets_json(topic, {0: 3, 1: -2}), offsets_json(topic, {0: -1, 1: 1})
    assert values(startingOffsets=start, endingOffsets=end) == [("a3",), ("a4",), ("b0",)]
    assert values(startingTimestamp="2001", startingOffsetsByTimestampStrategy="latest") == [
        ("b1",),
        ("b2",),
    ]
    assert values(endingTimestamp="1002") == [("a0",), ("a1",)]
    assert values(
        startingOffsetsByTimestamp=offsets_json(topic, {0: 1004, 1: 2002}), minPartitions="7"
    ) == [("a4",), ("b2",)]
    assign = json.dumps({topic: [1]})
    assigned = kafka.read(spark, streaming=False, assign=assign)
    assert texts(assigned) == [("b0",), ("b1",), ("b2",)]
    with pytest.raises(Exception, match="No offset matched from request of topic-partition"):
        values(startingTimestamp="2001")
    with pytest.raises(Exception, match="KAFKA_START_OFFSET_DOES_NOT_MATCH_ASSIGNED"):
        values(startingOffsets=offsets_json(topic, {0: 3}))
    with pytest.raises(Exception, match="RESOLVED_START_OFFSET_GREATER_THAN_END_OFFSET"):
        values(startingOffsets=offsets_json(topic, {0: 9, 1: 0}))


def test_many_pieces_hold_the_same_rows(kafka, spark):
    topic = kafka.create_topic(3)
    kafka.send(topic, [str(i) for i in range(30000)])
    expected = (30000, sum(range(30000)))
    for options in ({}, {"minPartitions": "10"}, {"maxRecordsPerPartition": "1700"}):
        found = kafka.read(spark, streaming=False, subscribe=topic, **options)
        total = found.agg(F.count("*"), F.sum(F.col("value").cast("string").cast("long")))
        assert rows(total) == [expected]


def offsets_of(source, name):
    """Clients up to 4.3 have the JSON's text."""
    return source[name] if isinstance(source[name], dict) else json.loads(source[name])


def test_stream_goes_on_where_it_stopped(kafka, spark, tmp_path):
    topic = kafka.create_topic(2)
    kafka.send(topic, ["a"], partition=0)
    kafka.send(topic, ["b"], partition=1)
    pipeline = Pipeline(kafka, spark, tmp_path, subscribe=topic)
    query, added = pipeline.run()
    assert added == [("a", 0), ("b", 0)]
    progress = query.lastProgress
    (source,) = progress["sources"]
    assert source["description"] == f"KafkaV2[Subscribe[{topic}]]"
    assert source["metrics"] == {
        "avgOffsetsBehindLatest": "0.0",
        "maxOffsetsBehindLatest": "0",
        "minOffsetsBehindLatest": "0",
    }
    end = {topic: {"0": 1, "1": 1}}
    assert [offsets_of(source, each) for each in ("endOffset", "latestOffset")] == [end, end]

    kafka.send(topic, ["c"], partition=1)
    assert pipeline.run()[1] == [("c", 1)]


def test_checkpoint_has_sparks_layout(kafka, spark, tmp_path):
    topic = kafka.create_topic(2)
    kafka.send(topic, ["a", "b"], partition=1)
    Pipeline(kafka, spark, tmp_path, subscribe=topic).run()
    checkpoint = tmp_path / "checkpoint"
    initial = (checkpoint / "sources" / "0" / "0").read_bytes()
    assert initial == b"\0v1\n" + f'{{"{topic}":{{"0":0,"1":0}}}}'.encode()
    version, _, offset = (checkpoint / "offsets" / "0").read_text().split("\n")
    assert (version, offset) == ("v1", f'{{"{topic}":{{"0":0,"1":2}}}}')


def test_rate_limit_is_split_by_backlog(kafka, spark, tmp_path):
    topic = kafka.create_topic(2)
    kafka.send(topic, [str(i) for i in range(30)], partition=0)
    kafka.send(topic, [str(i) for i in range(10)], partition=1)
    pipeline = Pipeline(kafka, spark, tmp_path, subscribe=topic, maxOffsetsPerTrigger="8")
    query, added = pipeline.run()
    progress = [p for p in query.recentProgress if p["numInputRows"]]
    ends = [offsets_of(p["sources"][0], "endOffset") for p in progress]
    assert ends[:2] == [{topic: {"0": 6, "1": 2}}, {topic: {"0": 12, "1": 4}}]
    assert ends[-1] == {topic: {"0": 30, "1": 10}}
    assert progress[0]["sources"][0]["metrics"]["maxOffsetsBehindLatest"] == "24"
    assert len(added) == 40


def test_lag_of_a_source(kafka, spark, tmp_path):
    topic = kafka.create_topic(3)
    kafka.send(topic, [str(i) for i in range(5)], partition=0)
    kafka.send(topic, [str(i) for i in range(2)], partition=1)
    pipeline = Pipeline(kafka, spark, tmp_path, subscribe=topic, maxOffsetsPerTrigger="3")
    first = next(p for p in pipeline.run()[0].recentProgress if p["numInputRows"])
    # (3 + 1 + 0) / 3, as Java writes a double.
    assert first["sources"][0]["metrics"] == {
        "avgOffsetsBehindLatest": "1.3333333333333333",
        "maxOffsetsBehindLatest": "3",
        "minOffsetsBehindLatest": "0",
    }


def test_min_offsets_delay_a_batch(kafka, spark, tmp_path):
    topic = kafka.create_topic()
    kafka.send(topic, ["a"])
    stream = kafka.read(
        spark, subscribe=topic, startingOffsets="earliest", minOffsetsPerTrigger="3"
    ).select("offset")
    query = to_memory(stream, "kafka_delayed").start()
    try:
        # The first batch is never delayed.
        query.processAllAvailable()
        assert rows(spark.table("kafka_delayed")) == [(0,)]
        kafka.send(topic, ["b", "c"])
        query.processAllAvailable()
        assert rows(spark.table("kafka_delayed")) == [(0,)]
        kafka.send(topic, ["d"])
        query.processAllAvailable()
        assert rows(spark.table("kafka_delayed")) == [(0,), (1,), (2,), (3,)]
    finally:
        query.stop()


def test_new_partitions_and_topics_while_running(kafka, spark):
    first = kafka.create_topic(prefix="grow")
    stream = kafka.read(spark, subscribePattern=f"{first}.*", startingOffsets="earliest")
    query = to_memory(stream.select(F.col("value").cast("string")), "kafka_grows").start()
    try:
        kafka.send(first, ["a"])
        query.processAllAvailable()
        kafka.add_partitions(first, 2)
        kafka.send(first, ["b"], partition=1)
        query.processAllAvailable()
        second = kafka.create_topic(prefix=first)
        kafka.send(second, ["c"])
        query.processAllAvailable()
        assert rows(spark.table("kafka_grows")) == [("a",), ("b",), ("c",)]
    finally:
        query.stop()


def test_lag_is_told_to_kafka_on_request(kafka, spark, tmp_path):
    topic = kafka.create_topic()
    kafka.send(topic, [str(i) for i in range(7)])
    group = f"group-{topic}"
    options = {"subscribe": topic, "kafka__group__id": group, "headrace__commitOffsets": "true"}
    pipeline = Pipeline(kafka, spark, tmp_path, maxOffsetsPerTrigger="5", **options)
    assert len(pipeline.run()[1]) == 7
    # A source learns of a commit with the next batch: the first of two is known to be in.
    assert kafka.committed(group, topic) == 5


def test_transactions(kafka, spark, tmp_path):
    topic = kafka.create_topic()
    kafka.send_transaction(topic, ["one"])
    kafka.send_transaction(topic, ["none"], commit=False)
    kafka.send_transaction(topic, ["two"])
    committed = {"subscribe": topic, "kafka__isolation__level": "read_committed"}
    assert texts(kafka.read(spark, streaming=False, **committed)) == [("one",), ("two",)]
    assert len(texts(kafka.read(spark, streaming=False, subscribe=topic))) == 3
    pipeline = Pipeline(kafka, spark, tmp_path, **committed)
    assert pipeline.run()[1] == [("one", 0), ("two", 4)]
    # Nothing but an aborted transaction: a batch without rows.
    kafka.send_transaction(topic, ["none"], commit=False)
    assert pipeline.run()[1] == []
    kafka.send_transaction(topic, ["three"])
    assert pipeline.run()[1] == [("three", 8)]


def test_lost_offsets_are_named(kafka, spark, tmp_path):
    topic = kafka.create_topic()
    kafka.send(topic, [str(i) for i in range(4)])
    pipeline = Pipeline(kafka, spark, tmp_path, subscribe=topic)
    pipeline.run()
    kafka.send(topic, [str(i) for i in range(4, 10)])
    kafka.delete_records(topic, 0, 7)
    with pytest.raises(Exception) as failure:
        pipeline.run()
    text = str(failure.value)
    assert "KAFKA_DATA_LOSS.COULD_NOT_READ_OFFSET_RANGE" in text
    assert re.search(rf"offsets \[4, 7\) of partition {topic}-0 are gone", text)
    assert "failOnDataLoss=false" in text
    assert pipeline.run(failOnDataLoss="false")[1] == [("7", 7), ("8", 8), ("9", 9)]


def test_topic_deleted_and_created_anew(kafka, spark, tmp_path):
    topic = kafka.create_topic()
    kafka.send(topic, ["a", "b"])
    options = {"subscribe": topic, "fetchOffset__retryIntervalMs": "100"}
    pipeline = Pipeline(kafka, spark, tmp_path, **options)
    pipeline.run()
    kafka.delete_topic(topic)
    with pytest.raises(Exception, match=f"Kafka has no topic {topic}"):
        pipeline.run()
    kafka.send(topic, ["c"])
    with pytest.raises(Exception, match="KAFKA_DATA_LOSS.PARTITION_OFFSET_CHANGED"):
        pipeline.run()


def test_topic_deleted_while_running(kafka, spark):
    topic = kafka.create_topic()
    kafka.send(topic, ["a", "b"])
    stream = kafka.read(
        spark, subscribe=topic, startingOffsets="earliest", fetchOffset__retryIntervalMs="100"
    )
    query = stream.select("offset").writeStream.format("noop").start()
    query.processAllAvailable()
    kafka.delete_topic(topic)
    with pytest.raises(Exception, match="KAFKA_DATA_LOSS.PARTITIONS_DELETED"):
        query.awaitTermination(60)


def test_unknown_topic_is_named(kafka, spark):
    missing = kafka.read(
        spark, streaming=False, subscribe="no-such-topic", fetchOffset__numRetries="1"
    )
    with pytest.raises(Exception, match="Kafka has no topic no-such-topic"):
        missing.collect()


def test_options_are_checked(kafka, spark):
    with pytest.raises(Exception, match="ending offset not valid in streaming queries"):
        kafka.read(spark, subscribe="a", endingOffsets="latest").schema
    with pytest.raises(Exception, match="Kafka property ssl.protocol"):
        kafka.read(spark, subscribe="a", kafka__ssl__protocol="TLS").schema


def test_batch_sink(kafka, spark):
    topic = kafka.create_topic(2)
    frame = spark.sql(
        "select cast(null as string) key, 'v1' value, 1 partition, "
        "array(named_struct('key', 'h', 'value', cast('x' as binary))) headers "
        "union all select 'k2', cast(null as string), 0, null"
    )
    writer = frame.write.format("kafka").option("kafka.bootstrap.servers", kafka.servers)
    writer.option("topic", topic).mode("append").save()
    found = [(m.partition(), m.key(), m.value(), m.headers()) for m in kafka.messages(topic)]
    assert sorted(found, key=lambda each: each[0]) == [
        (0, b"k2", None, None),
        (1, None, b"v1", [("h", b"x")]),
    ]
    with pytest.raises(Exception, match="Save mode Overwrite not allowed for Kafka"):
        writer.mode("overwrite").save()
    with pytest.raises(Exception, match="topic option required when no 'topic' attribute"):
        unnamed = frame.write.format("kafka").option("kafka.bootstrap.servers", kafka.servers)
        unnamed.mode("append").save()


def test_keys_choose_the_partition_that_java_chooses(kafka, spark):
    topic = kafka.create_topic(10)
    frame = spark.range(5).selectExpr("'key-' || id as key", "string(id) as value")
    writer = frame.write.format("kafka").option("kafka.bootstrap.servers", kafka.servers)
    writer.option("topic", topic).mode("append").save()
    found = {m.key().decode(): m.partition() for m in kafka.messages(topic)}
    assert found == {f"key-{i}": java_partition(f"key-{i}".encode(), 10) for i in range(5)}


def java_partition(key, partitions):
    """murmur2 as the Java client has it: an independent reckoning."""
    mask, m = 0xFFFFFFFF, 0x5BD1E995
    h = (0x9747B28C ^ len(key)) & mask
    whole = len(key) // 4 * 4
    for i in range(0, whole, 4):
        k = int.from_bytes(key[i : i + 4], "little") * m & mask
        k = (k ^ k >> 24) * m & mask
        h = (h * m & mask) ^ k
    rest = key[whole:]
    if rest:
        h = (h ^ int.from_bytes(rest, "little")) * m & mask
    h = (h ^ h >> 13) * m & mask
    return ((h ^ h >> 15) & 0x7FFFFFFF) % partitions


def test_topic_column_and_null_topic(kafka, spark, tmp_path):
    source, left, right = kafka.create_topic(), kafka.create_topic(), kafka.create_topic()
    kafka.send(source, [left, right, left])
    rerouted = kafka.read(spark, subscribe=source, startingOffsets="earliest").selectExpr(
        "string(value) as topic", "string(offset) as value"
    )
    query = run_once(kafka.write(rerouted, tmp_path / "checkpoint"))
    assert query.lastProgress["sink"]["numOutputRows"] == 3
    assert (kafka.values(left), kafka.values(right)) == (["0", "2"], ["1"])
    nulls = rerouted.selectExpr("cast(null as string) as topic", "value")
    with pytest.raises(Exception, match="KAFKA_NULL_TOPIC_IN_DATA"):
        run_once(kafka.write(nulls, tmp_path / "nulls"))


def test_parse_window_and_write_back(kafka, spark, tmp_path):
    clicks, counts = kafka.create_topic(2), kafka.create_topic()
    start = datetime.datetime(2024, 1, 1, tzinfo=datetime.timezone.utc)
    events = [
        {"user": f"u{i % 3}", "time": (start + datetime.timedelta(seconds=i)).isoformat()}
        for i in range(120)
    ]
    kafka.send(clicks, [json.dumps(event) for event in events])
    parsed = (
        kafka.read(spark, subscribe=clicks, startingOffsets="earliest")
        .select(F.from_json(F.col("value").cast("string"), "user string, time timestamp").alias("e"))
        .select("e.*")
    )
    windows = (
        parsed.withWatermark("time", "10 seconds")
        .groupBy(F.window("time", "1 minute"), "user")
        .count()
        .select(
            F.col("user").alias("key"),
            F.to_json(F.struct(F.unix_seconds("window.start").alias("start"), "count")).alias(
                "value"
            ),
        )
    )
    run_once(kafka.write(windows, tmp_path, topic=counts).outputMode("update"))
    found = sorted((m.key().decode(), m.value().decode()) for m in kafka.messages(counts))
    minute = int(start.timestamp())
    assert found == [
        (f"u{user}", f'{{"start":{minute + offset},"count":20}}')
        for user in range(3)
        for offset in (0, 60)
    ]


def test_kafka_to_partitioned_parquet(kafka, spark, tmp_path):
    topic = kafka.create_topic(2)
    kafka.send(topic, [str(i) for i in range(100)], partition=0)
    kafka.send(topic, [str(i) for i in range(100, 150)], partition=1)
    stream = kafka.read(spark, subscribe=topic, startingOffsets="earliest").selectExpr(
        "int(string(value)) as number", "partition as part"
    )
    writer = stream.writeStream.format("parquet").partitionBy("part")
    writer = writer.option("path", str(tmp_path / "out"))
    run_once(writer.option("checkpointLocation", str(tmp_path / "checkpoint")))
    found = spark.read.parquet(str(tmp_path / "out")).groupBy("part").agg(F.sum("number"))
    assert rows(found) == [(0, sum(range(100))), (1, sum(range(100, 150)))]


def test_join_of_two_topics(kafka, spark, tmp_path):
    orders, payments, matched = kafka.create_topic(2), kafka.create_topic(), kafka.create_topic()
    noon = datetime.datetime(2024, 1, 1, 12, tzinfo=datetime.timezone.utc)

    def at(minutes):
        return (noon + datetime.timedelta(minutes=minutes)).isoformat()

    kafka.send(orders, [json.dumps({"id": i, "ordered": at(i)}) for i in range(6)])
    # The odd ones pay, the last of them too late.
    paid = {1: at(2), 3: at(3), 5: at(5 + 61)}
    kafka.send(payments, [json.dumps({"of": i, "paid": when}) for i, when in paid.items()])

    def parsed(topic, schema, event_time):
        stream = kafka.read(spark, subscribe=topic, startingOffsets="earliest")
        record = F.from_json(F.col("value").cast("string"), schema)
        return stream.select(record.alias("r")).select("r.*").withWatermark(event_time, "1 hour")

    joined = parsed(orders, "id INT, ordered TIMESTAMP", "ordered").join(
        parsed(payments, "of INT, paid TIMESTAMP", "paid"),
        F.expr("id = of AND paid BETWEEN ordered AND ordered + INTERVAL 1 HOUR"),
    )
    values = joined.select(F.to_json(F.struct("id")).alias("value"))
    run_once(kafka.write(values, tmp_path, topic=matched))
    assert kafka.values(matched) == ['{"id":1}', '{"id":3}']


def test_avro_messages(kafka, spark, tmp_path):
    from pyspark.sql.avro.functions import from_avro, to_avro

    schema = json.dumps(
        {
            "type": "record",
            "name": "reading",
            "fields": [{"name": "sensor", "type": "string"}, {"name": "value", "type": "double"}],
        }
    )
    topic = kafka.create_topic()
    values = [("a", 1.5), ("b", 2.0), ("a", 4.0)]
    readings = spark.createDataFrame(values, "sensor STRING, value DOUBLE")
    encoded = readings.select(to_avro(F.struct("sensor", "value"), schema).alias("value"))
    writer = encoded.write.format("kafka").option("kafka.bootstrap.servers", kafka.servers)
    writer.option("topic", topic).mode("append").save()
    assert kafka.messages(topic)[0].value() == b"\x02a\x00\x00\x00\x00\x00\x00\xf8?"
    kafka.send(topic, [b"\x02"])

    stream = kafka.read(spark, subscribe=topic, startingOffsets="earliest")
    decoded = stream.select(from_avro("value", schema, {"mode": "PERMISSIVE"}).alias("r"))
    totals = decoded.groupBy("r.sensor").agg(F.sum("r.value"))
    run_once(to_memory(totals, "kafka_avro", "complete"))
    assert rows(spark.table("kafka_avro")) == [("a", 5.5), ("b", 2.0), (None, None)]
    strict = stream.select(from_avro("value", schema)).writeStream.format("noop").start()
    with pytest.raises(Exception, match="PERMISSIVE"):
        strict.awaitTermination(60)
