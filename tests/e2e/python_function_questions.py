"""Questions about scalar, grouped and mapping functions for python_answers.py."""

import datetime
import decimal
from typing import Iterator

from pyspark.sql import functions as F

QUESTIONS = {}

VALUES = {
    "true": True,
    "5": 5,
    "big": 2**40,
    "5.5": 5.5,
    "nan": float("nan"),
    "text": "x",
    "number text": "7",
    "bytes": b"ab",
    "decimal": decimal.Decimal("1.25"),
    "date": datetime.date(2020, 1, 2),
    "time": datetime.datetime(2020, 1, 2, 3, 4, 5, 6),
    "list": [1, 2],
    "tuple": (1, 2),
    "dict": {"a": 1},
    "none": None,
}
# The values that a function may return for each type: pickled ones become null where they do not
# fit; Arrow converts or raises.
TYPES = ["boolean", "int", "bigint", "double", "string", "binary", "decimal(5,2)", "date"]
TYPES += ["timestamp_ntz", "array<int>", "map<string,int>", "struct<a:int,b:int>"]


def question(function):
    QUESTIONS[function.__name__] = function
    return function


def add_returned(type_name):
    def ask(spark):
        columns = []
        for name, value in VALUES.items():
            # Spark's answer shows Java's objects …
            if type_name == "string" and name in ("bytes", "tuple", "date", "time"):
                continue
            # … or is an error where a struct is made of another thing.
            if type_name.startswith("struct") and name not in ("tuple", "none", "dict"):
                continue
            returned = F.udf(lambda _, value=value: value, type_name, useArrow=False)
            columns.append(returned(F.col("id")).alias(name))
        return spark.range(1).select(*columns)

    QUESTIONS[f"pickled, returned as {type_name}"] = ask


for type_name in TYPES:
    add_returned(type_name)


def add_seen(arrow):
    @question
    def ask(spark):
        def kinds(*values):
            return " ".join(f"{type(value).__name__}:{value!r}" for value in values)

        told = F.udf(kinds, "string", useArrow=arrow)
        table = spark.sql(
            """SELECT * FROM VALUES
            (1, 2L, 1.5D, 1.50BD, 'x', true, DATE'2020-01-02', TIMESTAMP'2020-07-02 03:04:05.000006',
             TIMESTAMP_NTZ'2020-07-02 03:04:05', X'61', array(1, null), map('a', 1),
             named_struct('a', 1, 'b', named_struct('c', 'x')), float('nan')),
            (null, null, null, null, null, null, null, null, null, null, null, null, null, null)"""
        )
        return table.select(*[told(column).alias(column) for column in table.columns])

    del QUESTIONS["ask"]
    QUESTIONS[f"seen by {'Arrow' if arrow else 'pickled'} functions"] = ask


add_seen(False)
add_seen(True)


@question
def session_zone(spark):
    spark.conf.set("spark.sql.session.timeZone", "America/Los_Angeles")
    table = spark.sql("SELECT TIMESTAMP'2020-07-02 03:04:05' AS t")
    import pandas

    @F.pandas_udf("string")
    def seen(times: pandas.Series) -> pandas.Series:
        return times.map(lambda t: f"{t} {t.tzinfo}")

    @F.pandas_udf("timestamp")
    def later(times: pandas.Series) -> pandas.Series:
        return times + pandas.Timedelta(hours=1)

    same = F.udf(lambda t: t, "timestamp", useArrow=True)
    return table.select(
        seen("t").alias("seen"),
        later("t").cast("string").alias("later"),
        same("t").cast("string").alias("same"),
    )


@question
def nested_types(spark):
    type_name = "struct<a:array<struct<x:int,y:decimal(10,2)>>,m:map<string,array<date>>,t:timestamp_ntz>"
    table = spark.sql(
        """SELECT named_struct('a', array(named_struct('x', 1, 'y', 1.50BD)), 'm',
           map('k', array(DATE'2020-01-02')), 't', TIMESTAMP_NTZ'2020-01-02 03:04:05') AS s"""
    )
    return table.select(
        *[
            F.udf(lambda s: s, type_name, useArrow=arrow)("s").alias(f"s{int(arrow)}")
            for arrow in (False, True)
        ]
    )


@question
def arrow_coerces(spark):
    def given(value, type_name):
        return F.udf(lambda _: value, type_name, useArrow=True)("id")

    return spark.range(1).select(
        given("5", "int").alias("a"),
        given(5, "double").alias("b"),
        given(5, "string").alias("c"),
        given([1, 2], "array<bigint>").alias("d"),
        given(True, "int").alias("e"),
        given(1, "boolean").alias("f"),
    )


