"""Functions of the program in expressions and as relations, run in worker processes."""

import pytest

from conftest import connect, disconnect, rows


@pytest.fixture
def people(spark):
    return spark.createDataFrame(
        [("ann", 30, 1.5), ("bob", None, 2.5), (None, 7, None)], "name STRING, age INT, score DOUBLE"
    )


def test_scalar_function(spark, people):
    from pyspark.sql import functions as F

    upper = F.udf(lambda text: None if text is None else text.upper())
    older = F.udf(lambda age: None if age is None else age + 1, "int")
    result = people.select(upper("name").alias("u"), older("age").alias("o"))
    assert rows(result) == [("ANN", 31), ("BOB", None), (None, 8)]
    assert dict(result.dtypes) == {"u": "string", "o": "int"}


def test_function_names_its_column(spark, people):
    from pyspark.sql import functions as F

    def twice(x):
        return x

    assert people.select(F.udf(twice, "int")("age")).columns == ["twice(age)"]


def test_functions_in_filters_aggregates_and_sorts(spark, people):
    from pyspark.sql import functions as F

    length = F.udf(lambda text: len(text or ""), "int")
    assert rows(people.filter(length("name") > 0).select("name")) == [("ann",), ("bob",)]
    assert rows(people.groupBy(length("name").alias("n")).count()) == [(0, 1), (3, 2)]
    assert rows(people.agg(F.sum(length("name")))) == [(6,)]
    ordered = people.orderBy(length("name"), F.desc("name")).select("name").collect()
    assert [row.name for row in ordered] == [None, "bob", "ann"]
    assert rows(people.select(length("name") + F.lit(1))) == [(1,), (4,), (4,)]


def test_chains_and_nests(spark):
    from pyspark.sql import functions as F

    one = F.udf(lambda x: x + 1, "long")
    both = F.udf(lambda x, y: x * y, "long")
    numbers = spark.range(3)
    chained = one(one(one("id")))
    assert rows(numbers.select(chained)) == [(3,), (4,), (5,)]
    nested = both(one("id"), one(one("id") + F.lit(10)))
    assert rows(numbers.select(nested)) == [(12,), (26,), (42,)]


def test_keyword_arguments(spark, client_version):
    if client_version < (4, 0):
        pytest.skip("3.5 has no keyword arguments")
    from pyspark.sql import functions as F

    minus = F.udf(lambda a, b: a - b, "long")
    assert rows(spark.range(3).select(minus(b=F.lit(1), a=F.col("id")))) == [(-1,), (0,), (1,)]


@pytest.mark.parametrize("arrow", [False, True])
def test_types_come_back(spark, arrow):
    import datetime
    import decimal

    from pyspark.sql import functions as F

    values = spark.sql(
        """SELECT 1.50BD AS d, array(1, 2) AS a, named_struct('x', 1, 'y', 'q') AS s,
           map('k', 1.5D) AS m, X'6162' AS b, DATE'2020-01-02' AS day, true AS yes,
           TIMESTAMP_NTZ'2020-01-02 03:04:05.000006' AS t, 2.5D AS r, 5000000000 AS n"""
    )
    for name, type_name in values.dtypes:
        same = F.udf(lambda x: x, type_name, useArrow=arrow)
        expected = values.select(name).collect()
        assert values.select(same(name).alias(name)).collect() == expected, name
    assert values.select("d", "day").collect()[0] == (
        decimal.Decimal("1.50"),
        datetime.date(2020, 1, 2),
    )


def test_pickled_results_of_another_type_are_null(spark):
    """Recorded from Apache Spark 4.1."""
    from pyspark.sql import functions as F

    def given(value, type_name):
        function = F.udf(lambda _: value, type_name, useArrow=False)
        return spark.range(1).select(function("id")).collect()[0][0]

    assert given("5", "int") is None
    assert given(5.7, "int") is None
    assert given(5, "double") is None
    assert given(300, "tinyint") == 44
    assert given(True, "int") is None
    assert given(1, "boolean") is None
    assert given(5, "string") == "5"
    assert given(True, "string") == "true"
    assert given([1, 2], "string") == "[1, 2]"
    assert given({"a": 1}, "string") == "{a=1}"
    assert given((1, 2), "array<int>") == [1, 2]


