"""What each engine says to calls of the DataFrame API that run queries of their own, keep rows or are
made of others.

usage: frame_calls.py URL > answers/frame_calls.json    records Apache Spark's answers
"""

import json
import pathlib
import sys
import tempfile
import urllib.parse

from pyspark.errors import PySparkException
from pyspark.sql import Window
from pyspark.sql import functions as F

# Calls that Headrace answers otherwise, below the reason.
DIFFERENT = {
    # Structs are values like others, and so are bytes.
    "pivot by struct",
    "pivot by binary",
    # Spark fails with an error of its own.
    "quantiles of no probabilities",
    # A left join keeps rows for which the function makes none.
    "tvf in left lateral join",
    # A column that is null in the last row only.
    "tvf stack",
    # These functions are not there.
    "tvf keywords",
    "tvf variant",
}


def type_text(data_type):
    """With the nullability of what is in it."""
    inner = data_type.jsonValue()
    return json.dumps(inner) if isinstance(inner, dict) else data_type.simpleString()


def described(frame, ordered=True):
    """Columns with their types and nullability, and the rows."""
    columns = [
        f"{field.name} {type_text(field.dataType)}{'' if field.nullable else ' not null'}"
        for field in frame.schema
    ]
    rows = [str(tuple(row)) for row in frame.collect()]
    return [columns, rows if ordered else sorted(rows)]


def sales(spark):
    rows = [
        (1, "north", "tea", 10, 1.5),
        (2, "south", "coffee", 20, 2.5),
        (3, "north", "coffee", 30, 3.5),
        (4, None, "tea", 40, 4.5),
        (5, "south", None, None, 5.5),
        (6, "north", "tea", 60, None),
    ]
    return spark.createDataFrame(rows, "id INT, region STRING, product STRING, amount INT, price DOUBLE")


def numbers(spark):
    return spark.range(1, 101).selectExpr(
        "id", "CAST(id AS INT) % 7 AS i", "id / 10 AS d", "CAST(id % 5 AS STRING) AS s"
    )


def special(spark):
    """Nulls, NaN and text that is no number."""
    rows = [(1.0, 1, "1"), (float("nan"), None, "x"), (None, 3, None), (4.0, 4, "10"), (2.0, 2, "2")]
    return spark.createDataFrame(rows, "d DOUBLE, i INT, s STRING")


def pivoted(spark, column, *aggregates, keys=("region",)):
    frame = sales(spark)
    if not isinstance(column, str):
        frame, column = frame.withColumn("p", column), "p"
    return described(frame.groupBy(*keys).pivot(column).agg(*aggregates), ordered=False)


