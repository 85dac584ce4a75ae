"""Batch queries, as far as streaming programs need them."""

import datetime
import decimal

import pytest
from pyspark.sql import Row
from pyspark.sql import functions as F

from conftest import connect, disconnect, rows

SAMPLE = [(1, "a", 1.5), (2, "b", None), (3, None, -0.25)]
SCHEMA = "id INT, name STRING, amount DOUBLE"


def test_rows_there_and_back(spark):
    assert spark.createDataFrame(SAMPLE, SCHEMA).collect() == [
        Row(id=1, name="a", amount=1.5),
        Row(id=2, name="b", amount=None),
        Row(id=3, name=None, amount=-0.25),
    ]


def test_all_types_there_and_back(spark):
    # Times without zone mean the session's; the client converts with the machine's.
    values = (
        True,
        2**31 - 1,
        -(2**63),
        0.1,
        decimal.Decimal("12345678901234567890.123456"),
        "ä€😀",
        b"\x00\xff",
        datetime.date(1969, 12, 31),
        [1, None, 3],
        {"k": 1.5, "n": None},
        Row(x=1, y="z"),
        datetime.timedelta(days=1, microseconds=1),
    )
    schema = (
        "b BOOLEAN, i INT, l BIGINT, d DOUBLE, n DECIMAL(38,6), s STRING, y BINARY, t DATE, "
        "a ARRAY<INT>, m MAP<STRING, DOUBLE>, r STRUCT<x: INT, y: STRING>, v INTERVAL DAY TO SECOND"
    )
    assert tuple(spark.createDataFrame([values], schema).collect()[0]) == values


def test_timestamps_keep_their_instant(spark):
    instant = datetime.datetime(2026, 3, 29, 12, 30, 15, 123456)
    dataframe = spark.createDataFrame([(instant, instant)], "z TIMESTAMP, n TIMESTAMP_NTZ")
    assert tuple(dataframe.collect()[0]) == (instant, instant)


def test_empty_result_has_a_schema(spark):
    empty = spark.createDataFrame(SAMPLE, SCHEMA).where("id > 100")
    assert empty.collect() == []
    assert empty.toPandas().columns.tolist() == ["id", "name", "amount"]


def test_pandas_there_and_back(spark):
    import pandas

    frame = pandas.DataFrame({"k": ["x", "y", "x"], "v": [1, 2, 3]})
    result = spark.createDataFrame(frame).groupBy("k").agg(F.sum("v").alias("s")).orderBy("k").toPandas()
    assert result.to_dict("list") == {"k": ["x", "y"], "s": [4, 2]}


def test_arrow_tables(spark, client_version):
    import pyarrow

    if client_version < (4, 0):
        pytest.skip("createDataFrame takes Arrow tables from 4.0 on")
    table = pyarrow.table({"a": [1, 2], "b": ["x", None]})
    assert rows(spark.createDataFrame(table)) == [(1, "x"), (2, None)]


def test_large_local_data_is_uploaded(spark):
    # Beyond the client's threshold rows travel as artifacts.
    spark.conf.set("spark.sql.session.localRelationCacheThreshold", "1000")
    data = [(i, "x" * 20) for i in range(5000)]
    dataframe = spark.createDataFrame(data, "i INT, s STRING")
    assert dataframe.agg(F.sum("i"), F.count("s")).collect()[0] == (sum(range(5000)), 5000)


def test_result_of_many_batches(spark):
    result = spark.range(100_000).select("id", (F.col("id") * 2).alias("d")).toPandas()
    assert len(result) == 100_000
    assert (result.d == result.id * 2).all()


def test_columns_and_expressions(spark):
    dataframe = spark.createDataFrame(SAMPLE, SCHEMA)
    assert rows(dataframe.select(dataframe.id, dataframe["name"])) == [(1, "a"), (2, "b"), (3, None)]
    assert rows(dataframe.selectExpr("id + 1 AS n", "upper(name)")) == [(2, "A"), (3, "B"), (4, None)]
    assert rows(dataframe.filter("id > 1").where(F.col("name").isNotNull())) == [(2, "b", None)]
    assert dataframe.withColumn("id", F.col("id") * 10).columns == ["id", "name", "amount"]
    assert dataframe.withColumns({"x": F.lit(1), "y": F.lit(2)}).columns[-2:] == ["x", "y"]
    assert dataframe.drop("name", "nothing").columns == ["id", "amount"]
    assert dataframe.withColumnRenamed("name", "label").columns == ["id", "label", "amount"]
    kind = F.when(F.col("id") == 1, "one").when(F.col("id") == 2, "two").otherwise("many")
    assert rows(dataframe.select(kind.alias("kind"))) == [("many",), ("one",), ("two",)]
    assert rows(dataframe.select(F.col("amount").cast("string"))) == [("-0.25",), ("1.5",), (None,)]
    assert rows(dataframe.alias("t").select("t.id")) == [(1,), (2,), (3,)]


