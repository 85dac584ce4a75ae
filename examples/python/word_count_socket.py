"""Counts the words that arrive over a socket, Spark's classic first streaming program.

Lines come from HOST and PORT if they are given (try `nc -lk 9999`); the program then runs until it is
interrupted. Without arguments it feeds itself a few lines and ends.
"""

import socket
import sys
import threading

from pyspark.sql import SparkSession
from pyspark.sql.functions import explode, split

LINES = ["to be or not to be", "that is the question", "to sleep to dream"]


class Feeder:
    """Sends LINES to whoever connects."""

    def __init__(self):
        self._listener = socket.create_server(("localhost", 0))
        self.address = self._listener.getsockname()
        threading.Thread(target=self._feed, daemon=True).start()

    def _feed(self):
        while True:
            connection, _ = self._listener.accept()
            connection.sendall("".join(line + "\n" for line in LINES).encode())


feeds_itself = len(sys.argv) < 3
host, port = Feeder().address if feeds_itself else (sys.argv[1], int(sys.argv[2]))

spark = SparkSession.builder.appName("word count over a socket").getOrCreate()

lines = spark.readStream.format("socket").option("host", host).option("port", port).load()
words = lines.select(explode(split(lines.value, " ")).alias("word"))
counts = words.groupBy("word").count()

query = counts.writeStream.outputMode("complete").format("console").start()
if feeds_itself:
    while sum(p["numInputRows"] for p in query.recentProgress) < len(LINES):
        query.awaitTermination(1)
    query.stop()
else:
    query.awaitTermination()
spark.stop()
