"""Data and programs at the edge of what a program sends: wide, long, deep, empty, damaged."""

import json

import pytest
from pyspark.sql import functions as F

from conftest import rows
from test_streaming import run_once, to_memory, write_lines


def test_schema_of_2000_columns(spark, tmp_path):
    names = [f"c{number}" for number in range(2000)]
    write_lines(tmp_path / "in", "1.json", json.dumps({name: i for i, name in enumerate(names)}))
    stream = spark.readStream.schema(", ".join(f"{name} LONG" for name in names)).json(str(tmp_path / "in"))
    more = stream.select("*", (F.col("c1") + F.col("c1999")).alias("total"))
    writer = more.writeStream.format("parquet").option("path", str(tmp_path / "out"))
    run_once(writer.option("checkpointLocation", str(tmp_path / "checkpoint")))
    written = spark.read.parquet(str(tmp_path / "out"))
    assert written.columns == [*names, "total"]
    assert [tuple(row) for row in written.collect()] == [(*range(2000), 2000)]


@pytest.mark.parametrize("file_format", ["text", "json", "csv"])
def test_line_of_64_megabytes(spark, tmp_path, file_format):
    length = 64 << 20
    line = {"text": "{}", "json": '{{"value": "{}"}}', "csv": "{}"}[file_format].format("x" * length)
    write_lines(tmp_path / "in", f"1.{file_format}", line, line[: -length + 3] if file_format != "json" else '{"value": "xyz"}')
    reader = spark.readStream.format(file_format).schema("value STRING").option("maxCharsPerColumn", -1)
    lengths = reader.load(str(tmp_path / "in")).select(F.length("value").alias("n"))
    run_once(to_memory(lengths, f"long_{file_format}"))
    assert rows(spark.table(f"long_{file_format}")) == [(3,), (length,)]


@pytest.mark.parametrize("file_format", ["text", "json", "csv", "parquet"])
def test_empty_files_have_no_rows(spark, tmp_path, file_format):
    write_lines(tmp_path / "in", f"1.{file_format}")
    write_lines(tmp_path / "in", f"2.{file_format}")
    stream = spark.readStream.format(file_format).schema("value STRING").load(str(tmp_path / "in"))
    run_once(to_memory(stream, f"empty_{file_format}"))
    assert rows(spark.table(f"empty_{file_format}")) == []


@pytest.mark.parametrize("mode", ["PERMISSIVE", "DROPMALFORMED"])
def test_broken_json_line(spark, tmp_path, mode):
    write_lines(tmp_path / "in", "1.json", '{"a": 1}', "{broken", '{"a": 3}')
    stream = spark.readStream.schema("a INT").option("mode", mode).json(str(tmp_path / "in"))
    run_once(to_memory(stream, f"broken_{mode}"))
    broken = [(None,)] if mode == "PERMISSIVE" else []
    assert rows(spark.table(f"broken_{mode}")) == sorted([(1,), *broken, (3,)], key=repr)


@pytest.mark.parametrize("end", ["\\u", "\\u12", "\\ud800\\u", "\\", "\\x"])
def test_json_line_cut_within_an_escape(spark, tmp_path, end):
    write_lines(tmp_path / "in", "1.json", '{"s": "a' + end, '{"s": "ok"}')
    assert rows(spark.read.schema("s STRING").json(str(tmp_path / "in"))) == [("ok",), (None,)]


def test_deeply_nested_json(spark, tmp_path):
    """Beyond some depth a value is malformed; the process and the rows beside it are fine."""
    deep = '{"a": ' * 100_000 + "1" + "}" * 100_000
    lists = "[" * 1_000_000
    write_lines(tmp_path / "in", "1.json", '{"a": {"b": 1}}', deep, lists, f'{{"x": {lists}', '{"a": {"b": 2}}')
    stream = spark.readStream.schema("a STRUCT<b: INT>").json(str(tmp_path / "in"))
    run_once(to_memory(stream.select("a.b"), "deep"))
    assert [row for row in rows(spark.table("deep")) if row[0]] == [(1,), (2,)]
    texts = spark.createDataFrame([(deep,), (lists,), ('{"a": 5}',)], "t STRING")
    parsed = texts.select(
        F.from_json("t", "a INT").alias("j"), F.get_json_object("t", "$.a.a.a").alias("o"), F.json_tuple("t", "b")
    )
    assert parsed.count() == 3
    assert 5 in [row.j and row.j.a for row in parsed.collect()]
    with_inference = spark.read.json(str(tmp_path / "in"))
    assert with_inference.count() == 5


