"""Wrong use: each mistake gets the exception and condition that Spark gives, and names its way out."""

import re

import pytest
from pyspark.sql import functions as F

from test_streaming import to_memory, write_lines


def condition_of(error):
    name = "getCondition" if hasattr(error, "getCondition") else "getErrorClass"
    return getattr(error, name)()


@pytest.fixture
def raises(client_version):
    """Like pytest.raises, by class name and condition; 3.5 tells the condition in the text only."""
    import contextlib

    import pyspark.errors

    @contextlib.contextmanager
    def check(class_name, condition, *texts):
        with pytest.raises(getattr(pyspark.errors, class_name)) as caught:
            yield
        if client_version >= (4, 0):
            assert condition_of(caught.value) == condition
        if not condition.startswith("_LEGACY"):
            assert f"[{condition}]" in str(caught.value)
        for text in texts:
            assert text in str(caught.value)

    return check


def rate(spark):
    return spark.readStream.format("rate").load()


def test_unknown_column(spark, raises):
    with raises("AnalysisException", "UNRESOLVED_COLUMN.WITH_SUGGESTION", "`vlaue`", "`value`"):
        rate(spark).select("vlaue").schema


def test_type_mismatch(spark, raises):
    with raises("AnalysisException", "DATATYPE_MISMATCH.UNEXPECTED_INPUT_TYPE"):
        spark.range(1).select(F.explode("id")).collect()


def test_unknown_function(spark, raises):
    with raises("AnalysisException", "UNRESOLVED_ROUTINE", "no_such_function"):
        spark.range(1).selectExpr("no_such_function(id)").collect()


def test_unknown_table(spark, raises):
    with raises("AnalysisException", "TABLE_OR_VIEW_NOT_FOUND", "nowhere"):
        spark.table("nowhere").collect()


def test_syntax_error(spark, raises):
    with raises("ParseException", "PARSE_SYNTAX_ERROR"):
        spark.sql("SELEC 1")
    with raises("ParseException", "PARSE_SYNTAX_ERROR"):
        spark.range(1).filter("id >").collect()


def test_unknown_source_format(spark, raises):
    # Spark gives an exception of no class that clients know.
    with raises("PySparkException", "DATA_SOURCE_NOT_FOUND", "nosuchformat"):
        spark.readStream.format("nosuchformat").load().schema


def test_missing_schema_of_a_file_stream(spark, tmp_path):
    from pyspark.errors import PySparkException

    write_lines(tmp_path / "in", "1.json", '{"a": 1}')
    with pytest.raises(PySparkException, match="(?i)schema"):
        spark.readStream.json(str(tmp_path / "in")).schema


def test_missing_path(spark, raises, tmp_path):
    with raises("AnalysisException", "PATH_NOT_FOUND", "nothing-here"):
        spark.read.text(str(tmp_path / "nothing-here")).collect()
    with raises("AnalysisException", "PATH_NOT_FOUND", "nothing-here"):
        spark.readStream.text(str(tmp_path / "nothing-here")).schema


def test_bad_option_value(spark, tmp_path):
    from pyspark.errors import PySparkException

    with pytest.raises(PySparkException, match="rowsPerSecond"):
        stream = spark.readStream.format("rate").option("rowsPerSecond", "fast").load()
        stream.writeStream.format("noop").start()


def test_streaming_plan_is_not_a_batch(spark):
    from pyspark.errors import AnalysisException

    with pytest.raises(AnalysisException, match="writeStream.start"):
        rate(spark).collect()


def test_batch_plan_is_not_a_stream(spark, raises):
    with raises("AnalysisException", "WRITE_STREAM_NOT_ALLOWED"):
        spark.range(3).writeStream.format("noop").start()


def test_append_without_watermark(spark, raises):
    counts = rate(spark).groupBy("value").count()
    with raises("AnalysisException", "STREAMING_OUTPUT_MODE.UNSUPPORTED_OPERATION"):
        to_memory(counts, "never").start()


def test_complete_without_aggregation(spark, raises):
    with raises("AnalysisException", "STREAMING_OUTPUT_MODE.UNSUPPORTED_OPERATION"):
        to_memory(rate(spark), "never", "complete").start()


def test_file_sink_needs_a_checkpoint(spark, tmp_path):
    from pyspark.errors import PySparkException

    with pytest.raises(PySparkException, match="checkpointLocation"):
        rate(spark).writeStream.format("json").option("path", str(tmp_path / "out")).start()


def test_memory_sink_needs_a_name(spark):
    from pyspark.errors import PySparkException

    with pytest.raises(PySparkException, match="queryName"):
        rate(spark).writeStream.format("memory").start()


def test_unreachable_socket(spark):
    from pyspark.errors import PySparkException

    stream = spark.readStream.format("socket").option("host", "localhost").option("port", 1).load()
    with pytest.raises(PySparkException, match="(?i)localhost"):
        query = stream.writeStream.format("noop").start()
        query.awaitTermination()