PIVOTS = [
    ("pivot", lambda s, d: pivoted(s, "product", F.sum("amount"))),
    (
        "pivot sum",
        lambda s, d: described(sales(s).groupBy("region").pivot("product").sum("amount"), False),
    ),
    ("pivot count", lambda s, d: described(sales(s).groupBy("region").pivot("product").count(), False)),
    ("pivot two", lambda s, d: pivoted(s, "product", F.sum("amount").alias("s"), F.max("price"))),
    ("pivot without keys", lambda s, d: pivoted(s, "product", F.sum("amount"), keys=())),
    ("pivot by number", lambda s, d: pivoted(s, "amount", F.first("product"))),
    ("pivot by double", lambda s, d: pivoted(s, "price", F.sum("amount"))),
    ("pivot by expression", lambda s, d: pivoted(s, F.col("id") % 2, F.sum("amount"))),
    ("pivot by boolean", lambda s, d: pivoted(s, F.col("id") > 2, F.count("id"))),
    (
        "pivot by date",
        lambda s, d: pivoted(
            s, F.date_add(F.lit("2024-01-01").cast("date"), F.col("id") % 2), F.count("id")
        ),
    ),
    (
        "pivot by timestamp",
        lambda s, d: pivoted(s, F.timestamp_seconds(F.col("id") % 2), F.count("id")),
    ),
    ("pivot by decimal", lambda s, d: pivoted(s, F.col("price").cast("decimal(5,2)"), F.count("id"))),
    (
        "pivot by struct",
        lambda s, d: pivoted(
            s, F.struct((F.col("id") % 2).alias("a"), F.lit("x").alias("b")), F.count("id")
        ),
    ),
    ("pivot by array", lambda s, d: pivoted(s, F.array(F.col("id") % 2, F.lit(7)), F.count("id"))),
    ("pivot by map", lambda s, d: pivoted(s, F.create_map(F.lit("a"), F.col("id")), F.count("id"))),
    ("pivot by binary", lambda s, d: pivoted(s, F.col("product").cast("binary"), F.count("id"))),
    ("pivot by key", lambda s, d: pivoted(s, "region", F.count("id"))),
    (
        "pivot without keys and rows",
        lambda s, d: described(sales(s).where("id > 9").groupBy().pivot("product").count()),
    ),
    (
        "pivot by given values",
        lambda s, d: described(
            sales(s).groupBy("region").pivot("price", [1.5, 7.0]).sum("amount"), False
        ),
    ),
    (
        "pivot in SQL by dates",
        lambda s, d: described(
            s.sql(
                "SELECT * FROM VALUES (DATE'2024-01-01', 1), (DATE'2024-01-02', 2) AS t(day, n) "
                "PIVOT (sum(n) FOR day IN (DATE'2024-01-01', DATE'2024-01-03' AS third))"
            )
        ),
    ),
    (
        "pivot of nothing",
        lambda s, d: described(sales(s).where("id > 9").groupBy("region").pivot("product").count()),
    ),
    ("pivot by nothing", lambda s, d: pivoted(s, "nothing", F.count("id"))),
    ("pivot without aggregate", lambda s, d: pivoted(s, "product", F.col("amount"))),
    (
        "pivot then more",
        lambda s, d: described(
            sales(s)
            .groupBy("region")
            .pivot("product")
            .sum("amount")
            .where("tea > 1")
            .select("tea", "region"),
            ordered=False,
        ),
    ),
    (
        "pivot by a view",
        lambda s, d: [
            sales(s).groupBy("region").pivot("product").count().createOrReplaceTempView("pv"),
            described(s.sql("SELECT * FROM pv ORDER BY region")),
        ],
    ),
]


def limited(spark, key, value, call):
    before = spark.conf.get(key)
    spark.conf.set(key, value)
    try:
        return call(spark)
    finally:
        spark.conf.set(key, before)


PIVOTS += [
    (
        "pivot by as many values as may be",
        lambda s, d: limited(
            s, "spark.sql.pivotMaxValues", "3", lambda s: pivoted(s, "product", F.count("id"))
        ),
    ),
    (
        "pivot by too many values",
        lambda s, d: limited(
            s, "spark.sql.pivotMaxValues", "2", lambda s: pivoted(s, "product", F.count("id"))
        ),
    ),
    (
        "pivot of a stream",
        lambda s, d: s.readStream.format("rate")
        .load()
        .groupBy("timestamp")
        .pivot("value")
        .count()
        .schema,
    ),
]


def written(spark, directory, name, format="parquet", partitions=None):
    target = directory / name
    if not target.exists():
        writer = sales(spark).coalesce(1).write.format(format)
        (writer.partitionBy(partitions) if partitions else writer).save(str(target))
    return spark.read.format(format).load(str(target))


def files(frame, directory):
    """Paths of files, without what chance named."""
    names = []
    for name in frame.inputFiles():
        path = urllib.parse.unquote(name).removeprefix("file://")
        assert pathlib.Path(path).is_file(), name
        names.append(name.replace(str(directory), "<directory>").rpartition("/part-")[0])
    return sorted(names)


FILES = [
    ("files of nothing", lambda s, d: s.range(3).inputFiles()),
    ("files of rows", lambda s, d: sales(s).inputFiles()),
    ("files", lambda s, d: files(written(s, d, "plain"), d)),
    ("files of partitions", lambda s, d: files(written(s, d, "parts", "json", "product"), d)),
    (
        "files of one partition",
        lambda s, d: files(written(s, d, "parts", "json", "product").where("product = 'tea'"), d),
    ),
    (
        "files of a join",
        lambda s, d: files(
            written(s, d, "plain").join(written(s, d, "parts", "json", "product"), "id"), d
        ),
    ),
    ("files read twice", lambda s, d: files(written(s, d, "plain").union(written(s, d, "plain")), d)),
    ("files of an aggregate", lambda s, d: files(written(s, d, "plain").groupBy("region").count(), d)),
    ("files with a blank", lambda s, d: files(written(s, d, "with blank"), d)),
]


