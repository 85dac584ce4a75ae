"""Asks Apache Spark for the answers to the conformance cases.

Run it with the Python of the spark-4.1 environment (scripts/python_environments.sh):

    <environment>/bin/python tests/conformance/record.py [name ...]

For functions_avro, Spark has to be given its Avro module:

    PYSPARK_SUBMIT_ARGS="--jars <spark-avro_2.13-4.1.1.jar> pyspark-shell"

(scripts/maven_jars.sh spark-avro-4.1.1 org.apache.spark:spark-avro_2.13:4.1.1 fetches it).

    <environment>/bin/python tests/conformance/record.py --url sc://localhost:15999 [name ...]

asks a Spark that runs already, as clients do.

It reads cases/<name>.txt and writes answers/spark-<major.minor>/<name>.tsv; without names, all of
them. A case is one SQL expression a line. Lines that start with # are comments, except for the
directives `# @ansi=false` and `# @timezone=Europe/Paris`, which hold until the next directive of
that kind; at the top of a file ANSI mode is on and the time zone is UTC. `# @from=measures` makes the
cases read a table of tables.py.

An answer is a line with fields that are separated by tabs:

    expression <TAB> value <TAB> type <TAB> text as show() prints it
    expression <TAB> error <TAB> exception class <TAB> condition <TAB> SQLSTATE

Backslash, tab and newline inside a field are written as \\\\, \\t and \\n.
"""

import argparse
import logging
import os
import pathlib

from py4j.protocol import Py4JJavaError
from pyspark.errors import PySparkException
from pyspark.sql import SparkSession

import tables

HERE = pathlib.Path(__file__).resolve().parent


def escape(text):
    return str(text).replace("\\", "\\\\").replace("\t", "\\t").replace("\n", "\\n")


def first_line(text):
    return text.splitlines()[0] if text else ""


def unwrapped(error):
    """What Spark Connect tells of an exception that classic PySpark has no class for."""
    cause = error.java_exception
    while "getCondition" not in dir(cause) and cause.getCause() is not None:
        cause = cause.getCause()
    name = cause.getClass().getSimpleName()
    if "getCondition" not in dir(cause) or cause.getCondition() is None:
        return ["error", name, first_line(cause.getMessage() or ""), ""]
    return ["error", name, cause.getCondition(), cause.getSqlState() or ""]


def cell(frame):
    """The only cell as show() prints it."""
    if hasattr(frame, "_jdf"):
        return frame._jdf.getRows(1, 0).apply(1).apply(0)
    return frame._show_string(1, False, True).split(" | ", 1)[1].rstrip()


def answer(spark, expression, table):
    try:
        frame = spark.sql(f"SELECT {expression} AS v" + (f" FROM {table}" if table else ""))
        kind = frame.schema[0].dataType.simpleString()
        return ["value", kind, cell(frame)]
    except PySparkException as error:
        condition = error.getCondition() or first_line(str(error))
        return ["error", type(error).__name__, condition, error.getSqlState() or ""]
    except Py4JJavaError as error:
        return unwrapped(error)


def record(spark, name, version):
    spark.conf.set("spark.sql.ansi.enabled", "true")
    spark.conf.set("spark.sql.session.timeZone", "UTC")
    lines = [f"# Apache Spark {version}"]
    table = None
    for line in (HERE / "cases" / f"{name}.txt").read_text().splitlines():
        line = line.strip()
        if line.startswith("# @from="):
            table = line.split("=", 1)[1]
            lines.append(line)
        elif line.startswith("# @"):
            key, value = line[3:].split("=", 1)
            conf = {"ansi": "spark.sql.ansi.enabled", "timezone": "spark.sql.session.timeZone"}[key]
            spark.conf.set(conf, value)
            lines.append(line)
        elif line and not line.startswith("#"):
            lines.append("\t".join(escape(field) for field in [line] + answer(spark, line, table)))
    folder = HERE / "answers" / ("spark-" + ".".join(version.split(".")[:2]))
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{name}.tsv").write_text("\n".join(lines) + "\n")


def session(url):
    if url:
        os.environ["SPARK_CONNECT_MODE_ENABLED"] = "1"
        return SparkSession.builder.remote(url).create()
    builder = SparkSession.builder.master("local[1]").appName("conformance")
    spark = builder.config("spark.ui.enabled", "false").getOrCreate()
    spark.sparkContext.setLogLevel("OFF")
    return spark


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--url")
    parser.add_argument("names", nargs="*")
    arguments = parser.parse_args()
    spark = session(arguments.url)
    logging.disable(logging.CRITICAL)
    tables.create(spark)
    for name in arguments.names or sorted(path.stem for path in (HERE / "cases").glob("*.txt")):
        record(spark, name, spark.version)
    spark.stop()


if __name__ == "__main__":
    main()
