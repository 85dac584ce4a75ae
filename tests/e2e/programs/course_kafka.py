"""The Kafka pipelines of a first course on Structured Streaming: JSON events through windows, joins,
duplicates removed, several sinks in foreachBatch, rows handed to an object. Written as for spark-submit.

usage: course_kafka.py DIRECTORY SERVERS PREFIX, with what the names of its topics begin with
"""

import glob
import json
import sys

from pyspark.sql import SparkSession
from pyspark.sql.functions import (
    approx_count_distinct,
    avg,
    col,
    count,
    expr,
    from_json,
    struct,
    to_date,
    to_json,
    to_timestamp,
    upper,
    when,
    window,
)
from pyspark.sql.functions import sum as spark_sum
from pyspark.sql.types import DoubleType, StringType, StructField, StructType, TimestampType

directory, servers, prefix = sys.argv[1:]
spark = (
    SparkSession.builder.appName("StreamOps")
    .master("local[2]")
    .config("spark.sql.shuffle.partitions", 2)
    .getOrCreate()
)
spark.sparkContext.setLogLevel("ERROR")


def publish(topic, values):
    frame = spark.createDataFrame([(json.dumps(value),) for value in values], "value string")
    frame.coalesce(1).write.format("kafka").option("kafka.bootstrap.servers", servers).option(
        "topic", prefix + topic
    ).save()


def subscribe(*topics):
    return (
        spark.readStream.format("kafka")
        .option("kafka.bootstrap.servers", servers)
        .option("subscribe", ",".join(prefix + topic for topic in topics))
        .option("startingOffsets", "earliest")
        .option("maxOffsetsPerTrigger", 5000)
        .option("failOnDataLoss", "false")
        .load()
    )


def parsed(topic, schema):
    data = from_json(col("value").cast("string"), schema).alias("data")
    return subscribe(topic).select(data).select("data.*")


def tell(name, rows):
    print(
        "ANSWER",
        json.dumps([name, sorted(json.dumps(row, default=str) for row in rows)]),
        flush=True,
    )


def run(name, frame, mode="append", sink="memory", **options):
    writer = frame.writeStream.outputMode(mode).format(sink).trigger(availableNow=True)
    writer = writer.option("checkpointLocation", f"{directory}/checkpoints/{name}").options(
        **options
    )
    query = writer.queryName(name).start()
    query.awaitTermination()
    if sink == "memory":
        tell(name, [row.asDict(recursive=True) for row in spark.table(name).collect()])
    return query


def at(minute):
    return f"2024-05-01T{12 + minute // 60}:{minute % 60:02d}:00"


publish(
    "events",
    [
        {
            "user_id": f"u{n % 3}",
            "action": ["click", "view"][n % 2],
            "amount": n - 1.5,
            "timestamp": at(n),
        }
        for n in range(40)
    ],
)
schema = StructType(
    [
        StructField("user_id", StringType()),
        StructField("action", StringType()),
        StructField("amount", DoubleType()),
        StructField("timestamp", StringType()),
    ]
)
events = parsed("events", schema)
transformed = (
    events.filter(col("amount") > 0)
    .withColumn("event_time", to_timestamp(col("timestamp")))
    .withColumn("action_upper", upper(col("action")))
)
run("transformed", transformed)
events = events.withColumn("event_time", to_timestamp(col("timestamp")))
tumbling = (
    events.withWatermark("event_time", "5 minutes")
    .groupBy(window(col("event_time"), "10 minutes"), col("action"))
    .agg(
        count("*").alias("event_count"),
        spark_sum("amount").alias("total_amount"),
        avg("amount").alias("avg_amount"),
        approx_count_distinct("user_id").alias("users"),
    )
)
run("tumbling", tumbling, "update")
run("tumbling_final", tumbling)
sliding = (
    events.withWatermark("event_time", "5 minutes")
    .groupBy(window(col("event_time"), "10 minutes", "5 minutes"), col("user_id"))
    .agg(count("*").alias("event_count"), spark_sum("amount").alias("total_amount"))
)
run("sliding", sliding, "complete")
windowed = (
    events.withWatermark("event_time", "10 minutes")
    .groupBy(window(col("event_time"), "5 minutes"), col("user_id"))
    .count()
)
query = run("windowed", windowed, sink="parquet", path=f"{directory}/windowed")
tell(
    "windowed",
    [row.asDict(recursive=True) for row in spark.read.parquet(f"{directory}/windowed").collect()],
)
progress = query.lastProgress
tell(
    "progress",
    [[sorted(progress["sources"][0]), progress["name"], len(progress["stateOperators"])]],
)

# Orders and their payments.
publish("orders", [{"order_id": f"o{n}", "amount": n * 2.5, "order_ts": at(n)} for n in range(20)])
publish(
    "payments",
    [
        {"payment_id": f"p{n}", "order_id": f"o{n % 25}", "method": "card", "pay_ts": at(n + 5)}
        for n in range(0, 50, 3)
    ],
)
orders = parsed("orders", "order_id string, amount double, order_ts timestamp")
payments = parsed("payments", "payment_id string, order_id string, method string, pay_ts timestamp")
matched = (
    orders.withWatermark("order_ts", "1 hour")
    .alias("orders")
    .join(
        payments.withWatermark("pay_ts", "2 hours").alias("payments"),
        expr("""
            orders.order_id = payments.order_id AND
            pay_ts >= order_ts AND
            pay_ts <= order_ts + interval 24 hours
            """),
        "inner",
    )
    .select("orders.order_id", "amount", "payment_id", "pay_ts")
)
run("matched", matched)
run(
    "matched_orders",
    matched.select(col("order_id").alias("key"), to_json(struct("*")).alias("value")),
    sink="kafka",
    topic=prefix + "matched_orders",
    **{"kafka.bootstrap.servers": servers},
)
batch = (
    spark.read.format("kafka")
    .option("kafka.bootstrap.servers", servers)
    .option("subscribe", prefix + "matched_orders")
    .load()
)
tell(
    "matched_orders",
    [list(row) for row in batch.selectExpr("string(key)", "string(value)").collect()],
)

