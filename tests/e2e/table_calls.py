"""What each engine says to calls of the DataFrame API about tables.

usage: table_calls.py URL > answers/table_calls.json    records Apache Spark's answers
"""

import json
import pathlib
import sys
import tempfile

from pyspark.errors import PySparkException
from pyspark.sql import functions as F

DATABASE = "table_calls"
# Calls that Headrace answers otherwise, below the reason.
DIFFERENT = set()


def rows_of(spark, name):
    frame = spark.table(name)
    return [frame.schema.simpleString(), sorted(str(tuple(row)) for row in frame.collect())]


def frame(spark, *values, schema="a INT, b STRING"):
    return spark.createDataFrame(list(values), schema)


def stream(spark, directory, name="in"):
    source = directory / name
    if not source.exists():
        source.mkdir()
        (source / "1.json").write_text('{"a": 1, "b": "x"}\n{"a": 2, "b": "y"}\n')
    return spark.readStream.schema("a INT, b STRING").json(str(source))


def to_table(writer, directory, name, checkpoint=None):
    place = directory / "checkpoints" / (checkpoint or name)
    query = writer.option("checkpointLocation", str(place)).trigger(availableNow=True).toTable(name)
    query.awaitTermination()


# Each is (name, function of session and directory); they run in this order, on the same tables.
CALLS = [
    ("create", lambda s, d: frame(s, (1, "x"), (2, None)).write.saveAsTable("t")),
    ("create again", lambda s, d: frame(s, (1, "x")).write.saveAsTable("t")),
    ("ignore", lambda s, d: frame(s, (9, "i")).write.mode("ignore").saveAsTable("t")),
    ("after ignore", lambda s, d: rows_of(s, "t")),
    ("append", lambda s, d: frame(s, (3, "z")).write.mode("append").saveAsTable("t")),
    (
        "append by name",
        lambda s, d: frame(s, ("n", 4), schema="b STRING, a INT").write.mode("append").saveAsTable("t"),
    ),
    ("after appends", lambda s, d: rows_of(s, "t")),
    (
        "append fewer columns",
        lambda s, d: frame(s, (3,), schema="a INT").write.mode("append").saveAsTable("t"),
    ),
    (
        "append other columns",
        lambda s, d: frame(s, (3, "z"), schema="a INT, c STRING").write.mode("append").saveAsTable("t"),
    ),
    (
        "append other format",
        lambda s, d: frame(s, (3, "z")).write.format("json").mode("append").saveAsTable("t"),
    ),
    (
        "append other types",
        lambda s, d: frame(s, ("q", "z"), schema="a STRING, b STRING")
        .write.mode("append")
        .saveAsTable("t"),
    ),
    (
        "append partitioned",
        lambda s, d: frame(s, (3, "z")).write.partitionBy("b").mode("append").saveAsTable("t"),
    ),
    ("insert", lambda s, d: frame(s, (5, "five")).write.insertInto("t")),
    (
        "insert by position",
        lambda s, d: frame(s, (6, "six"), schema="b INT, a STRING").write.insertInto("t"),
    ),
    ("insert too few", lambda s, d: frame(s, (6,), schema="a INT").write.insertInto("t")),
    ("insert partitioned", lambda s, d: frame(s, (6, "x")).write.partitionBy("b").insertInto("t")),
    ("insert nowhere", lambda s, d: frame(s, (6, "x")).write.insertInto("nothing")),
    ("after inserts", lambda s, d: rows_of(s, "t")),
    ("insert overwrite", lambda s, d: frame(s, (7, "x")).write.insertInto("t", overwrite=True)),
    ("after overwrite", lambda s, d: rows_of(s, "t")),
    (
        "overwrite other columns",
        lambda s, d: frame(s, (1.5,), schema="d DOUBLE").write.mode("overwrite").saveAsTable("t"),
    ),
    ("after other columns", lambda s, d: rows_of(s, "t")),
    ("overwrite itself", lambda s, d: s.table("t").write.mode("overwrite").saveAsTable("t")),
    (
        "partitioned",
        lambda s, d: frame(s, (1, "x"), (2, "y"))
        .withColumn("c", F.lit(1))
        .write.partitionBy("b")
        .format("json")
        .saveAsTable("p"),
    ),
    ("read partitioned", lambda s, d: rows_of(s, "p")),
    ("columns", lambda s, d: [str(column) for column in s.catalog.listColumns("p")]),
    (
        "dynamic overwrite",
        lambda s, d: frame(s, (3, 4, "y"), schema="a INT, c INT, b STRING")
        .write.option("partitionOverwriteMode", "dynamic")
        .insertInto("p", overwrite=True),
    ),
    ("after dynamic overwrite", lambda s, d: rows_of(s, "p")),
    (
        "outside",
        lambda s, d: frame(s, (1, "x")).write.option("path", str(d / "outside")).saveAsTable("o"),
    ),
    ("kinds", lambda s, d: [(t.name, t.tableType, t.isTemporary) for t in s.catalog.listTables()]),
    ("drop outside", lambda s, d: s.sql("DROP TABLE o").collect()),
    ("data outside", lambda s, d: s.read.parquet(str(d / "outside")).collect()),
    ("unknown format", lambda s, d: frame(s, (1, "x")).write.format("nothing").saveAsTable("u")),
    ("unknown partition", lambda s, d: frame(s, (1, "x")).write.partitionBy("z").saveAsTable("u")),
    ("unknown database", lambda s, d: frame(s, (1, "x")).write.saveAsTable("nothing.u")),
    ("write to", lambda s, d: frame(s, (1, "x")).writeTo("v2").using("parquet").create()),
    ("write to again", lambda s, d: frame(s, (1, "x")).writeTo("v2").create()),
    ("write to append", lambda s, d: frame(s, (1, "x")).writeTo("v2").append()),
    ("write to replace", lambda s, d: frame(s, (1, "x")).writeTo("v2").replace()),
    ("write to new", lambda s, d: frame(s, (1, "x")).writeTo("v3").createOrReplace()),
    ("write to partitions", lambda s, d: frame(s, (1, "x")).writeTo("v2").overwritePartitions()),
    ("write to overwrite", lambda s, d: frame(s, (1, "x")).writeTo("v2").overwrite(F.lit(True))),
    ("write to nowhere", lambda s, d: frame(s, (1, "x")).writeTo("nothing").append()),
    (
        "write to partitioned",
        lambda s, d: frame(s, (1, "x")).writeTo("v4").partitionedBy("b").tableProperty("k", "v").create(),
    ),
    ("read write to", lambda s, d: [rows_of(s, "v2"), rows_of(s, "v4")]),
    ("temporary view", lambda s, d: frame(s, (1, "x")).createOrReplaceTempView("view")),
    ("insert into view", lambda s, d: frame(s, (1, "x")).write.insertInto("view")),
    ("table beside view", lambda s, d: frame(s, (5, "table")).write.saveAsTable("view")),
    ("view first", lambda s, d: rows_of(s, "view")),
    ("then the table", lambda s, d: rows_of(s, f"{DATABASE}.view")),
    ("read.table", lambda s, d: s.read.table("v2").collect()),
    ("no such table", lambda s, d: s.table("nothing").collect()),
    ("to table", lambda s, d: to_table(stream(s, d).writeStream, d, "st")),
    ("read streamed", lambda s, d: rows_of(s, "st")),
    ("to table again", lambda s, d: to_table(stream(s, d).writeStream, d, "st", "other")),
    ("read streamed twice", lambda s, d: rows_of(s, "st")),
    ("wrong format", lambda s, d: to_table(stream(s, d).writeStream.format("json"), d, "st", "w")),
    ("into view", lambda s, d: to_table(stream(s, d).writeStream, d, "view", "w2")),
    (
        "into stored view",
        lambda s, d: [
            s.sql("CREATE VIEW sv AS SELECT * FROM st").collect(),
            to_table(stream(s, d).writeStream, d, "sv", "w3"),
        ],
    ),
    (
        "update mode",
        lambda s, d: to_table(stream(s, d).writeStream.outputMode("update"), d, "upd"),
    ),
    (
        "partitioned stream",
        lambda s, d: to_table(stream(s, d).writeStream.format("json").partitionBy("b"), d, "sp"),
    ),
    ("read partitioned stream", lambda s, d: rows_of(s, "sp")),
    (
        "stream outside",
        lambda s, d: to_table(stream(s, d).writeStream.option("path", str(d / "so")), d, "so"),
    ),
    ("kind of stream outside", lambda s, d: s.catalog.getTable("so").tableType),
    (
        "stream of a table",
        lambda s, d: to_table(s.readStream.table("st").writeStream, d, "copy"),
    ),
    ("read copy", lambda s, d: rows_of(s, "copy")),
    (
        "stream of a partitioned table",
        lambda s, d: to_table(
            s.readStream.option("maxFilesPerTrigger", 1).table("p").writeStream, d, "copy2"
        ),
    ),
    ("read second copy", lambda s, d: rows_of(s, "copy2")),
    ("stream of nothing", lambda s, d: s.readStream.table("nothing").isStreaming),
    ("stream in SQL", lambda s, d: s.sql("SELECT a + 1 AS n FROM STREAM st").isStreaming),
    ("stream in brackets", lambda s, d: s.sql("SELECT * FROM STREAM(st)").schema.simpleString()),
    ("no stream in SQL", lambda s, d: s.sql("SELECT * FROM STREAM nothing").isStreaming),
    ("collect a stream", lambda s, d: s.readStream.table("st").collect()),
    ("current", lambda s, d: [s.catalog.currentCatalog(), s.catalog.currentDatabase()]),
    ("database", lambda s, d: str(s.catalog.getDatabase(DATABASE).name)),
    ("no database", lambda s, d: s.catalog.getDatabase("nothing")),
    ("databases", lambda s, d: [x.name for x in s.catalog.listDatabases(f"{DATABASE}*")]),
    ("database exists", lambda s, d: [s.catalog.databaseExists(x) for x in (DATABASE, "nothing")]),
    ("table", lambda s, d: str(s.catalog.getTable("t"))),
    ("temporary table", lambda s, d: str(s.catalog.getTable("view"))),
    ("no table", lambda s, d: s.catalog.getTable("nothing")),
    ("tables", lambda s, d: [x.name for x in s.catalog.listTables(pattern="s*")]),
    ("tables of nothing", lambda s, d: s.catalog.listTables("nothing")),
    (
        "table exists",
        lambda s, d: [s.catalog.tableExists(x) for x in ("t", f"{DATABASE}.t", "view", "no")]
        + [s.catalog.tableExists("t", DATABASE)],
    ),
    ("columns of nothing", lambda s, d: s.catalog.listColumns("nothing")),
    ("function exists", lambda s, d: [s.catalog.functionExists(x) for x in ("upper", "no")]),
    ("no function", lambda s, d: s.catalog.getFunction("nothing")),
    ("function", lambda s, d: s.catalog.getFunction("upper").name),
    ("functions", lambda s, d: [x.name for x in s.catalog.listFunctions(pattern="upp*")]),
    ("cached", lambda s, d: [s.catalog.cacheTable("t"), s.catalog.isCached("t")]),
    ("not cached", lambda s, d: [s.catalog.uncacheTable("t"), s.catalog.isCached("t")]),
    ("cache nothing", lambda s, d: s.catalog.cacheTable("nothing")),
    ("is nothing cached", lambda s, d: s.catalog.isCached("nothing")),
    ("clear cache", lambda s, d: s.catalog.clearCache()),
    ("refresh", lambda s, d: [s.catalog.refreshTable("t"), s.catalog.refreshByPath("/nothing")]),
    ("refresh nothing", lambda s, d: s.catalog.refreshTable("nothing")),
    ("recover", lambda s, d: s.catalog.recoverPartitions("p")),
    ("recover unpartitioned", lambda s, d: s.catalog.recoverPartitions("t")),
    (
        "create table",
        lambda s, d: s.catalog.createTable(
            "ct", source="json", schema=frame(s, (1, "x")).schema, description="made"
        ).schema.simpleString(),
    ),
    ("created table", lambda s, d: str(s.catalog.getTable("ct"))),
    (
        "create external table",
        lambda s, d: rows_of(s, "ce") if s.catalog.createTable("ce", path=str(d / "outside")) else None,
    ),
    ("drop view", lambda s, d: [s.catalog.dropTempView(x) for x in ("view", "nothing")]),
    ("drop global view", lambda s, d: s.catalog.dropGlobalTempView("nothing")),
    ("catalogs", lambda s, d: [x.name for x in s.catalog.listCatalogs()]),
    ("other catalog", lambda s, d: s.catalog.setCurrentCatalog("nothing")),
    ("other database", lambda s, d: s.catalog.setCurrentDatabase("nothing")),
]


def answer(spark, directory, call):
    try:
        return json.loads(json.dumps(call(spark, directory), default=str))
    except PySparkException as error:
        return [type(error).__name__, error.getCondition() or "", error.getSqlState() or ""]


def all_answers(spark, directory):
    spark.sql(f"DROP DATABASE IF EXISTS {DATABASE} CASCADE")
    spark.sql(f"CREATE DATABASE {DATABASE}")
    spark.catalog.setCurrentDatabase(DATABASE)
    try:
        return {name: answer(spark, directory, call) for name, call in CALLS}
    finally:
        spark.catalog.setCurrentDatabase("default")
        spark.sql(f"DROP DATABASE IF EXISTS {DATABASE} CASCADE")


def main():
    from pyspark.sql import SparkSession

    spark = SparkSession.builder.remote(sys.argv[1]).create()
    spark.conf.set("spark.sql.session.timeZone", "UTC")
    with tempfile.TemporaryDirectory() as directory:
        recorded = all_answers(spark, pathlib.Path(directory))
    spark.stop()
    lines = (f"{json.dumps(name)}: {json.dumps(answered)}" for name, answered in recorded.items())
    print("{\n" + ",\n".join(lines) + "\n}")


if __name__ == "__main__":
    main()
