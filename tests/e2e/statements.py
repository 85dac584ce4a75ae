"""Runs scripts of SQL statements and says what each statement answered.

usage: statements.py URL [name ...]    records Apache Spark's answers in answers/statements/

A script, statements/<name>.sql, has statements that end with a semicolon at the end of a line. It runs
in a database of its own, with ${directory} standing for a scratch directory. A line `-- differs: reason`
before a statement says that Headrace answers otherwise. An answer is

    {"schema": "struct<…>", "rows": [[text or null, …], …]}      in the given order if it has ORDER BY
    {"error": [exception class, condition, SQLSTATE]}
"""

import json
import pathlib
import re
import sys
import tempfile

from pyspark.errors import PySparkException

HERE = pathlib.Path(__file__).resolve().parent
ANSWERS = HERE / "answers" / "statements"
# Rows of DESCRIBE EXTENDED whose second column is of the moment or of the program.
OF_THE_MOMENT = {"Owner", "Created Time", "Created By", "Last Access", "Statistics"}


def statements(name):
    """Tuples (statement, whether it is known to differ)."""
    found, lines, differs = [], [], False
    for line in (HERE / "statements" / f"{name}.sql").read_text().splitlines():
        if line.startswith("--"):
            differs = differs or line.startswith("-- differs:")
            continue
        lines.append(line)
        if line.endswith(";"):
            found.append(("\n".join(lines)[:-1], differs))
            lines, differs = [], False
    assert not lines
    return found


def names():
    return sorted(path.stem for path in (HERE / "statements").glob("*.sql"))


def answer(spark, statement, replacements):
    def text_of(value):
        if value is None:
            return None
        text = str(value)
        for old, new in replacements:
            text = text.replace(old, new)
        return re.sub(r"#\d+L?", "#", text)

    try:
        frame = spark.sql(statement)
        rows = [[text_of(value) for value in row] for row in frame.collect()]
        schema = frame.schema.simpleString()
    except PySparkException as error:
        condition = error.getCondition() or str(error).splitlines()[0]
        return {"error": [type(error).__name__, condition, error.getSqlState() or ""]}
    rows = [row for row in rows if row[0] not in OF_THE_MOMENT]
    if not re.search(r"\b(order by|show create|describe|desc)\b", statement, re.IGNORECASE):
        rows.sort(key=repr)
    return {"schema": schema, "rows": rows}


def answers(spark, name, directory):
    """Tuples (statement, its answer)."""
    database = f"statements_{name}"
    spark.sql(f"DROP DATABASE IF EXISTS {database} CASCADE")
    spark.sql(f"CREATE DATABASE {database}")
    location = spark.catalog.getDatabase(database).locationUri
    replacements = [
        (location, "<database>"),
        (location.removeprefix("file:"), "<database>"),
        (str(directory), "<directory>"),
    ]
    before = spark.catalog.currentDatabase()
    spark.catalog.setCurrentDatabase(database)
    try:
        for statement, _ in statements(name):
            yield statement, answer(
                spark, statement.replace("${directory}", str(directory)), replacements
            )
    finally:
        spark.catalog.setCurrentDatabase(before)
        spark.sql(f"DROP DATABASE IF EXISTS {database} CASCADE")


def main():
    from pyspark.sql import SparkSession

    spark = SparkSession.builder.remote(sys.argv[1]).create()
    spark.conf.set("spark.sql.session.timeZone", "UTC")
    ANSWERS.mkdir(parents=True, exist_ok=True)
    for name in sys.argv[2:] or names():
        with tempfile.TemporaryDirectory() as directory:
            recorded = list(answers(spark, name, directory))
        text = ",\n".join(json.dumps(each) for each in recorded)
        (ANSWERS / f"{name}.json").write_text(f"[\n{text}\n]\n")
    spark.stop()


if __name__ == "__main__":
    main()
