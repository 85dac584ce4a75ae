"""What functions of Python programs give, asked the same way of each engine.

usage: python_answers.py URL > answers/python_answers.json    records Apache Spark's answers
"""

import json
import re
import sys

from pyspark.errors import PySparkException

import python_function_questions
import python_table_questions
import python_type_questions
import python_window_questions


def answer(spark, ask):
    try:
        table = ask(spark)
        rows = [tuple(row) for row in table.collect()]
    except PySparkException as error:
        # What a worker raised says its condition in its text.
        told = re.findall(r"PySpark\w+: \[(\w+)\]", str(error))
        return {
            "error": type(error).__name__,
            "condition": error.getCondition() or (told[-1] if told else None),
        }
    return {"columns": table.schema.simpleString(), "rows": sorted(map(repr, rows))}


def prepare(spark):
    spark.conf.set("spark.sql.session.timeZone", "UTC")
    spark.conf.set("spark.sql.shuffle.partitions", "2")
    spark.createDataFrame(
        [("a", 1), ("b", 2), ("a", 3), ("c", 4), ("b", 5)], "k STRING, v INT"
    ).createOrReplaceTempView("kv")
    python_table_questions.make_functions(spark)


def all_answers(spark):
    prepare(spark)
    return {
        f"{topic.__name__.split('_')[1]}: {name}": answer(spark, ask)
        for topic in (
            python_table_questions,
            python_function_questions,
            python_window_questions,
            python_type_questions,
        )
        for name, ask in topic.QUESTIONS.items()
    }


if __name__ == "__main__":
    from pyspark.sql import SparkSession

    session = SparkSession.builder.remote(sys.argv[1]).getOrCreate()
    json.dump(all_answers(session), sys.stdout, indent=1, ensure_ascii=False)
    print()
    session.stop()
