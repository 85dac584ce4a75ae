"""Subqueries that programs write with DataFrames: scalar(), exists(), isin(), lateralJoin(); on streams too.

usage: subquery_frames.py URL > answers/subquery_frames.json    records Apache Spark's answers
"""

import json
import pathlib
import sys
import tempfile

from pyspark.errors import PySparkException
from pyspark.sql import functions as F

LEFT = [(1, "a", 10), (2, "a", 20), (3, "b", 30), (4, None, 40), (5, "c", None)]
RIGHT = [("a", 1, 10), ("a", 2, 15), ("b", 3, 30), (None, 4, 5)]
QUESTIONS = {}


def question(function):
    QUESTIONS[function.__name__] = function
    return function


@question
def isin_a_frame(left, right):
    return left.where(left.id.isin(right.select("n"))).select("id")


@question
def isin_under_or(left, right):
    return left.where((F.col("id") == 5) | left.k.isin(right.select("k"))).select("id")


@question
def not_isin(left, right):
    return left.where(~left.k.isin(right.where(right.k.isNotNull()).select("k"))).select("id")


@question
def not_isin_with_nulls(left, right):
    return left.where(~left.k.isin(right.select("k"))).select("id")


@question
def isin_of_two_columns(left, right):
    return left.where(F.struct("k", "v").isin(right.select("k", "w"))).select("id")


@question
def isin_in_the_select_list(left, right):
    return left.select("id", left.id.isin(right.select("n")).alias("found"))


@question
def exists_of_a_frames_own_column(left, right):
    return left.where(right.where(left.k.outer() == right.k).exists()).select("id")


@question
def exists_of_a_column(left, right):
    return left.where(right.where(F.col("l.k").outer() == right.k).exists()).select("id")


@question
def not_exists(left, right):
    return left.where(~right.where(F.col("l.k").outer() == right.k).exists()).select("id")


@question
def exists_by_an_alias(left, right):
    inner = right.alias("r").where(F.col("r.k") == F.col("l.k").outer())
    return left.where(inner.exists()).select("id")


@question
def exists_in_the_select_list(left, right):
    return left.select("id", right.where(F.col("l.k").outer() == right.k).exists().alias("e"))


@question
def scalar_of_a_frame(left, right):
    return left.select("id", right.select(F.max("w")).scalar().alias("m"))


@question
def scalar_of_the_row(left, right):
    best = right.where(F.col("l.k").outer() == right.k).select(F.max("w"))
    return left.select("id", best.scalar().alias("m"))


@question
def scalar_in_with_column(left, right):
    number = right.where(F.col("l.k").outer() == right.k).select(F.count("*"))
    return left.withColumn("n", number.scalar())


@question
def scalar_in_where(left, right):
    return left.where(left.v > right.select(F.avg("w")).scalar()).select("id")


@question
def scalar_without_aggregate(left, right):
    return left.select("id", right.where(right.n == F.col("l.id").outer()).select("w").scalar().alias("w"))


@question
def scalar_of_many_rows(left, right):
    return left.select("id", right.where(right.k == F.col("l.k").outer()).select("w").scalar().alias("w"))


@question
def scalar_of_two_columns(left, right):
    return left.select("id", right.select("k", "w").scalar())


@question
def scalar_in_order_by(left, right):
    return left.orderBy(F.col("v") - right.select(F.max("w")).scalar()).select("id")


@question
def scalar_in_agg(left, right):
    return left.groupBy("k").agg((F.sum("v") - right.select(F.min("w")).scalar()).alias("d"))


@question
def scalar_inside_an_aggregate(left, right):
    return left.groupBy("k").agg(F.sum(F.col("v") - right.select(F.min("w")).scalar()).alias("d"))


@question
def isin_in_a_join(left, right):
    condition = (left.k == right.k) & left.id.isin(right.select(F.col("n").alias("m")))
    return left.join(right, condition).select("id", "n")


@question
def lateral_join(left, right):
    return left.lateralJoin(right.where(right.k == F.col("l.k").outer()).select("n", "w")).select("id", "n")


@question
def left_lateral_join(left, right):
    matching = right.where(right.k == F.col("l.k").outer()).select("n")
    return left.lateralJoin(matching, how="left").select("id", "n")


@question
def lateral_join_with_a_condition(left, right):
    counted = right.where(right.k == F.col("l.k").outer()).select(F.count("*").alias("c"))
    return left.lateralJoin(counted, F.col("c") > 0).select("id", "c")


@question
def lateral_join_of_a_right_kind(left, right):
    return left.lateralJoin(right, how="right")


@question
def a_column_that_is_nowhere(left, right):
    return left.where(right.where(right.k == F.col("nowhere").outer()).exists())


def told(ask):
    try:
        table = ask()
        return {"schema": table.schema.simpleString(), "rows": sorted(map(repr, table.collect()))}
    except PySparkException as error:
        condition = error.getCondition() or str(error).splitlines()[0]
        return {"error": type(error).__name__, "condition": condition}


def of_a_stream(spark, folder, choose):
    """The lines of a stream that a subquery over a table lets through, or says something of."""
    (folder / "lines").mkdir(parents=True)
    (folder / "lines" / "a.txt").write_text("a\nb\nc\n")
    chosen = choose(spark.readStream.text(str(folder / "lines")))
    query = (
        chosen.writeStream.format("memory")
        .queryName("chosen")
        .option("checkpointLocation", str(folder / "checkpoint"))
        .trigger(availableNow=True)
        .start()
    )
    assert query.awaitTermination(60)
    return spark.table("chosen")


def all_answers(spark):
    left = spark.createDataFrame(LEFT, "id INT, k STRING, v INT").alias("l")
    right = spark.createDataFrame(RIGHT, "k STRING, n INT, w INT")
    spark.conf.set("spark.sql.shuffle.partitions", "2")
    answers = {
        name: told(lambda ask=ask: ask(left, right)) for name, ask in QUESTIONS.items()
    }
    streams = {
        "isin": lambda lines: lines.where(lines.value.isin(right.select("k"))),
        "isin or": lambda lines: lines.where(
            lines.value.isin(right.select("k")) | (lines.value == "c")
        ),
        "exists": lambda lines: lines.where(
            right.where(right.k == F.col("value").outer()).exists()
        ),
        "exists as a column": lambda lines: lines.select(
            "value", right.where(right.k == F.col("value").outer()).exists().alias("e")
        ),
        "scalar": lambda lines: lines.select(
            "value",
            right.where(right.k == F.col("value").outer()).select(F.max("w")).scalar().alias("m"),
        ),
        "lateral join": lambda lines: lines.lateralJoin(
            right.where(right.k == F.col("value").outer()).select("n")
        ),
        "over a stream": lambda lines: lines.where(lines.value.isin(lines.select("value"))),
    }
    with tempfile.TemporaryDirectory() as folder:
        for number, (name, choose) in enumerate(streams.items()):
            answers[f"a stream: {name}"] = told(
                lambda: of_a_stream(spark, pathlib.Path(folder) / str(number), choose)
            )
    return answers


if __name__ == "__main__":
    from pyspark.sql import SparkSession

    session = SparkSession.builder.remote(sys.argv[1]).getOrCreate()
    json.dump(all_answers(session), sys.stdout, indent=1, ensure_ascii=False)
    print()
    session.stop()
