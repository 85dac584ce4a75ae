"""Writes what is new in a Kafka topic to JSON files, and prints how many rows there are in all.

usage: kafka_to_files.py SERVERS TOPIC DIRECTORY
"""

import sys

from pyspark.sql import SparkSession

servers, topic, directory = sys.argv[1:]
spark = SparkSession.builder.master("local[2]").appName("kafka to files").getOrCreate()
stream = (
    spark.readStream.format("kafka")
    .option("kafka.bootstrap.servers", servers)
    .option("subscribe", topic)
    .option("startingOffsets", "earliest")
    .option("maxOffsetsPerTrigger", 7)
    .load()
)
query = (
    stream.selectExpr("string(value) as value", "partition", "offset")
    .writeStream.format("json")
    .option("path", f"{directory}/out")
    .option("checkpointLocation", f"{directory}/checkpoint")
    .trigger(availableNow=True)
    .start()
)
query.awaitTermination()
written = spark.read.schema("value string, partition int, offset long").json(f"{directory}/out")
print("rows:", written.count(), written.distinct().count())
spark.stop()
