"""The queries that a first course on Structured Streaming builds over a directory of JSON events: pass
through, windows, late rows, duplicates, a join with a table, sessions. Written as for spark-submit.

usage: course_files.py, in an empty directory
"""

import json
import os
import random
from datetime import datetime, timedelta

from pyspark.sql import SparkSession
from pyspark.sql.functions import avg, col, count, session_window, sum, window
from pyspark.sql.types import (
    DoubleType,
    IntegerType,
    StringType,
    StructField,
    StructType,
    TimestampType,
)


def generate_events(output_dir="./input", batches=5, events_per_batch=100):
    os.makedirs(output_dir, exist_ok=True)
    chance = random.Random(7)
    for batch in range(batches):
        base_time = datetime(2024, 5, 1, 12, 0) + timedelta(minutes=40 * batch)
        events = []
        for i in range(events_per_batch):
            if i >= 90:  # sent once more
                events.append(events[i - 90])
                continue
            late = chance.random() < 0.1
            behind = chance.randint(60, 600) if late else chance.randint(0, 30)
            events.append(
                {
                    "event_id": f"{batch}_{i}",
                    "timestamp": (base_time - timedelta(seconds=behind)).isoformat(),
                    "user_id": chance.randint(1, 5),
                    "event_type": chance.choice(["click", "view", "purchase", "add_to_cart"]),
                    "value": chance.randint(40, 4000) / 4,
                    "session_id": f"session_{chance.randint(1, 100)}",
                }
            )
        with open(f"{output_dir}/batch_{batch:06d}.json", "w") as file:
            file.writelines(json.dumps(event) + "\n" for event in events)


def tell(name, frame):
    rows = [json.dumps(row.asDict(recursive=True), default=str) for row in frame.collect()]
    print("ANSWER", json.dumps([name, sorted(rows)]), flush=True)


generate_events()
builder = (
    SparkSession.builder.appName("StructuredStreamingDemo")
    .master("local[2]")
    .config("spark.sql.shuffle.partitions", 2)
    .config("spark.sql.streaming.checkpointLocation", "./checkpoints")
)
spark = builder.getOrCreate()
schema = StructType(
    [
        StructField("event_id", StringType(), False),
        StructField("timestamp", TimestampType(), False),
        StructField("user_id", IntegerType(), False),
        StructField("event_type", StringType(), False),
        StructField("value", DoubleType(), False),
        StructField("session_id", StringType(), False),
    ]
)
stream_df = (
    spark.readStream.format("json").schema(schema).option("maxFilesPerTrigger", 1).load("./input/")
)
query = (
    stream_df.writeStream.format("parquet")
    .outputMode("append")
    .option("checkpointLocation", "./checkpoints/raw_events")
    .start("./data/events")
)
print(f"Query ID: {query.id}, status: {query.status}")
query.processAllAvailable()
query.stop()
written = spark.read.format("parquet").load("./data/events")
tell("written", written)


tumbling = stream_df.groupBy(window(col("timestamp"), "5 minutes"), col("event_type")).agg(
    count("*").alias("event_count"),
    avg("value").alias("avg_value"),
    sum("value").alias("total_value"),
)
sliding = stream_df.groupBy(
    window(col("timestamp"), "5 minutes", "1 minute"), col("event_type")
).agg(count("*").alias("event_count"), avg("value").alias("avg_value"))
late = (
    stream_df.withWatermark("timestamp", "10 minutes")
    .groupBy(window(col("timestamp"), "5 minutes"), col("event_type"))
    .agg(count("*").alias("event_count"), avg("value").alias("avg_value"))
)
deduplicated = stream_df.withWatermark("timestamp", "1 hour").dropDuplicates(
    ["event_id", "timestamp"]
)
users = spark.createDataFrame(
    [(1, "Alice", "Premium"), (2, "Bob", "Standard"), (3, "Charlie", "Premium")],
    ["user_id", "name", "tier"],
)
users.write.format("parquet").mode("overwrite").save("./data/users")
enriched = stream_df.join(spark.read.format("parquet").load("./data/users"), "user_id")
sessions = (
    stream_df.withWatermark("timestamp", "1 hour")
    .groupBy(session_window(col("timestamp"), "30 minutes"), col("user_id"))
    .agg(count("*").alias("events_in_session"), sum("value").alias("session_value"))
)
for name, frame, mode in [
    ("tumbling", tumbling, "complete"),
    ("sliding", sliding, "complete"),
    ("late", late, "append"),
    ("deduplicated", deduplicated, "append"),
    ("enriched", enriched, "append"),
    ("sessions", sessions, "append"),
]:
    query = (
        frame.writeStream.format("memory")
        .queryName(name)
        .outputMode(mode)
        .trigger(availableNow=True)
        .start()
    )
    query.awaitTermination()
    tell(name, spark.table(name))
query = (
    late.writeStream.format("console")
    .outputMode("update")
    .option("truncate", "false")
    .trigger(processingTime="100 milliseconds")
    .start()
)
query.processAllAvailable()
print("console:", [progress["numInputRows"] for progress in query.recentProgress])
query.stop()
spark.stop()