# A table of products beside the stream of purchases.
catalog = spark.createDataFrame(
    [("o1", "books", 3.5), ("o3", "games", 9.0)], "order_id string, category string, price double"
)
catalog.write.mode("overwrite").parquet(f"{directory}/products")
products = spark.read.parquet(f"{directory}/products")
run(
    "enriched",
    orders.join(products, orders.order_id == products.order_id, "left").drop(products.order_id),
)


# What a batch function does with its batch.
def process_batch(batch_df, batch_id):
    if batch_df.isEmpty():
        return
    batch_df.persist()
    batch_df.withColumn("day", to_date("event_time")).write.mode("append").partitionBy(
        "day"
    ).parquet(f"{directory}/raw")
    totals = batch_df.groupBy("user_id").agg(spark_sum("amount").alias("total"))
    totals.write.mode("overwrite").json(f"{directory}/totals")
    tell("batch", [[batch_id, int(batch_df.count())]])
    batch_df.unpersist()


query = (
    events.writeStream.foreachBatch(process_batch)
    .option("checkpointLocation", f"{directory}/checkpoints/batches")
    .trigger(availableNow=True)
    .start()
)
query.awaitTermination()
tell("raw", [row.asDict() for row in spark.read.parquet(f"{directory}/raw").collect()])
tell("totals", [row.asDict() for row in spark.read.json(f"{directory}/totals").collect()])


class ForeachWriter:
    def open(self, partition_id, epoch_id):
        self.file = open(f"{directory}/foreach_{partition_id}_{epoch_id}.txt", "w")
        return True

    def process(self, row):
        self.file.write(f"{row.order_id} {row.amount}\n")

    def close(self, error):
        self.file.close()


query = orders.writeStream.foreach(ForeachWriter()).trigger(once=True).start()
query.awaitTermination()
tell("foreach", [line for name in glob.glob(f"{directory}/foreach_*.txt") for line in open(name)])

# Duplicates that a producer sends again.
publish(
    "raw_events", [{"event_id": f"e{n % 7}", "amount": n, "event_ts": at(n % 7)} for n in range(20)]
)
raw = parsed("raw_events", "event_id string, amount double, event_ts timestamp")
clean = raw.withWatermark("event_ts", "15 minutes").dropDuplicates(["event_id", "event_ts"])
run("clean", clean)

# A funnel over three topics.
for topic, step in [("clicks", 1), ("cart_events", 3), ("purchases", 9)]:
    publish(topic, [{"user_id": f"u{n}", "event_ts": at(n)} for n in range(0, 45, step)])
funnel = (
    subscribe("clicks", "cart_events", "purchases")
    .select(
        expr(f"substr(topic, {len(prefix) + 1})").alias("topic"),
        from_json(col("value").cast("string"), "user_id string, event_ts timestamp").alias("data"),
    )
    .select("topic", "data.*")
    .withWatermark("event_ts", "5 minutes")
    .groupBy(window("event_ts", "15 minutes"))
    .agg(
        spark_sum(when(col("topic") == "clicks", 1).otherwise(0)).alias("click_count"),
        spark_sum(when(col("topic") == "cart_events", 1).otherwise(0)).alias("cart_count"),
        spark_sum(when(col("topic") == "purchases", 1).otherwise(0)).alias("purchase_count"),
    )
    .withColumn(
        "conversion_rate",
        when(col("click_count") > 0, col("purchase_count") / col("click_count")).otherwise(0.0),
    )
)
run("funnel", funnel, "complete")

# Clicks within half an hour of their impression, and their rate in each hour.
publish(
    "impressions",
    [
        {"ad_id": f"a{n % 4}", "user_id": f"u{n}", "impression_time": at(n)}
        for n in [*range(30), 200]
    ],
)
publish(
    "ad_clicks",
    [
        {"ad_id": f"a{n % 4}", "user_id": f"u{n}", "click_time": at(n + 10)}
        for n in [*range(0, 45, 2), 200]
    ],
)
impressions = parsed("impressions", "ad_id string, user_id string, impression_time timestamp")
clicks = parsed("ad_clicks", "ad_id string, user_id string, click_time timestamp")
pairs = (
    impressions.withWatermark("impression_time", "1 minute")
    .alias("i")
    .join(
        clicks.withWatermark("click_time", "1 minute").alias("c"),
        expr(
            "i.ad_id = c.ad_id AND i.user_id = c.user_id AND click_time BETWEEN impression_time AND impression_time + interval 30 minutes"
        ),
        "leftOuter",
    )
)
rates = pairs.groupBy(window("impression_time", "1 hour"), "i.ad_id").agg(
    count("*").alias("shown"), count("click_time").alias("clicked")
)
run("pairs", pairs.select("i.ad_id", "i.user_id", "click_time"))
run("rates", rates)
spark.stop()