def near(spark, probabilities, error):
    """Are the values' ranks among 100 as near as was asked for?"""
    values = numbers(spark).stat.approxQuantile("d", probabilities, error)
    return [bool(abs(10 * value - 100 * p) <= 100 * error) for value, p in zip(values, probabilities)]


STATISTICS = [
    ("summary", lambda s, d: described(numbers(s).select("id", "i", "s").summary())),
    (
        "summary of percentiles",
        lambda s, d: described(numbers(s).summary("10%", "count", "99.9%", "0%", "100%", "33.3%")),
    ),
    (
        "summary of special values",
        lambda s, d: described(special(s).select("i", "s").summary("count", "25%", "75%", "max")),
    ),
    ("summary of no rows", lambda s, d: described(special(s).where("i > 9").summary())),
    (
        "summary of no numbers",
        lambda s, d: described(
            special(s).select("s").summary("count", "mean", "25%", "50%", "75%", "max")
        ),
    ),
    (
        "summary of integers",
        lambda s, d: described(sales(s).select("amount", "id").summary("50%", "min")),
    ),
    (
        "summary without columns",
        lambda s, d: described(s.createDataFrame([(True,)], "b BOOLEAN").summary()),
    ),
    ("summary of a wrong percentile", lambda s, d: described(special(s).summary("x%"))),
    ("summary of a percentile too large", lambda s, d: described(special(s).summary("101%"))),
    ("summary of a negative percentile", lambda s, d: described(special(s).summary("-1%"))),
    ("summary of a nothing", lambda s, d: described(special(s).summary("foo"))),
    ("describe", lambda s, d: described(sales(s).describe())),
    ("describe columns", lambda s, d: described(sales(s).describe("price", "region"))),
    ("quantiles", lambda s, d: numbers(s).approxQuantile("id", [0.0, 0.25, 0.5, 1.0], 0.0)),
    ("quantiles nearly", lambda s, d: near(s, [0.5, 0.9], 0.1)),
    ("quantiles roughly", lambda s, d: near(s, [0.1, 0.5, 0.9], 0.3)),
    ("quantiles of anything", lambda s, d: numbers(s).stat.approxQuantile("d", [0.5], 2.0)),
    ("quantiles of several", lambda s, d: numbers(s).approxQuantile(["id", "i", "d"], [0.5, 0.1], 0.0)),
    (
        "quantiles of special values",
        lambda s, d: special(s).approxQuantile(["d", "i"], [0.0, 0.5, 1.0], 0.0),
    ),
    (
        "quantiles of no rows",
        lambda s, d: special(s).where("i > 9").approxQuantile(["d", "i"], [0.5], 0.0),
    ),
    ("quantiles of no probabilities", lambda s, d: special(s).approxQuantile(["d", "i"], [], 0.0)),
    ("quantiles of text", lambda s, d: special(s).approxQuantile("s", [0.5], 0.0)),
    ("quantiles of a missing column", lambda s, d: special(s).approxQuantile("zz", [0.5], 0.0)),
    ("correlation", lambda s, d: round(numbers(s).corr("id", "i"), 12)),
    ("correlation of one", lambda s, d: round(numbers(s).stat.corr("id", "d", "pearson"), 12)),
    ("correlation of nulls", lambda s, d: round(special(s).stat.corr("i", "i"), 12)),
    ("correlation with nulls", lambda s, d: round(sales(s).stat.corr("amount", "price"), 9)),
    ("correlation with NaN", lambda s, d: str(special(s).corr("i", "d"))),
    ("correlation of no rows", lambda s, d: str(special(s).where("i > 9").corr("i", "d"))),
    (
        "correlation of a constant",
        lambda s, d: str(s.range(3).selectExpr("id", "1 AS k").corr("id", "k")),
    ),
    ("correlation of text", lambda s, d: special(s).corr("s", "d")),
    ("correlation of a missing column", lambda s, d: special(s).corr("zz", "d")),
    ("covariance", lambda s, d: round(numbers(s).cov("id", "d"), 9)),
    ("covariance with nulls", lambda s, d: round(sales(s).stat.cov("amount", "price"), 9)),
    ("covariance of one row", lambda s, d: str(s.range(1).selectExpr("id", "1 AS k").cov("id", "k"))),
    ("covariance of no rows", lambda s, d: str(special(s).where("i > 9").cov("i", "d"))),
    ("covariance of text", lambda s, d: special(s).cov("s", "d")),
    ("covariance of a missing column", lambda s, d: special(s).cov("zz", "d")),
    ("crosstab", lambda s, d: described(sales(s).crosstab("region", "product"), False)),
    ("crosstab of numbers", lambda s, d: described(sales(s).stat.crosstab("amount", "price"), False)),
    (
        "crosstab of backticks",
        lambda s, d: described(
            s.createDataFrame([("a`b", "c`d"), ("x", None)], "k STRING, v STRING").crosstab("k", "v"),
            False,
        ),
    ),
    ("crosstab of itself", lambda s, d: described(sales(s).crosstab("product", "product"), False)),
    (
        "crosstab of no rows",
        lambda s, d: described(sales(s).where("id > 9").crosstab("region", "product")),
    ),
    ("crosstab of a missing column", lambda s, d: described(sales(s).crosstab("region", "zz"))),
    ("frequent", lambda s, d: frequent(sales(s).freqItems(["region", "product"]))),
    ("frequent numbers", lambda s, d: frequent(special(s).stat.freqItems(["d", "i"], 0.1))),
    (
        "frequent of many",
        lambda s, d: "1"
        in frequent(s.range(1000).selectExpr("if(id % 2 = 0, 1, id) AS k").freqItems(["k"], 0.4))[1][0],
    ),
    ("frequent of no rows", lambda s, d: frequent(special(s).where("i > 9").freqItems(["d"]))),
    ("frequent of too little support", lambda s, d: frequent(special(s).freqItems(["d"], 0.00001))),
    ("frequent of a missing column", lambda s, d: frequent(special(s).freqItems(["zz"]))),
    (
        "sample of groups",
        lambda s, d: described(sales(s).sampleBy("region", {"north": 1.0, "south": 0.0}, 7)),
    ),
    (
        "sample of numbered groups",
        lambda s, d: described(sales(s).sampleBy("id", {1: 1.0, 3: 1.0, 9: 1.0}, 7).orderBy("id")),
    ),
    (
        "sample by an expression",
        lambda s, d: described(sales(s).stat.sampleBy(F.col("id") % 2, {0: 1.0}, 7).orderBy("id")),
    ),
    (
        "sample of some",
        lambda s, d: described(
            s.range(0, 40, 1, 1)
            .selectExpr("id", "CAST(id AS INT) & 1 AS k")
            .sampleBy("k", {0: 0.5, 1: 0.2}, 42)
        ),
    ),
    ("sample of a negative fraction", lambda s, d: described(sales(s).sampleBy("id", {1: -1.0}, 7))),
    ("sample of a large fraction", lambda s, d: described(sales(s).sampleBy("id", {1: 1.5}, 7))),
]