@pytest.mark.newest_client
def test_results_that_no_column_holds_are_errors(spark):
    """Spark fails for the null key too, with a NullPointerException."""
    from pyspark.errors import PySparkException
    from pyspark.sql import functions as F

    endless = []
    endless.append(endless)
    for result, type, words in (
        ({None: 1}, "map<string,int>", "NULL_MAP_KEY"),
        ({"a": 1}, "map<int,int>", "NULL_MAP_KEY"),
        (endless, "string", "contains itself"),
    ):
        function = F.udf(lambda _: result, type, useArrow=False)
        with pytest.raises(PySparkException, match=words):
            spark.range(1).select(function("id")).collect()
    assert spark.range(2).count() == 2


def test_exception_has_the_traceback(spark):
    from pyspark.errors import PythonException
    from pyspark.sql import functions as F

    def divide(x):
        return 1 // x

    with pytest.raises(PythonException) as raised:
        spark.range(3).select(F.udf(divide, "int")("id")).collect()
    assert "ZeroDivisionError" in str(raised.value)
    assert "in divide" in str(raised.value)


def test_registered_function_in_sql(spark):
    spark.udf.register("plus_two", lambda x: x + 2, "long")
    assert rows(spark.sql("SELECT plus_two(id) AS v FROM range(3) WHERE plus_two(id) > 2")) == [
        (3,),
        (4,),
    ]
    assert rows(spark.range(2).selectExpr("PLUS_TWO(id) AS v")) == [(2,), (3,)]


def test_pandas_functions(spark):
    pandas = pytest.importorskip("pandas")
    from typing import Iterator

    from pyspark.sql import functions as F

    @F.pandas_udf("double")
    def half(values: pandas.Series) -> pandas.Series:
        return values / 2

    @F.pandas_udf("long")
    def add(batches: Iterator[pandas.Series]) -> Iterator[pandas.Series]:
        for batch in batches:
            yield batch + 1

    numbers = spark.range(30_000)
    result = numbers.select(half("id").alias("h"), add("id").alias("a"), "id")
    assert result.agg(F.sum("h"), F.sum("a"), F.count("*")).collect()[0] == (
        224992500.0,
        450015000,
        30000,
    )
    assert result.filter("a != id + 1 OR h != id / 2").count() == 0


def test_map_in_pandas_and_arrow(spark):
    def evens(batches):
        for batch in batches:
            yield batch[batch.id % 2 == 0].assign(text="x")

    def doubled(batches):
        import pyarrow

        for batch in batches:
            for _ in range(2):
                yield batch

    numbers = spark.range(5)
    assert rows(numbers.mapInPandas(evens, "id LONG, text STRING")) == [
        (0, "x"),
        (2, "x"),
        (4, "x"),
    ]
    assert rows(numbers.mapInArrow(doubled, "id LONG")) == [(i,) for i in range(5) for _ in "ab"]


@pytest.mark.parametrize("arrow", [False, True])
def test_table_functions(spark, arrow):
    """What newer clients can do besides: test_python_answers.py."""
    from pyspark.sql import functions as F

    class Squares:
        def eval(self, start: int, end: int):
            for number in range(start, end + 1):
                yield number, number * number

    class Total:
        def __init__(self):
            self.total = 0

        def eval(self, row):
            self.total += row["id"]

        def terminate(self):
            yield (self.total,)

    squares = F.udtf(Squares, returnType="n: int, square: int", useArrow=arrow)
    assert rows(squares(F.lit(1), F.lit(2))) == [(1, 1), (2, 4)]
    spark.udtf.register("squares", squares)
    spark.udtf.register("total", F.udtf(Total, returnType="total: bigint", useArrow=arrow))
    lateral = spark.sql("SELECT * FROM range(3) AS t, LATERAL squares(int(t.id), 1) AS s(x, y)")
    assert rows(lateral) == [(0, 0, 0), (0, 1, 1), (1, 1, 1)]
    assert rows(spark.sql("SELECT sum(total) FROM total(TABLE(SELECT id FROM range(4)))")) == [(6,)]


