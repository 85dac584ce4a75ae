"""Counts the words of log files, as a stream, and prints the counts after each file.

Run it with `headrace submit examples/python/word_count.py [DIRECTORY]`, or against a running server
with SPARK_REMOTE=sc://localhost:15002. It is plain PySpark and runs on Apache Spark as well.
"""

import pathlib
import sys

from pyspark.sql import SparkSession
from pyspark.sql.functions import desc, explode, split

EXAMPLE_LOGS = pathlib.Path(__file__).resolve().parents[1] / "data" / "logs"
logs = sys.argv[1] if len(sys.argv) > 1 else str(EXAMPLE_LOGS)

spark = SparkSession.builder.appName("word count").getOrCreate()

lines = spark.readStream.format("text").option("maxFilesPerTrigger", 1).load(logs)
words = lines.select(explode(split(lines.value, " ")).alias("word"))
counts = words.groupBy("word").count().orderBy(desc("count"), "word")

query = (
    counts.writeStream.outputMode("complete")
    .format("console")
    .option("numRows", 10)
    .trigger(availableNow=True)
    .start()
)
query.awaitTermination()
spark.stop()
