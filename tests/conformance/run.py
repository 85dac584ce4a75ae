"""Compares Headrace with the answers that Apache Spark gave to the conformance cases.

    python tests/conformance/run.py [--binary build/headrace] [name ...]

Needs a PySpark client of Spark 4 and starts a server of its own. It evaluates the expressions of
answers/spark-4.1/<name>.tsv (see record.py) and prints those whose value, type or error differs; the
exit code is 1 if there is one, or if an expression of known_differences.txt agrees.
"""

import argparse
import contextlib
import pathlib
import subprocess
import sys

from pyspark.errors import PySparkException
from pyspark.sql import SparkSession

import tables

HERE = pathlib.Path(__file__).resolve().parent
ANSWERS = HERE / "answers" / "spark-4.1"
KNOWN = {
    line
    for line in (HERE / "known_differences.txt").read_text().splitlines()
    if line and not line.startswith("#")
}
CONFIGURATION = {"ansi": "spark.sql.ansi.enabled", "timezone": "spark.sql.session.timeZone"}


def unescape(field):
    characters = {"\\\\": "\\", "\\t": "\t", "\\n": "\n"}
    text, i = "", 0
    while i < len(field):
        step = 2 if field[i : i + 2] in characters else 1
        text += characters.get(field[i : i + 2], field[i])
        i += step
    return text


def cell_text(dataframe):
    """The only cell as show() prints it, without trailing blanks."""
    line = dataframe._show_string(1, False, True).splitlines()[1]
    return line.split(" | ", 1)[1].rstrip()


def answer(spark, expression, table):
    try:
        query = f"SELECT {expression} AS v" + (f" FROM {table}" if table else "")
        dataframe = spark.sql(query)
        return ["value", dataframe.schema[0].dataType.simpleString(), cell_text(dataframe)]
    except PySparkException as error:
        condition = error.getCondition() or str(error).splitlines()[0]
        return ["error", type(error).__name__, condition, error.getSqlState() or ""]


def differences(spark, name):
    """Tuples (expression, Spark's answer, Headrace's answer)."""
    spark.conf.set("spark.sql.ansi.enabled", "true")
    spark.conf.set("spark.sql.session.timeZone", "UTC")
    table = None
    for line in (ANSWERS / f"{name}.tsv").read_text().splitlines():
        if line.startswith("# @from="):
            table = line.split("=", 1)[1]
            tables.create(spark)
        elif line.startswith("# @"):
            key, value = line[3:].split("=", 1)
            spark.conf.set(CONFIGURATION[key], value)
        elif line and not line.startswith("#"):
            expression, *expected = (unescape(field) for field in line.split("\t"))
            if expected[0] == "value":
                expected[2] = expected[2].rstrip()
            actual = answer(spark, expression, table)
            if expression in KNOWN:
                if actual == expected:
                    yield expression, "differs, says known_differences.txt", "agrees"
            elif actual != expected:
                yield expression, expected, actual


def names():
    return sorted(path.stem for path in ANSWERS.glob("*.tsv"))


@contextlib.contextmanager
def session(binary):
    server = subprocess.Popen([binary, "server", "--port", "0"], stdout=subprocess.PIPE, text=True)
    spark = SparkSession.builder.remote(server.stdout.readline().split()[-1]).create()
    try:
        yield spark
    finally:
        spark.stop()
        server.terminate()
        server.wait()


def main():
    parser = argparse.ArgumentParser(description="Compare with Apache Spark's recorded answers.")
    parser.add_argument("--binary", default=HERE.parents[1] / "build" / "headrace")
    parser.add_argument("names", nargs="*", default=names())
    arguments = parser.parse_args()
    found = 0
    with session(arguments.binary) as spark:
        for name in arguments.names:
            for expression, expected, actual in differences(spark, name):
                found += 1
                print(f"{name}: {expression}\n  Spark:    {expected}\n  Headrace: {actual}")
    print(f"{found} differences")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