@pytest.mark.parametrize("text", ["(" * 20_000 + "1" + ")" * 20_000, "NOT " * 20_000 + "true", "-" * 1 + " -" * 20_000 + "1"])
def test_deeply_nested_sql(spark, text):
    from pyspark.errors import PySparkException

    try:
        spark.sql("SELECT " + text).collect()
    except PySparkException as error:
        assert "nest" in str(error) or "deep" in str(error)
    assert spark.range(3).count() == 3


def test_every_function_with_any_number_of_arguments(spark):
    from pyspark.errors import PySparkException

    for (name,) in spark.sql("SHOW FUNCTIONS").collect():
        for arguments in ("", "1", "'a'", "1, 1", "1, 1, 1", "'a', 'a', 'a', 'a', 'a'"):
            try:
                spark.sql(f"SELECT `{name}`({arguments})").schema
            except PySparkException as error:
                assert "UNAVAILABLE" not in str(error), f"{name}({arguments}): {error}"


def test_a_window_over_an_order_that_is_new_each_time(spark):
    counted = spark.sql("SELECT count(*) OVER (ORDER BY monotonically_increasing_id()) FROM range(3)")
    assert [row[0] for row in counted.collect()] == [1, 2, 3]


@pytest.mark.parametrize("statistic", ["%", "  %", "x%", "1e%", " 25 %"])
def test_percentiles_of_summary(spark, statistic):
    from pyspark.errors import PySparkException

    frame = spark.range(5).summary(statistic)
    try:
        assert frame.collect()[0].id == "1" and statistic == " 25 %"
    except PySparkException as error:
        assert repr(statistic) in str(error)


def test_long_chain_of_operators(spark):
    """As deep as clients can encode an expression; text has no such limit."""
    column = F.lit(0)
    for _ in range(45):
        column = column + 1
    assert spark.range(1).select(column.alias("n")).collect()[0].n == 45
    assert spark.sql("SELECT " + " + ".join(["1"] * 5_000)).collect()[0][0] == 5_000


def test_misspelt_option_is_warned_of(start_server, tmp_path):
    from conftest import connect

    server = start_server()
    session = connect(server.url)
    write_lines(tmp_path / "in", "1.txt", "a")
    run_once(to_memory(session.readStream.option("maxFilesPerTriger", 1).text(str(tmp_path / "in")), "misspelt"))
    assert rows(session.table("misspelt")) == [("a",)]  # as in Spark, which passes over it
    session.stop()
    server.stop()
    assert "maxfilespertriger" in server.log().lower()


@pytest.mark.parametrize(
    "source, option, value",
    [
        ("text", "maxFilesPerTrigger", "many"),
        ("text", "maxFilesPerTrigger", "-1"),
        ("csv", "header", "perhaps"),
        ("json", "mode", "GUESS"),
        ("rate", "rowsPerSecond", "-5"),
        ("rate-micro-batch", "rowsPerBatch", "0"),
        ("socket", "port", "http"),
    ],
)
def test_bad_value_of_an_option_is_named(spark, tmp_path, source, option, value):
    from pyspark.errors import PySparkException

    write_lines(tmp_path / "in", "1", "a")
    reader = spark.readStream.format(source).option(option, value)
    if source in ("text", "csv", "json"):
        reader = reader.schema("value STRING").option("path", str(tmp_path / "in"))
    else:
        reader = reader.option("host", "localhost") if source == "socket" else reader
    if option == "mode":
        # Spark takes an unknown mode for PERMISSIVE.
        run_once(to_memory(reader.load(), "guess"))
        return
    with pytest.raises(PySparkException, match=option):
        query = reader.load().writeStream.format("noop").trigger(availableNow=True).start()
        query.awaitTermination()
