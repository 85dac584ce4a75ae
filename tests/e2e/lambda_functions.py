"""Higher-order functions of PySpark programs, asked the same way of each engine.

usage: lambda_functions.py URL > answers/lambda_functions.json    records Apache Spark's answers
"""

import json
import pathlib
import sys
import tempfile

from pyspark.errors import PySparkException
from pyspark.sql import functions as F

CARTS = [(1, [3, 1, 2], {"a": 1, "b": 2}, 5), (2, [7, None], None, 6), (3, None, {}, None)]


def questions():
    # Columns can be made only where there is a session.
    return {
        "an outer column": [F.transform("items", lambda x: x + F.col("factor"))],
        "the position": [F.transform("items", lambda x, i: x * i), F.filter("items", lambda x, i: x > i)],
        "nested": [F.transform("items", lambda x: F.transform("items", lambda y: x * 10 + y))],
        "predicates": [
            F.filter("items", lambda x: x > 1),
            F.exists("items", lambda x: x > 2),
            F.forall("items", lambda x: x > 0),
        ],
        "aggregate": [
            F.aggregate("items", F.lit(0), lambda total, x: total + x),
            F.aggregate(
                "items",
                F.struct(F.lit(0).alias("sum"), F.lit(0).alias("n")),
                lambda a, x: F.struct((a.sum + F.coalesce(x, "factor")).alias("sum"), (a.n + 1).alias("n")),
                lambda a: a.sum * 100 + a.n,
            ),
        ],
        "zip_with": [F.zip_with("items", F.array("id", "factor"), lambda x, y: F.coalesce(x, y) + y)],
        "maps": [
            F.map_filter("prices", lambda k, v: v > F.col("id")),
            F.transform_keys("prices", lambda k, v: F.concat(k, v)),
            F.transform_values("prices", lambda k, v: v * F.col("factor")),
            F.map_zip_with("prices", F.create_map(F.lit("a"), "id"), lambda k, v, w: F.coalesce(v, F.lit(0)) + w),
        ],
        "a comparator": [
            F.array_sort("items", lambda x, y: F.when(x.isNull(), 1).when(y.isNull(), -1).otherwise(y - x))
        ],
        "conditions that save from errors": [
            F.transform("items", lambda x: F.when(x != 3, F.lit(12) / (x - 3)).otherwise(x))
        ],
        "no predicate": [F.filter("items", lambda x: x)],
        "an unknown column": [F.transform("items", lambda x: x + F.col("missing"))],
        "an unknown field": [F.transform("items", lambda x: x["field"])],
    }


def told(ask):
    try:
        return ask()
    except PySparkException as error:
        condition = error.getCondition() if hasattr(error, "getCondition") else error.getErrorClass()
        return {"error": type(error).__name__, "condition": condition}


def rows(table):
    return {"columns": table.schema.simpleString(), "rows": sorted(repr(tuple(r)) for r in table.collect())}


def of_a_stream(spark, folder):
    """Words in capitals, counted: lambdas below an aggregation that keeps state."""
    (folder / "lines").mkdir()
    (folder / "lines" / "1.txt").write_text("to be or\nnot to be\n")
    words = F.transform(F.split("value", " "), lambda word, i: F.concat(F.upper(word), i % 2))
    counts = (
        spark.readStream.text(str(folder / "lines"))
        .select(F.explode(F.filter(words, lambda word: ~word.startswith("OR"))).alias("word"))
        .groupBy("word")
        .agg(F.aggregate(F.collect_list(F.length("word")), F.lit(0), lambda n, x: n + x).alias("n"))
    )
    query = (
        counts.writeStream.format("memory")
        .queryName("capitals")
        .outputMode("complete")
        .option("checkpointLocation", str(folder / "checkpoint"))
        .trigger(availableNow=True)
        .start()
    )
    assert query.awaitTermination(60)
    return rows(spark.table("capitals"))


def all_answers(spark):
    schema = "id INT, items ARRAY<INT>, prices MAP<STRING, INT>, factor INT"
    carts = spark.createDataFrame(CARTS, schema)
    spark.conf.set("spark.sql.ansi.enabled", "true")
    spark.conf.set("spark.sql.shuffle.partitions", "2")
    answers = {
        name: told(lambda columns=columns: rows(carts.select(*columns)))
        for name, columns in questions().items()
    }
    with tempfile.TemporaryDirectory() as folder:
        answers["a stream"] = told(lambda: of_a_stream(spark, pathlib.Path(folder)))
    return answers


if __name__ == "__main__":
    from pyspark.sql import SparkSession

    session = SparkSession.builder.remote(sys.argv[1]).getOrCreate()
    json.dump(all_answers(session), sys.stdout, indent=1, ensure_ascii=False)
    print()
    session.stop()