def test_table_function_on_a_stream(spark, tmp_path):
    from pyspark.sql import functions as F

    class Words:
        def eval(self, line: str):
            for word in line.split():
                yield (word,)

    (tmp_path / "lines.txt").write_text("a b\nc\n\n")
    spark.udtf.register("words_of", F.udtf(Words, returnType="word: string"))
    spark.readStream.text(str(tmp_path)).createOrReplaceTempView("lines_with_words")
    query = (
        spark.sql("SELECT word FROM lines_with_words, LATERAL words_of(value)")
        .writeStream.format("memory")
        .queryName("words_of_lines")
        .trigger(availableNow=True)
        .start()
    )
    query.awaitTermination(60)
    assert query.exception() is None
    assert rows(spark.table("words_of_lines")) == [("a",), ("b",), ("c",)]


@pytest.mark.newest_client
def test_map_in_arrow_names_wrong_types(spark):
    def texts(batches):
        import pyarrow

        for batch in batches:
            yield pyarrow.RecordBatch.from_pydict({"id": ["x"] * batch.num_rows})

    with pytest.raises(Exception, match="ARROW_TYPE_MISMATCH.*id"):
        spark.range(2).mapInArrow(texts, "id BIGINT").collect()


def test_apply_in_pandas(spark):
    def summary(key, group):
        import pandas

        return pandas.DataFrame({"name": [key[0]], "n": [len(group)], "total": [group.v.sum()]})

    def centred(group):
        return group.assign(v=group.v - group.v.mean())

    data = spark.createDataFrame([("a", 1.0), ("b", 2.0), ("a", 3.0)], "name STRING, v DOUBLE")
    result = data.groupBy("name").applyInPandas(summary, "name STRING, n LONG, total DOUBLE")
    assert rows(result) == [("a", 2, 4.0), ("b", 1, 2.0)]
    result = data.groupBy("name").applyInPandas(centred, "name STRING, v DOUBLE")
    assert rows(result) == [("a", -1.0), ("a", 1.0), ("b", 0.0)]


def test_apply_in_arrow(spark, client_version):
    if client_version < (4, 0):
        pytest.skip("3.5 has no applyInArrow")

    def counted(table):
        import pyarrow

        return pyarrow.table({"name": table.column("name")[:1], "n": [table.num_rows]})

    data = spark.createDataFrame([("a", 1.0), ("b", 2.0), ("a", 3.0)], "name STRING, v DOUBLE")
    result = data.groupBy("name").applyInArrow(counted, "name STRING, n LONG")
    assert rows(result) == [("a", 2), ("b", 1)]


def test_cogroups(spark, client_version):
    """Recorded from Apache Spark 4.1, but for the sides of other types."""

    def both(key, left, right):
        import pandas

        what = f"{list(left.columns)} {left.v.tolist()} {list(right.columns)} {right.w.tolist()}"
        # Null is NaN in newer versions of pandas.
        return pandas.DataFrame({"k": [str(tuple(k if k == k else None for k in key))], "what": [what]})

    def sizes(left, right):
        import pyarrow

        return pyarrow.table({"l": [left.num_rows], "r": [right.num_rows]})

    left = spark.createDataFrame([("a", 1), ("b", 2), ("a", 3), (None, 4)], "k STRING, v INT")
    right = spark.createDataFrame([("a", 1.5), ("c", 2.5), (None, 3.5)], "k STRING, w DOUBLE")
    pair = left.groupBy("k").cogroup(right.groupBy("k"))
    assert rows(pair.applyInPandas(both, "k STRING, what STRING")) == [
        ("('a',)", "['k', 'v'] [1, 3] ['k', 'w'] [1.5]"),
        ("('b',)", "['k', 'v'] [2] ['k', 'w'] []"),
        ("('c',)", "['k', 'v'] [] ['k', 'w'] [2.5]"),
        ("(None,)", "['k', 'v'] [4] ['k', 'w'] [3.5]"),
    ]
    same = left.groupBy("k").cogroup(left.groupBy("k"))
    assert len(rows(same.applyInPandas(lambda a, b: a[a.v == b.v], "k STRING, v INT"))) == 4
    if client_version >= (4, 0):
        assert rows(pair.applyInArrow(sizes, "l LONG, r LONG")) == [(0, 1), (1, 0), (1, 1), (2, 1)]
    with pytest.raises(Exception, match="of the same types"):
        left.groupBy("k").cogroup(right.groupBy("w")).applyInPandas(both, "k STRING").collect()