@question
def arrow_refuses(spark):
    return spark.range(1).select(F.udf(lambda _: "x", "int", useArrow=True)("id"))


CLAUSES = {
    "where": "SELECT id FROM range(6) WHERE odd(id)",
    "case": "SELECT CASE WHEN odd(id) THEN plus(id, 10) ELSE id END AS v FROM range(3)",
    "group by": "SELECT odd(id) AS o, count(*) AS n FROM range(5) GROUP BY odd(id)",
    "in an aggregate": "SELECT sum(plus(id, 1)) AS s FROM range(5)",
    "over an aggregate": "SELECT plus(sum(id), 1) AS s FROM range(5)",
    "having": "SELECT id % 3 AS k, sum(id) AS s FROM range(9) GROUP BY id % 3 HAVING plus(sum(id), 0) > 9",
    "order by": "SELECT id FROM range(4) ORDER BY plus(-id, 1)",
    "of each side": "SELECT a.id FROM range(3) a JOIN range(3) b ON plus(a.id, 1) = b.id",
    "of both sides": "SELECT a.id FROM range(3) a JOIN range(3) b ON plus(a.id, b.id) = 3",
    "named": "SELECT minus(b => id, a => 10) AS v FROM range(2)",
    "default type": "SELECT texted(id) AS v FROM range(2)",
    "pandas": "SELECT doubled(id) AS v FROM range(3)",
    "union": "SELECT plus(id, 1) AS v FROM range(2) UNION ALL SELECT id FROM range(2)",
    "subquery": "SELECT max(v) AS m FROM (SELECT plus(id, 1) AS v FROM range(3)) WHERE odd(v)",
    "aggregating": "SELECT k, mean_of(v) AS m FROM kv GROUP BY k",
    "aggregating all": "SELECT mean_of(v) AS m FROM kv",
    "aggregating in an expression": "SELECT k, mean_of(v) + 1 AS m FROM kv GROUP BY k",
    "aggregating by an expression": "SELECT upper(k) AS u, mean_of(v) AS m FROM kv GROUP BY upper(k)",
    "aggregating with having": "SELECT k FROM kv GROUP BY k HAVING mean_of(v) > 3",
    "aggregating, ordered": "SELECT k, mean_of(v) AS m FROM kv GROUP BY k ORDER BY m DESC",
    "aggregating beside sum": "SELECT k, mean_of(v) AS m, sum(v) AS s FROM kv GROUP BY k",
    "unknown": "SELECT never_registered(1)",
}


def add_clause(name, text):
    def ask(spark):
        import pandas

        spark.udf.register("odd", lambda x: x % 2 == 1, "boolean")
        spark.udf.register("plus", F.udf(lambda x, y: x + y, "bigint"))
        spark.udf.register("minus", lambda a, b: a - b, "bigint")
        spark.udf.register("texted", lambda x: f"<{x}>")

        @F.pandas_udf("bigint")
        def doubled(values: pandas.Series) -> pandas.Series:
            return values * 2

        @F.pandas_udf("double")
        def mean_of(values: pandas.Series) -> float:
            return float(values.mean())

        spark.udf.register("doubled", doubled)
        spark.udf.register("mean_of", mean_of)
        return spark.sql(text)

    QUESTIONS[f"in SQL: {name}"] = ask


for name, text in CLAUSES.items():
    add_clause(name, text)


@question
def aggregate_in_an_expression(spark):
    import pandas

    @F.pandas_udf("double")
    def mean_of(values: pandas.Series) -> float:
        return float(values.mean())

    return spark.table("kv").groupBy("k").agg((mean_of("v") * 2).alias("m"))


@question
def arrow_native(spark):
    import pyarrow

    @F.arrow_udf("bigint")
    def one(values: pyarrow.Array) -> pyarrow.Array:
        import pyarrow.compute as pc

        return pc.add(values, 1)

    @F.arrow_udf("bigint")
    def each(batches: Iterator[pyarrow.Array]) -> Iterator[pyarrow.Array]:
        import pyarrow.compute as pc

        for batch in batches:
            yield pc.multiply(batch, 2)

    return spark.range(3).select(one("id").alias("a"), each("id").alias("b"))


@question
def arrow_native_aggregate(spark):
    import pyarrow

    @F.arrow_udf("bigint")
    def total(values: pyarrow.Array) -> int:
        import pyarrow.compute as pc

        return pc.sum(values).as_py()

    return spark.table("kv").groupBy("k").agg(total("v").alias("t"))


