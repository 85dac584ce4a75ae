"""The programs that both engines run: plain PySpark, one function each.

A workload gets the session, the input directory and a scratch directory, starts one query that ends
by itself, and returns it with a function that gives the result as comparable rows.
"""

from pyspark.sql import functions as F

AD_SCHEMA = (
    "user_id STRING, page_id STRING, ad_id STRING, ad_type STRING, event_type STRING, event_time TIMESTAMP, ip_address STRING"
)


def files(spark, format, schema, directory):
    return spark.readStream.format(format).schema(schema).option("maxFilesPerTrigger", 1).load(str(directory))


def start(writer, scratch, name):
    return (
        writer.queryName(name)
        .option("checkpointLocation", str(scratch / "checkpoint"))
        .trigger(availableNow=True)
        .start()
    )


def word_count(spark, directory, scratch, name):
    words = files(spark, "json", "id LONG, text STRING", directory).select(F.explode(F.split("text", " ")).alias("word"))
    query = start(words.groupBy("word").count().writeStream.format("memory").outputMode("complete"), scratch, name)
    return query, lambda: sorted(tuple(row) for row in spark.table(name).collect())


def keyed_aggregation(spark, directory, scratch, name):
    readings = files(spark, "json", "user LONG, value DOUBLE, kind STRING", directory)
    totals = readings.groupBy("user").agg(F.count("*").alias("n"), F.sum("value").alias("total"), F.max("value").alias("most"))
    query = start(totals.writeStream.format("memory").outputMode("update"), scratch, name)

    def result():
        # Update mode gives a row each time a key changes: its last one has the highest count.
        last = spark.table(name).groupBy("user").agg(F.max("n"), F.max("total"), F.max("most"))
        return sorted(tuple(row) for row in last.collect())

    return query, result


def ad_campaigns(spark, directory, scratch, name):
    campaigns = spark.createDataFrame([(f"ad-{n}", f"campaign-{n % 100}") for n in range(1000)], "ad STRING, campaign STRING")
    lines = files(spark, "text", "value STRING", directory)
    events = lines.select(F.from_json("value", AD_SCHEMA).alias("e")).select("e.ad_id", "e.event_type", "e.event_time")
    views = events.where("event_type = 'view'").join(campaigns, F.col("ad_id") == F.col("ad"))
    query = start(views.groupBy("campaign").count().writeStream.format("memory").outputMode("complete"), scratch, name)
    return query, lambda: sorted(tuple(row) for row in spark.table(name).collect())


def parquet_pass_through(spark, directory, scratch, name):
    trades = files(spark, "parquet", "id LONG, price DOUBLE, symbol STRING, note STRING", directory)
    dear = trades.where("price > 500").select("id", "symbol", (F.col("price") * 2).alias("double_price"))
    query = start(dear.writeStream.format("parquet").option("path", str(scratch / "out")), scratch, name)

    def result():
        written = spark.read.parquet(str(scratch / "out"))
        total = written.agg(F.count("*"), F.sum("id"), F.sum("double_price")).collect()
        return [tuple(row) for row in total]

    return query, result


def json_to_parquet(spark, directory, scratch, name):
    messages = files(spark, "json", "id STRING, value LONG, at TIMESTAMP", directory)
    query = start(messages.writeStream.format("parquet").option("path", str(scratch / "out")), scratch, name)

    def result():
        written = spark.read.parquet(str(scratch / "out"))
        total = written.agg(F.count("*"), F.countDistinct("id"), F.sum("value"), F.min("at"), F.max("at")).collect()
        return [tuple(row) for row in total]

    return query, result


def interval_join(spark, directory, scratch, name):
    shown = files(spark, "json", "ad STRING, shown TIMESTAMP, page INT", directory / "impressions")
    clicked = files(spark, "json", "ad STRING, clicked TIMESTAMP, user LONG", directory / "clicks")
    impressions = shown.withWatermark("shown", "10 minutes").alias("i")
    clicks = clicked.withWatermark("clicked", "10 minutes").alias("c")
    soon = F.expr("i.ad = c.ad AND clicked >= shown AND clicked <= shown + INTERVAL 5 MINUTES")
    joined = impressions.join(clicks, soon, "leftOuter").select("i.ad", "page", "user")
    query = start(joined.writeStream.format("parquet").option("path", str(scratch / "out")), scratch, name)

    def result():
        written = spark.read.parquet(str(scratch / "out"))
        total = written.agg(F.count("*"), F.count("user"), F.sum("user"), F.sum("page")).collect()
        return [tuple(row) for row in total]

    return query, result