def test_functions_on_a_stream(spark, tmp_path):
    from pyspark.sql import functions as F

    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "words.txt").write_text("a\nbb\nccc\n")
    length = F.udf(lambda text: len(text), "int")

    def exclaim(batches):
        for batch in batches:
            yield batch.assign(value=batch.value + "!")

    lines = spark.readStream.text(str(tmp_path / "in"))
    result = lines.withColumn("n", length("value")).mapInPandas(exclaim, "value STRING, n INT")
    query = result.writeStream.format("memory").queryName("exclaimed").start()
    query.processAllAvailable()
    query.stop()
    assert rows(spark.table("exclaimed")) == [("a!", 1), ("bb!", 2), ("ccc!", 3)]


def test_failing_function_fails_the_query(spark, tmp_path):
    from pyspark.sql import functions as F

    (tmp_path / "words.txt").write_text("a\n")
    bad = F.udf(lambda text: int(text), "int")
    query = (
        spark.readStream.text(str(tmp_path))
        .select(bad("value"))
        .writeStream.format("noop")
        .trigger(availableNow=True)
        .start()
    )
    with pytest.raises(Exception):
        query.awaitTermination(60)
    assert "ValueError: invalid literal for int()" in str(query.exception())


def test_killed_worker_is_reported_and_replaced(spark):
    import os
    import signal

    from pyspark.sql import functions as F

    fatal = F.udf(lambda x: os.kill(os.getpid(), signal.SIGKILL), "int")
    with pytest.raises(Exception, match="Python worker exited unexpectedly"):
        spark.range(1).select(fatal("id")).collect()
    fine = F.udf(lambda x: x, "long")
    assert rows(spark.range(2).select(fine("id"))) == [(0,), (1,)]


def test_module_of_an_artifact(spark, tmp_path, client_version):
    from pyspark.sql import functions as F

    module = tmp_path / "greetings_of_test.py"
    module.write_text("def greet(name):\n    return 'hello ' + name\n")
    spark.addArtifacts(str(module), pyfile=True)

    def greet(name):
        import greetings_of_test

        return greetings_of_test.greet(name)

    greeted = spark.createDataFrame([("ann",)], "name STRING").select(F.udf(greet)("name"))
    assert rows(greeted) == [("hello ann",)]


def test_server_without_python_refuses_by_name(start_server):
    from pyspark.sql import functions as F

    session = connect(start_server(arguments=["--no-python"]).url)
    with pytest.raises(Exception, match="the Python function named.*--no-python"):

        def named(x):
            return x

        session.range(1).select(F.udf(named, "long")("id")).collect()
    with pytest.raises(Exception, match="mapInPandas.*--no-python"):
        session.range(1).mapInPandas(lambda batches: batches, "id LONG").collect()
    disconnect(session)


def test_grouped_aggregates(spark):
    pandas = pytest.importorskip("pandas")
    from pyspark.sql import functions as F

    @F.pandas_udf("double")
    def mean(values: pandas.Series) -> float:
        return values.mean()

    @F.pandas_udf("double")
    def weighted(values: pandas.Series, weights: pandas.Series) -> float:
        return (values * weights).sum()

    data = spark.createDataFrame(
        [("a", 1.0, 2.0), ("b", 2.0, 3.0), ("a", 3.0, 4.0)], "name STRING, v DOUBLE, w DOUBLE"
    )
    result = data.groupBy("name").agg(mean("v"), weighted("v", "w").alias("sum"))
    assert result.columns == ["name", "mean(v)", "sum"]
    assert rows(result) == [("a", 2.0, 14.0), ("b", 2.0, 6.0)]
    assert rows(data.agg(mean("w"))) == [(3.0,)]
    with pytest.raises(Exception, match="INVALID_PANDAS_UDF_PLACEMENT"):
        data.groupBy("name").agg(mean("v"), F.sum("w")).collect()


@pytest.mark.newest_client
def test_registered_functions_are_listed(spark):
    def names(statement):
        return [row[0] for row in spark.sql(statement).collect()]

    spark.udf.register("Plus2", lambda a: a, "int")
    assert names("SHOW USER FUNCTIONS") == ["plus2"]
    assert names("SHOW SYSTEM FUNCTIONS LIKE 'plus2'") == []
    assert names("SHOW ALL FUNCTIONS LIKE 'plus*'") == ["plus2"]
    assert names("SHOW FUNCTIONS LIKE 'plus*'") == ["plus2"]
    assert [spark.catalog.functionExists(name) for name in ("plus2", "PLUS2", "plus3")] == [True, True, False]