def frequent(frame):
    columns, _ = described(frame.limit(0))
    return [columns, [sorted(map(str, items)) for items in frame.collect()[0]]]


def shown(frame):
    return [described(frame), frame.count()]


def kept(spark, name):
    """A checkpoint answers with the rows of when it was made."""
    spark.range(3).createOrReplaceTempView("kept_source")
    frame = getattr(spark.table("kept_source").selectExpr("id", "rand() AS r"), name)()
    first = frame.collect()
    return [
        first == frame.collect(),
        described(frame.select("id").orderBy("id")),
        first == frame.limit(9).collect(),
    ]


def tvf(call):
    return lambda s, d: described(call(s.tvf))


NEWER = [
    (
        "transpose",
        lambda s, d: described(
            s.createDataFrame([("a", 1, 2.5), ("b", 3, 4.5)], "k STRING, x INT, y DOUBLE").transpose()
        ),
    ),
    (
        "transpose by column",
        lambda s, d: described(
            s.createDataFrame([("a", 1, 2), ("b", 3, 4)], "k STRING, x INT, y INT").transpose("x")
        ),
    ),
    (
        "transpose by column object",
        lambda s, d: described(
            s.createDataFrame([("a", 1, 2), ("b", 3, 4)], "k STRING, x INT, y INT")
            .select("x", "y")
            .transpose(F.col("y"))
        ),
    ),
    (
        "transpose of no rows",
        lambda s, d: described(s.createDataFrame([], "k STRING, x INT, y INT").transpose()),
    ),
    (
        "transpose of null index",
        lambda s, d: described(s.createDataFrame([(None, 1), ("b", 3)], "k STRING, x INT").transpose()),
    ),
    (
        "transpose of unsorted",
        lambda s, d: described(
            s.createDataFrame([("z", 1), ("b", 3), ("b", None)], "k STRING, x INT").transpose()
        ),
    ),
    (
        "transpose of one column",
        lambda s, d: described(s.createDataFrame([("z",), ("b",)], "k STRING").transpose()),
    ),
    (
        "transpose of numbers",
        lambda s, d: described(s.createDataFrame([(2.5, 1), (1.0, 3)], "k DOUBLE, x INT").transpose()),
    ),
    (
        "transpose of mixed",
        lambda s, d: described(
            s.createDataFrame([("z", 1, True)], "k STRING, x INT, y BOOLEAN").transpose()
        ),
    ),
    (
        "transpose of text and numbers",
        lambda s, d: described(
            s.createDataFrame([("z", 1, "w")], "k STRING, x INT, y STRING").transpose()
        ),
    ),
    (
        "transpose by struct",
        lambda s, d: described(s.range(1).selectExpr("named_struct('a', 1) AS k", "1 AS x").transpose()),
    ),
    (
        "transpose by too many",
        lambda s, d: limited(
            s,
            "spark.sql.transposeMaxValues",
            "2",
            lambda s: described(s.range(3).selectExpr("id AS k", "id AS x").transpose()),
        ),
    ),
    ("transpose by missing", lambda s, d: described(sales(s).transpose("zz"))),
    (
        "transpose twice",
        lambda s, d: described(
            s.createDataFrame([("a", 1, 2), ("b", 3, 4)], "k STRING, x INT, y INT")
            .transpose()
            .transpose()
        ),
    ),
    ("local checkpoint", lambda s, d: kept(s, "localCheckpoint")),
    (
        "local checkpoint of a stream",
        lambda s, d: s.readStream.format("rate").load().localCheckpoint().isStreaming,
    ),
    ("lazy checkpoint", lambda s, d: described(s.range(3).localCheckpoint(eager=False))),
    ("checkpoint of a wrong plan", lambda s, d: s.range(3).select("zz").localCheckpoint()),
    (
        "checkpoint joined",
        lambda s, d: (lambda kept: described(kept.join(kept, "id").orderBy("id")))(
            s.range(3).localCheckpoint()
        ),
    ),
    ("checkpoint schema", lambda s, d: described(sales(s).localCheckpoint().orderBy("id"))),
    ("tvf explode", tvf(lambda t: t.explode(F.array(F.lit(1), F.lit(2))))),
    ("tvf explode map", tvf(lambda t: t.explode(F.create_map(F.lit("a"), F.lit(1))))),
    ("tvf explode outer", tvf(lambda t: t.explode_outer(F.array().cast("array<int>")))),
    (
        "tvf inline",
        tvf(lambda t: t.inline(F.array(F.struct(F.lit(1).alias("a"), F.lit("x").alias("b"))))),
    ),
    ("tvf inline outer", tvf(lambda t: t.inline_outer(F.array(F.struct(F.lit(1).alias("a")))))),
    ("tvf posexplode", tvf(lambda t: t.posexplode(F.array(F.lit("x"), F.lit("y"))))),
    ("tvf posexplode outer", tvf(lambda t: t.posexplode_outer(F.array(F.lit("x"))))),
    (
        "tvf json tuple",
        tvf(lambda t: t.json_tuple(F.lit('{"a": 1, "b": "x"}'), F.lit("a"), F.lit("b"), F.lit("c"))),
    ),
    ("tvf stack", tvf(lambda t: t.stack(F.lit(2), F.lit(1), F.lit(2), F.lit(3)))),
    ("tvf range", tvf(lambda t: t.range(3))),
    ("tvf range of steps", tvf(lambda t: t.range(2, 9, 3))),
    ("tvf range of partitions", tvf(lambda t: t.range(2, 5, 1, 2))),
    ("tvf keywords", lambda s, d: s.tvf.sql_keywords().where("keyword = 'SELECT'").schema.simpleString()),
    (
        "tvf variant",
        tvf(lambda t: t.variant_explode(F.parse_json(F.lit('{"a": 1}'))).select("pos", "key")),
    ),
    ("tvf of wrong type", tvf(lambda t: t.explode(F.lit(1)))),
    (
        "tvf in lateral join",
        lambda s, d: described(
            s.range(2)
            .selectExpr("id", "array(id, id + 1) AS xs")
            .alias("t")
            .lateralJoin(s.tvf.explode(F.col("t.xs").outer()))
        ),
    ),
    (
        "tvf in left lateral join",
        lambda s, d: described(
            s.range(2)
            .selectExpr("id", "if(id = 0, array(), array(id)) AS xs")
            .alias("t")
            .lateralJoin(s.tvf.explode(F.col("t.xs").outer()).alias("e"), how="left")
            .orderBy("id")
        ),
    ),
    ("indices", lambda s, d: described(s.range(5, 9, 1, 1).zipWithIndex())),
    ("indices of a name", lambda s, d: described(s.range(2, 4, 1, 1).zipWithIndex("n"))),
    (
        "indices of rows",
        lambda s, d: described(
            sales(s).coalesce(1).zipWithIndex("id2").select("id", "id2").orderBy("id")
        ),
    ),
]


