#!/usr/bin/env python3
"""Whole queries, and what Apache Spark answers to them.

    queries.py --url sc://localhost:15999 --record [name ...]   # a real Spark: writes the answers anew
    queries.py --url sc://localhost:15002 [name ...]            # compares

queries/<name>.sql holds one statement a line; lines that start with -- are comments, and statements
that start with CREATE prepare the others and have no answer. answers/spark-4.1/queries_<name>.jsonl holds a line for
each query: its schema and its rows in any order, or the error's condition and class.
"""

import argparse
import json
import os
import pathlib
import sys

HERE = pathlib.Path(__file__).resolve().parent
ANSWERS = HERE / "answers" / "spark-4.1"


def names():
    return sorted(path.stem for path in (HERE / "queries").glob("*.sql"))


def statements(name):
    lines = (HERE / "queries" / f"{name}.sql").read_text().splitlines()
    return [line.strip() for line in lines if line.strip() and not line.startswith("--")]


def answer(spark, query):
    from pyspark.errors import PySparkException

    try:
        frame = spark.sql(query)
        rows = sorted(repr(tuple(row)) for row in frame.collect())
        return {"query": query, "schema": frame.schema.simpleString(), "rows": rows}
    except PySparkException as error:
        condition = error.getCondition() if hasattr(error, "getCondition") else error.getErrorClass()
        return {"query": query, "error": (condition or "").strip(), "class": type(error).__name__}


def answers(spark, name):
    """The answers of this server, in the order of the file."""
    found = []
    for statement in statements(name):
        if statement.upper().startswith("CREATE"):
            spark.sql(statement).collect()
        else:
            found.append(answer(spark, statement))
    return found


def recorded(name):
    lines = (ANSWERS / f"queries_{name}.jsonl").read_text().splitlines()
    return [json.loads(line) for line in lines[1:]]


def differences(spark, name):
    """Pairs of what Spark answered and what this server does, where they are not the same."""
    expected, actual = recorded(name), answers(spark, name)
    assert [e["query"] for e in expected] == [a["query"] for a in actual], "record the answers anew"
    return [(e, a) for e, a in zip(expected, actual) if e != a]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--url", required=True)
    parser.add_argument("--record", action="store_true")
    parser.add_argument("names", nargs="*")
    arguments = parser.parse_args()
    os.environ["SPARK_CONNECT_MODE_ENABLED"] = "1"
    from pyspark.sql import SparkSession

    spark = SparkSession.builder.remote(arguments.url).create()
    spark.conf.set("spark.sql.session.timeZone", "UTC")
    failed = 0
    for name in arguments.names or names():
        if arguments.record:
            lines = [json.dumps({"spark": spark.version})] + [json.dumps(a) for a in answers(spark, name)]
            (ANSWERS / f"queries_{name}.jsonl").write_text("\n".join(lines) + "\n")
            continue
        for expected, actual in differences(spark, name):
            failed += 1
            print(f"Spark:    {expected}\nHeadrace: {actual}\n")
    spark.stop()
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
