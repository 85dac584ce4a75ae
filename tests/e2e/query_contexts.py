"""Mistakes in programs, asked the same way of each engine: what it says of the place of each.

usage: query_contexts.py URL > answers/query_contexts.json    records Apache Spark's answers

The answers hold line numbers of this file: record again after any change of it.
"""

import json
import os
import sys

from pyspark.errors import PySparkException
from pyspark.sql import functions as F

SQL = [
    "select id,\n  x + 1 as y from range(3)",
    "select abs(  nope ) from range(3)",
    "select id from range(3) order by nope",
    "select id, 'éü' as e, nope from range(3)",
    "select id,\n 1/(id-id) as y from range(3)",
    "select cast('x' as int) y, 3",
    "select cast(v as int) + 1 y from values ('x') t(v)",
    "select 1 +\n array(1,2)[5]\n as y",
    "select element_at(array(1,2), 5)",
    "select cast(2147483647 as int) + cast(id + 1 as int) from range(3)",
    "select * from nowhere where 1=1",
    "select * from range(2) a join no.where b on a.id = b.id",
    "select 1 + nofun(2)",
    "select  abs(1,2)",
    "select 1 + (array(1) < 3)",
    "select t.* from range(3)",
    "select case when id > 1 then 1/(id-2) else 0 end from range(3)",
    "select id from range(3) where not (nope = 1 and id > 1)",
    "select -nope, id from range(3)",
    "select (select nope) from range(3)",
    "selec 1",
]

DATA_FRAMES = {
    "column": lambda numbers: numbers.select("nope"),
    "column in a call": lambda numbers: numbers.select(F.col("nope") + 1),
    "division": lambda numbers: numbers.select(F.col("id") / F.lit(0)),
    "cast": lambda numbers: numbers.select(F.lit("x").cast("int")),
    "mismatch": lambda numbers: numbers.select(F.array(F.lit(1)) + 3),
    "expr": lambda numbers: numbers.select(F.expr("id + nope")),
    "filter": lambda numbers: numbers.filter("nope > 3"),
    "selectExpr": lambda numbers: numbers.selectExpr("1 + id/0"),
}


def told(context):
    """A place as the client gives it, without the directory of the program."""
    if context.contextType().name == "SQL":
        return {
            "text": context.fragment(),
            "from": context.startIndex(),
            "to": context.stopIndex(),
            "summary": context.summary(),
        }
    place = context.callSite()
    return {
        "call": context.fragment(),
        "at": os.path.basename(place),
        "summary": context.summary().replace(place, os.path.basename(place)),
    }


def answer(ask):
    try:
        ask().collect()
    except PySparkException as error:
        return {
            "condition": error.getCondition(),
            "places": [told(context) for context in error.getQueryContext()],
        }
    return {"condition": None}


def all_answers(spark):
    answers = {text: answer(lambda text=text: spark.sql(text)) for text in SQL}
    for name, ask in DATA_FRAMES.items():
        answers[name] = answer(lambda ask=ask: ask(spark.range(3)))
    return answers


if __name__ == "__main__":
    from pyspark.sql import SparkSession

    session = SparkSession.builder.remote(sys.argv[1]).getOrCreate()
    recorded = {"spark": session.version, **all_answers(session)}
    json.dump(recorded, sys.stdout, indent=1, ensure_ascii=False)
    sys.stdout.flush()
    session.stop()
    # Not by the interpreter's end: it collects the calls that the errors hold, and gRPC may then wait
    # for a lock of a thread that is gone.
    os._exit(0)