def same(first, second):
    return [first.sameSemantics(second), first.semanticHash() == second.semanticHash()]


def halves(spark, percentage):
    return spark.range(5).agg(F.percentile_approx("id", percentage).alias("p"))


def ranked(spark, order):
    window = Window.partitionBy(F.col("id") % 2).orderBy(order)
    return spark.range(5).withColumn("r", F.row_number().over(window))


SEMANTICS = [
    ("same", lambda s, d: same(s.range(5), s.range(5))),
    ("not the same", lambda s, d: same(s.range(5), s.range(6))),
    (
        "same projection",
        lambda s, d: same(s.range(5).select(F.col("id") + 1), s.range(5).select(F.col("id") + 1)),
    ),
    (
        "same but for a name",
        lambda s, d: same(
            s.range(5).select((F.col("id") + 1).alias("a")),
            s.range(5).select((F.col("id") + 1).alias("b")),
        ),
    ),
    ("same filter", lambda s, d: same(s.range(5).where("id > 2"), s.range(5).filter(F.col("id") > 2))),
    ("another filter", lambda s, d: same(s.range(5).where("id > 2"), s.range(5).where("id > 3"))),
    (
        "same aggregate",
        lambda s, d: same(s.range(5).groupBy("id").count(), s.range(5).groupBy("id").count()),
    ),
    ("same file", lambda s, d: same(written(s, d, "plain"), written(s, d, "plain"))),
    (
        "another file",
        lambda s, d: same(written(s, d, "plain"), written(s, d, "parts", "json", "product")),
    ),
    (
        "same view",
        lambda s, d: [s.range(4).createOrReplaceTempView("sv"), same(s.table("sv"), s.range(4))][1],
    ),
    ("turned", lambda s, d: same(s.range(5).where("id > 2"), s.range(5).where("2 < id"))),
    ("sum turned", lambda s, d: same(s.range(5).selectExpr("id + 1"), s.range(5).selectExpr("1 + id"))),
    ("another percentage", lambda s, d: same(halves(s, 0.5), halves(s, 0.9))),
    ("same window", lambda s, d: same(ranked(s, "id"), ranked(s, "id"))),
    ("another window", lambda s, d: same(ranked(s, "id"), ranked(s, F.col("id").desc()))),
    ("hash of a wrong plan", lambda s, d: s.range(5).select("zz").semanticHash()),
]

# Each is (name, function of session and directory).
CALLS = PIVOTS + FILES + STATISTICS
# Since 4.0 or later.
NEWER_CALLS = NEWER + SEMANTICS


def answer(spark, directory, call):
    try:
        return json.loads(json.dumps(call(spark, directory), default=str))
    except PySparkException as error:
        condition = error.getCondition() if hasattr(error, "getCondition") else error.getErrorClass()
        return [type(error).__name__, condition or "", error.getSqlState() or ""]


def main():
    from pyspark.sql import SparkSession

    spark = SparkSession.builder.remote(sys.argv[1]).create()
    # Its default is a text that newer clients do not read.
    spark.conf.set("spark.sql.session.localRelationSizeLimit", "3221225472")
    spark.conf.set("spark.sql.session.timeZone", "UTC")
    with tempfile.TemporaryDirectory() as directory:
        recorded = {
            name: answer(spark, pathlib.Path(directory), call) for name, call in CALLS + NEWER_CALLS
        }
    spark.stop()
    lines = (f"{json.dumps(name)}: {json.dumps(answered)}" for name, answered in recorded.items())
    print("{\n" + ",\n".join(lines) + "\n}")


if __name__ == "__main__":
    main()