def test_aggregates(spark):
    data = [("a", 1), ("a", 2), ("b", None), ("b", 4), (None, 5)]
    dataframe = spark.createDataFrame(data, "k STRING, v INT")
    grouped = dataframe.groupBy("k").agg(
        F.count("*"), F.count("v"), F.sum("v"), F.min("v"), F.max("v"), F.avg("v")
    )
    assert rows(grouped) == [
        ("a", 2, 2, 3, 1, 2, 1.5),
        ("b", 2, 1, 4, 4, 4, 4.0),
        (None, 1, 1, 5, 5, 5, 5.0),
    ]
    assert dataframe.count() == 5
    total = dataframe.agg(F.first("v", True), F.last("v", True), F.approx_count_distinct("v"))
    assert tuple(total.collect()[0]) == (1, 5, 4)


def test_union_distinct_limit_order(spark):
    dataframe = spark.createDataFrame(SAMPLE, SCHEMA).select("id")
    both = dataframe.union(dataframe)
    assert both.count() == 6
    assert rows(both.distinct()) == [(1,), (2,), (3,)]
    assert [row.id for row in both.orderBy(F.desc("id")).limit(2).collect()] == [3, 3]
    assert [row.id for row in dataframe.sort("id").tail(1)] == [3]
    assert dataframe.first() is not None and len(dataframe.take(2)) == 2


def test_join(spark):
    left = spark.createDataFrame([(1, "a"), (2, "b")], "id INT, l STRING")
    right = spark.createDataFrame([(2, "x"), (3, "y")], "id INT, r STRING")
    assert rows(left.join(right, "id")) == [(2, "b", "x")]
    assert rows(left.join(right, "id", "left")) == [(1, "a", None), (2, "b", "x")]
    assert rows(left.join(right, left.id == right.id, "full").select(left.id, right.id)) == [
        (1, None),
        (2, 2),
        (None, 3),
    ]


def test_sql_and_views(spark):
    spark.createDataFrame(SAMPLE, SCHEMA).createOrReplaceTempView("sample")
    query = """SELECT name IS NULL AS missing, count(*) AS n, sum(amount) AS total FROM sample
               WHERE id < 10 GROUP BY name IS NULL ORDER BY n DESC LIMIT 5"""
    assert [tuple(row) for row in spark.sql(query).collect()] == [(False, 2, 1.5), (True, 1, -0.25)]
    assert spark.table("sample").count() == 3
    assert spark.sql("SELECT id FROM sample WHERE name = :n", {"n": "b"}).collect() == [Row(id=2)]
    assert spark.catalog.dropTempView("sample")
    assert not spark.catalog.dropTempView("sample")


def test_sql_over_dataframes(spark, client_version):
    if client_version < (4, 0):
        pytest.skip("DataFrames as arguments of sql() travel from 4.0 on")
    numbers = spark.range(5)
    assert spark.sql("SELECT sum(id) AS s FROM {t}", t=numbers).collect() == [Row(s=10)]


def test_null_handling(spark):
    dataframe = spark.createDataFrame(SAMPLE, SCHEMA)
    assert rows(dataframe.na.fill("?", ["name"]).select("name")) == [("?",), ("a",), ("b",)]
    assert rows(dataframe.dropna(subset=["amount"]).select("id")) == [(1,), (3,)]


def test_show(spark, capsys):
    spark.createDataFrame(SAMPLE, SCHEMA).orderBy("id").show()
    assert capsys.readouterr().out == (
        "+---+----+------+\n"
        "| id|name|amount|\n"
        "+---+----+------+\n"
        "|  1|   a|   1.5|\n"
        "|  2|   b|  NULL|\n"
        "|  3|NULL| -0.25|\n"
        "+---+----+------+\n"
        "\n"
    )