def all_rows(spark, name):
    return lambda: sorted(tuple(row) for row in spark.table(name).collect())


def tumbling_million_keys(spark, directory, scratch, name):
    clicks = files(spark, "json", "user LONG, at TIMESTAMP", directory).withWatermark("at", "10 seconds")
    counts = clicks.groupBy(F.window("at", "1 hour"), "user").count()
    query = start(counts.writeStream.format("memory").outputMode("append"), scratch, name)

    def result():
        rows = spark.table(name).groupBy("window.start").agg(F.count("*"), F.sum("count"), F.sum(F.col("user") * F.col("count")))
        return sorted(tuple(row) for row in rows.collect())

    return query, result


def sliding_ohlcv(spark, directory, scratch, name):
    ticks = files(spark, "json", "symbol STRING, price DOUBLE, volume LONG, at TIMESTAMP", directory)
    bars = (
        ticks.withWatermark("at", "10 seconds")
        .groupBy("symbol", F.window("at", "5 minutes", "1 minute"))
        .agg(F.first("price"), F.max("price"), F.min("price"), F.last("price"), F.sum("volume"))
    )
    query = start(bars.writeStream.format("memory").outputMode("append"), scratch, name)
    return query, all_rows(spark, name)


def dedup_within_watermark(spark, directory, scratch, name):
    messages = files(spark, "json", "id STRING, value LONG, at TIMESTAMP", directory)
    first = messages.withWatermark("at", "5 minutes").dropDuplicatesWithinWatermark(["id"])
    query = start(first.writeStream.format("memory").outputMode("append"), scratch, name)

    def result():
        rows = spark.table(name).agg(F.count("*"), F.countDistinct("id"), F.sum("value"), F.max("at"))
        return [tuple(row) for row in rows.collect()]

    return query, result


def session_windows(spark, directory, scratch, name):
    visits = files(spark, "json", "user LONG, page STRING, at TIMESTAMP", directory).withWatermark("at", "10 seconds")
    sessions = visits.groupBy("user", F.session_window("at", "1 minute")).agg(F.count("*").alias("pages"), F.max("page").alias("last"))
    query = start(sessions.writeStream.format("memory").outputMode("append"), scratch, name)

    def result():
        rows = spark.table(name).groupBy("last").agg(
            F.count("*"), F.sum("pages"), F.sum("user"), F.min("session_window.start"), F.max("session_window.end")
        )
        return sorted(tuple(row) for row in rows.collect())

    return query, result


def user_totals(spark, directory, scratch, output):
    """Counts of all users there are: the state that `state.py` restarts with and puts under a limit."""
    clicks = files(spark, "json", "user LONG, at TIMESTAMP", directory)
    totals = clicks.groupBy("user").agg(F.count("*").alias("n"), F.max("at").alias("last"))
    writer = totals.writeStream.outputMode("update")
    return start(writer.format("memory") if output else writer.format("noop"), scratch, output or "user_totals")


# By name: the input, the program.
THROUGHPUT = {
    "word_count": ("texts", word_count),
    "keyed_aggregation": ("readings", keyed_aggregation),
    "ad_campaigns": ("ad_events", ad_campaigns),
    "parquet_pass_through": ("parquet", parquet_pass_through),
    "json_to_parquet": ("messages", json_to_parquet),
    "tumbling_million_keys": ("clicks", tumbling_million_keys),
    "sliding_ohlcv": ("ticks", sliding_ohlcv),
    "dedup_within_watermark": ("messages", dedup_within_watermark),
    "interval_join": ("impressions_and_clicks", interval_join),
    "session_windows": ("visits", session_windows),
}
# A part of the events is enough where Spark takes many times as long for one.
PARTS = {"interval_join": 4}
# Their results hold sums of doubles, which depend on the order of the additions.
SUMS_OF_DOUBLES = {"keyed_aggregation", "parquet_pass_through"}


def tiny_batches(spark, scratch, stateful):
    """Batches of ten rows back to back, with durable logs; runs until it is stopped."""
    rows = spark.readStream.format("rate-micro-batch").option("rowsPerBatch", 10).load()
    if stateful:
        rows = rows.groupBy((F.col("value") % 10).alias("key")).count()
    writer = rows.writeStream.format("noop").outputMode("update" if stateful else "append")
    return writer.option("checkpointLocation", str(scratch / "checkpoint")).start()