def test_broken_json_line_in_failfast_mode(spark, tmp_path):
    from pyspark.errors import StreamingQueryException

    write_lines(tmp_path / "in", "1.json", '{"a": 1}', "{broken")
    stream = spark.readStream.schema("a INT").option("mode", "FAILFAST").json(str(tmp_path / "in"))
    query = stream.writeStream.format("noop").trigger(availableNow=True).start()
    with pytest.raises(StreamingQueryException, match="1.json"):
        query.awaitTermination()


def test_file_that_is_no_parquet(spark, tmp_path):
    from pyspark.errors import StreamingQueryException

    write_lines(tmp_path / "in", "1.parquet", "this is text")
    stream = spark.readStream.schema("a INT").parquet(str(tmp_path / "in"))
    query = stream.writeStream.format("noop").trigger(availableNow=True).start()
    with pytest.raises(StreamingQueryException, match="1.parquet"):
        query.awaitTermination()


def test_two_queries_on_one_checkpoint(start_server, tmp_path):
    from pyspark.errors import PySparkException

    from conftest import connect

    def start(session):
        return (
            session.readStream.format("rate")
            .load()
            .writeStream.format("noop")
            .option("checkpointLocation", str(tmp_path / "checkpoint"))
            .start()
        )

    sessions = [connect(start_server().url), connect(start_server().url)]
    first = start(sessions[0])
    with pytest.raises(PySparkException, match="checkpoint"):
        start(sessions[1]).awaitTermination()
    assert first.isActive
    first.stop()
    # Or the client would go on with a session whose server is gone.
    for session in sessions:
        session.stop()


@pytest.mark.parametrize(
    "name, use",
    [
        (
            "xpath",
            lambda s: s.select(F.xpath(F.col("value").cast("string"), F.lit("a"))).writeStream.format("noop").start(),
        ),
    ],
)
def test_refused_by_name(spark, name, use, tmp_path):
    from pyspark.errors import PySparkException

    spark.conf.set("spark.sql.streaming.checkpointLocation", str(tmp_path))
    with pytest.raises(PySparkException, match=f"(?i){name}"):
        use(rate(spark))


def test_long_messages_arrive_whole(spark, client_version):
    from pyspark.errors import AnalysisException

    if client_version < (4, 0):
        pytest.skip("clients before 4.0 do not ask for the rest of a cut message")
    wide = spark.range(1).selectExpr(*[f"id AS column_with_a_rather_long_name_{i}" for i in range(3)])
    name = "ä" * 3000
    with pytest.raises(AnalysisException, match=name):
        wide.select(name).collect()


def test_server_lives_on(spark, raises):
    for _ in range(20):
        with raises("AnalysisException", "UNRESOLVED_COLUMN.WITH_SUGGESTION"):
            spark.range(1).select("nothing").collect()
    assert spark.range(3).count() == 3


def causes(error):
    """(class, condition) of what led to the error, as clients print it below a stack trace."""
    lines = [line for line in str(error).splitlines() if line.startswith("Caused by: ")]
    parts = [line.removeprefix("Caused by: ").split(": ", 1) for line in lines]
    return [(name, (re.match(r"\[([A-Z_.]+)\]", text) or ["", ""])[1]) for name, text in parts]


def test_causes_are_told(spark, client_version, tmp_path):
    """As Spark 4.1 tells them; what its libraries threw at the bottom is left out."""
    from pyspark.errors import PySparkException, StreamingQueryException

    if client_version < (4, 0):
        pytest.skip("this client does not ask for causes")
    read = ("org.apache.spark.SparkException", "FAILED_READ_FILE.NO_HINT")
    line = ("org.apache.spark.SparkException", "MALFORMED_RECORD_IN_PARSING.WITHOUT_SUGGESTION")
    write_lines(tmp_path / "in", "1.json", '{"a": 1}', "{broken")

    def fails(writer):
        with pytest.raises(StreamingQueryException) as caught:
            writer.trigger(availableNow=True).start().awaitTermination()
        return causes(caught.value)

    def broken(reader):
        return reader.schema("a INT").option("mode", "FAILFAST").json(str(tmp_path / "in"))

    spark.conf.set("spark.sql.connect.serverStacktrace.enabled", "true")
    assert fails(broken(spark.readStream).writeStream.format("noop")) == [read, line]
    with pytest.raises(PySparkException) as caught:
        broken(spark.read).collect()
    assert causes(caught.value) == [line]
    good = spark.readStream.schema("a INT").json(str(tmp_path / "in"))
    divided = good.where("a = 1").selectExpr("1 / (a - 1) AS b")
    assert fails(divided.writeStream.format("noop")) == [("org.apache.spark.SparkArithmeticException", "DIVIDE_BY_ZERO")]

    def give_up(rows, number):
        raise ValueError("no")

    assert fails(good.writeStream.foreachBatch(give_up)) == [("org.apache.spark.api.python.PythonException", "")]
    spark.conf.unset("spark.sql.connect.serverStacktrace.enabled")
    with pytest.raises(PySparkException) as caught:
        broken(spark.read).collect()
    assert "stacktrace" not in str(caught.value)