def test_print_schema_and_explain(spark, capsys):
    spark.createDataFrame(SAMPLE, SCHEMA).printSchema()
    assert capsys.readouterr().out == (
        "root\n |-- id: integer (nullable = true)\n |-- name: string (nullable = true)\n"
        " |-- amount: double (nullable = true)\n\n"
    )
    spark.range(3).where("id > 1").explain(True)
    assert "== Physical Plan ==" in capsys.readouterr().out


@pytest.mark.parametrize("file_format", ["parquet", "json", "csv", "text"])
def test_files_there_and_back(spark, tmp_path, file_format):
    path = str(tmp_path / "out")
    schema = "name STRING" if file_format == "text" else SCHEMA
    dataframe = spark.createDataFrame(SAMPLE, SCHEMA).where("name IS NOT NULL")
    if file_format == "text":
        dataframe = dataframe.select("name")
    dataframe.write.format(file_format).save(path)
    read = spark.read.format(file_format)
    if file_format != "text":
        read = read.schema(schema)
    assert rows(read.load(path)) == rows(dataframe)


def test_save_modes_and_partitions(spark, tmp_path):
    from pyspark.errors import AnalysisException

    path = str(tmp_path / "out")
    dataframe = spark.createDataFrame([(1, "a"), (2, "b")], "v INT, k STRING")
    dataframe.write.partitionBy("k").parquet(path)
    assert (tmp_path / "out" / "k=a").is_dir()
    with pytest.raises(AnalysisException, match="PATH_ALREADY_EXISTS"):
        dataframe.write.parquet(path)
    dataframe.write.mode("ignore").parquet(path)
    dataframe.write.mode("append").partitionBy("k").parquet(path)
    assert rows(spark.read.parquet(path)) == [(1, "a"), (1, "a"), (2, "b"), (2, "b")]
    dataframe.limit(1).write.mode("overwrite").partitionBy("k").parquet(path)
    assert spark.read.parquet(path).count() == 1


def test_observed_metrics_of_a_batch(spark, client_version, tmp_path):
    if client_version < (4, 0):
        pytest.skip("Observation has no Spark Connect client before 4.0")
    from pyspark.sql import Observation

    metrics = [
        F.count(F.lit(1)).alias("rows"),
        F.max("id").alias("last"),
        F.avg("id").alias("mean"),
        F.sum(F.lit(None).cast("int")).alias("nothing"),
        F.sum(F.col("id").cast("decimal(5,1)")).alias("exact"),
    ]
    seen = {"rows": 4, "last": 3, "mean": 1.5, "nothing": None, "exact": decimal.Decimal("6.0")}
    collected, written = Observation("collected"), Observation("written")
    observed = spark.range(4).observe(collected, *metrics)
    assert observed.where("id > 2").count() == 1
    assert collected.get == seen
    spark.range(4).observe(written, *metrics).write.parquet(str(tmp_path / "out"))
    assert written.get == seen


def test_global_temp_views(spark, shared_server):
    from pyspark.errors import AnalysisException

    spark.range(2).createGlobalTempView("shared")
    with pytest.raises(AnalysisException, match="TEMP_TABLE_OR_VIEW_ALREADY_EXISTS"):
        spark.range(3).createGlobalTempView("shared")
    other = connect(shared_server.url)
    assert other.table("global_temp.shared").count() == 2
    spark.range(3).createOrReplaceGlobalTempView("shared")
    assert other.sql("SELECT max(id) FROM global_temp.shared").collect()[0][0] == 2
    # It outlives the session that made it, and is in no other database.
    other.sql("CREATE GLOBAL TEMPORARY VIEW doubled AS SELECT id * 2 AS d FROM global_temp.shared")
    disconnect(other)
    assert rows(spark.table("global_temp.doubled")) == [(0,), (2,), (4,)]
    assert not spark.catalog.tableExists("shared")
    assert spark.catalog.getTable("global_temp.shared").namespace == ["global_temp"]
    with pytest.raises(AnalysisException, match="`global_temp`.`nothing`"):
        spark.table("global_temp.nothing").collect()
    spark.sql("DROP VIEW global_temp.doubled")
    assert spark.catalog.dropGlobalTempView("shared")
    assert not spark.catalog.dropGlobalTempView("shared")