@question
def series_of_another_kind(spark):
    import pandas

    @F.pandas_udf("bigint")
    def odd(values: pandas.Series) -> pandas.Series:
        return 5

    return spark.range(5).select(odd("id"))


@question
def several_columns_in_pandas(spark):
    import pandas

    @F.pandas_udf("a: bigint, b: string")
    def two(values: pandas.Series) -> pandas.DataFrame:
        return pandas.DataFrame({"a": values, "b": values.astype(str)})

    return spark.range(2).select(two("id").alias("s")).select("s.*")


@question
def struct_as_frame(spark):
    import pandas

    @F.pandas_udf("bigint")
    def added(rows: pandas.DataFrame) -> pandas.Series:
        return rows["x"] + rows["y"]

    return spark.range(3).select(
        added(F.struct(F.col("id").alias("x"), (F.col("id") * 10).alias("y"))).alias("v")
    )


@question
def map_in_pandas_wrong_columns(spark):
    def renamed(batches):
        for batch in batches:
            yield batch.rename(columns={"id": "other"})

    return spark.range(2).mapInPandas(renamed, "id BIGINT")


@question
def map_in_pandas_no_frame(spark):
    return spark.range(2).mapInPandas(lambda batches: iter([5]), "id BIGINT")


@question
def map_in_pandas_no_iterator(spark):
    return spark.range(2).mapInPandas(lambda batches: 5, "id BIGINT")


@question
def apply_in_pandas_wrong_columns(spark):
    return (
        spark.table("kv")
        .groupBy("k")
        .applyInPandas(lambda group: group.rename(columns={"v": "w"}), "k STRING, v INT")
    )


@question
def apply_in_pandas_by_position(spark):
    import pandas

    return (
        spark.table("kv")
        .groupBy("k")
        .applyInPandas(
            lambda key, group: pandas.DataFrame([[key[0], len(group)]]), "k STRING, n BIGINT"
        )
    )


@question
def apply_in_pandas_by_an_expression(spark):
    import pandas

    return (
        spark.table("kv")
        .groupBy((F.col("v") % 2).alias("odd"))
        .applyInPandas(
            lambda key, group: pandas.DataFrame({"odd": [key[0]], "n": [len(group)]}),
            "odd INT, n BIGINT",
        )
    )


@question
def raises_in_a_function(spark):
    def bad(x):
        raise KeyError("absent")

    return spark.range(1).select(F.udf(bad, "int")("id"))


@question
def not_deterministic(spark):
    import random

    some = F.udf(lambda: random.random(), "double").asNondeterministic()
    table = spark.range(3).select("id", some().alias("r"))
    return table.select("id", (F.col("r") == F.col("r")).alias("same"))


@question
def not_deterministic_aggregate(spark):
    some = F.udf(lambda x: x, "bigint").asNondeterministic()
    return spark.range(3).agg(F.sum(some("id")))


@question
def barrier(spark):
    return spark.range(0, 6, 1, 2).mapInPandas(lambda frames: frames, "id BIGINT", barrier=True)


@question
def barrier_of_arrow(spark):
    numbers = spark.range(0, 6, 1, 2).mapInArrow(lambda batches: batches, "id BIGINT", barrier=True)
    return numbers.where("id > 2").groupBy().agg(F.sum("id"))


@question
def barrier_context(spark):
    """What tasks tell each other, however many there are."""

    def met(frames):
        import pandas
        from pyspark import BarrierTaskContext, TaskContext

        rows = sum(len(frame) for frame in frames)
        context = BarrierTaskContext.get()
        for _ in range(3):
            context.barrier()
        told = context.allGather(str(context.partitionId()))
        yield pandas.DataFrame({
            "kind": [type(TaskContext.get()).__name__],
            "all": [told == [str(i) for i in range(len(told))]],
            "known": [len(told) == len(context.getTaskInfos())],
            "some": [rows > 0],
        })  # fmt: skip

    schema = "kind STRING, all BOOLEAN, known BOOLEAN, some BOOLEAN"
    return spark.range(0, 6, 1, 2).mapInPandas(met, schema, barrier=True).distinct()


@question
def barrier_that_is_not_reached(spark):
    def bad(frames):
        from pyspark import BarrierTaskContext

        if BarrierTaskContext.get().partitionId() == 0:
            raise KeyError("absent")
        BarrierTaskContext.get().barrier()
        yield from frames

    return spark.range(0, 6, 1, 2).mapInPandas(bad, "id BIGINT", barrier=True)
