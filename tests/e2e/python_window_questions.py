"""Questions about aggregating functions over windows for python_answers.py."""

from typing import Iterator

import pandas
from pyspark.sql import Window
from pyspark.sql import functions as F

QUESTIONS = {}


def question(function):
    QUESTIONS[function.__name__] = function
    return function


def rows(spark):
    return spark.sql(
        """SELECT * FROM VALUES
        (1, 'a', 1, 1.5D, DATE'2020-01-01'), (2, 'a', 1, 2.5D, DATE'2020-01-02'),
        (3, 'a', 4, NULL, DATE'2020-01-04'), (4, 'b', 2, 8.0D, DATE'2020-01-05'),
        (5, 'b', NULL, 16.0D, NULL), (6, 'b', 3, 32.0D, DATE'2020-01-06'),
        (7, NULL, 5, 64.0D, DATE'2020-01-07'), (8, NULL, 5, NULL, DATE'2020-01-07')
        AS t(id, k, o, v, d)"""
    )


def functions():
    """Made anew for each session: what they are depends on it."""

    @F.pandas_udf("double")
    def total(values: pandas.Series) -> float:
        return values.sum()

    @F.pandas_udf("string")
    def seen(values: pandas.Series) -> str:
        return ",".join(str(value) for value in values)

    @F.pandas_udf("double")
    def weighted(values: pandas.Series, weights: pandas.Series) -> float:
        return (values * weights).sum()

    return total, seen, weighted


def total(*columns):
    return functions()[0](*columns)


def seen(*columns):
    return functions()[1](*columns)


def weighted(*columns, **named):
    return functions()[2](*columns, **named)


WINDOWS = {
    "partition": lambda: Window.partitionBy("k"),
    "everything": lambda: Window.partitionBy(),
    "growing": lambda: Window.partitionBy("k").orderBy("id"),
    "growing by peers": lambda: Window.partitionBy("k").orderBy("o"),
    "descending": lambda: Window.partitionBy("k").orderBy(F.desc("id")),
    "rows around": lambda: Window.partitionBy("k").orderBy("id").rowsBetween(-1, 1),
    "rows before": lambda: Window.partitionBy("k").orderBy("id").rowsBetween(-2, -1),
    "rows after": lambda: Window.partitionBy("k").orderBy("id").rowsBetween(1, 2),
    "from a row on": lambda: Window.partitionBy("k").orderBy("id").rowsBetween(0, Window.unboundedFollowing),
    "unbounded rows": lambda: Window.partitionBy("k").orderBy("id").rowsBetween(
        Window.unboundedPreceding, Window.unboundedFollowing
    ),
    "range around": lambda: Window.partitionBy("k").orderBy("o").rangeBetween(-1, 1),
    "range before": lambda: Window.partitionBy("k").orderBy("o").rangeBetween(-3, -1),
    "range backwards": lambda: Window.partitionBy("k").orderBy(F.desc("o")).rangeBetween(-2, 0),
    "unbounded range": lambda: Window.partitionBy("k").orderBy("o").rangeBetween(
        Window.unboundedPreceding, Window.unboundedFollowing
    ),
    "partition by an expression": lambda: Window.partitionBy(F.col("id") % 2).orderBy("id"),
}  # fmt: skip


def add_window(name, window):
    def ask(spark):
        return rows(spark).select("id", total("v").over(window()), seen("id").over(window()).alias("ids"))

    QUESTIONS[f"over {name}"] = ask


for name, window in WINDOWS.items():
    add_window(name, window)


@question
def several_windows(spark):
    by_key = Window.partitionBy("k")
    ordered = by_key.orderBy("id")
    return rows(spark).select(
        "id",
        total("v").over(by_key).alias("a"),
        total("v").over(ordered.rowsBetween(-1, 0)).alias("b"),
        seen("id").over(ordered.rowsBetween(0, 1)).alias("c"),
        weighted("v", "o").over(ordered).alias("d"),
        seen("d").over(Window.orderBy("id").rowsBetween(-1, 0)).alias("e"),
    )


@question
def beside_built_in_functions(spark):
    ordered = Window.partitionBy("k").orderBy("id")
    return rows(spark).select(
        "id",
        F.row_number().over(ordered).alias("n"),
        total("v").over(ordered).alias("mine"),
        F.sum("v").over(ordered).alias("theirs"),
        (total("v").over(ordered) - F.lag("v").over(ordered)).alias("difference"),
    )


@question
def of_expressions_and_functions(spark):
    twice = F.udf(lambda x: x * 2, "int")
    thrice = F.udf(lambda x: x * 3, "int")
    window = Window.partitionBy("k")
    return rows(spark).select(
        "id",
        seen(F.col("id") + 1).over(window).alias("a"),
        seen(twice("id")).over(window).alias("b"),
        seen(thrice("id")).over(window).alias("c"),
        F.sum(twice("id")).over(window).alias("d"),
        F.sum(thrice("id")).over(window).alias("e"),
        twice(seen("id").over(window).substr(1, 1).cast("int")).alias("f"),
    )


@question
def lambdas_of_one_name(spark):
    window = Window.partitionBy("k")
    first = F.pandas_udf(lambda v: v.iloc[0], "int", F.PandasUDFType.GROUPED_AGG)
    last = F.pandas_udf(lambda v: v.iloc[-1], "int", F.PandasUDFType.GROUPED_AGG)
    table = rows(spark).where("id < 3")
    return table.select(first("id").over(window).alias("a"), last("id").over(window).alias("b"))


@question
def aggregates_of_lambdas_of_one_name(spark):
    table = rows(spark).where("id < 3")
    twice, thrice = F.udf(lambda x: x * 2, "int"), F.udf(lambda x: x * 3, "int")
    return table.groupBy(twice("id").alias("a")).agg(
        F.sum(twice("id")).alias("b"), F.sum(thrice("id")).alias("c")
    )


@question
def over_aggregates(spark):
    table = rows(spark).groupBy("k").agg(F.sum("v").alias("s"))
    return table.select("k", total("s").over(Window.partitionBy()).alias("t"))


@question
def by_keyword(spark):
    window = Window.partitionBy("k").orderBy("id").rowsBetween(-1, 0)
    return rows(spark).select("id", weighted(weights=F.col("o"), values=F.col("v")).over(window).alias("w"))


@question
def no_rows(spark):
    return rows(spark).where("id > 100").select(total("v").over(Window.partitionBy("k")).alias("t"))


@question
def filtered_by_it(spark):
    table = rows(spark).withColumn("t", total("v").over(Window.partitionBy("k")))
    return table.where("t > 10 AND k = 'b'").select("id", "t")


@question
def native_arrow(spark):
    import pyarrow
    import pyarrow.compute as pc

    @F.arrow_udf("double")
    def sum_of(values: pyarrow.Array) -> float:
        return pc.sum(values).as_py()

    @F.arrow_udf("bigint")
    def count_of(values: pyarrow.Array) -> int:
        return len(values)

    ordered = Window.partitionBy("k").orderBy("id")
    return rows(spark).select(
        "id",
        sum_of("v").over(Window.partitionBy("k")).alias("a"),
        sum_of("v").over(ordered.rowsBetween(-1, 1)).alias("b"),
        count_of("v").over(ordered.rowsBetween(-2, -1)).alias("c"),
    )


@question
def result_of_another_type(spark):
    text = F.pandas_udf(lambda v: "x", "int", F.PandasUDFType.GROUPED_AGG)
    return rows(spark).select(text("id").over(Window.partitionBy("k")))


@question
def raises(spark):
    def bad(values):
        raise KeyError("absent")

    function = F.pandas_udf(bad, "int", F.PandasUDFType.GROUPED_AGG)
    return rows(spark).select(function("id").over(Window.partitionBy("k").orderBy("id")))


@question
def scalar_function(spark):
    return rows(spark).select(F.udf(lambda x: x, "int")("id").over(Window.partitionBy("k")))


@question
def scalar_pandas_function(spark):
    @F.pandas_udf("int")
    def same(values: pandas.Series) -> pandas.Series:
        return values

    return rows(spark).select(same("id").over(Window.partitionBy("k")))


@question
def scalar_iterator_function(spark):
    @F.pandas_udf("int")
    def same(columns: Iterator[pandas.Series]) -> Iterator[pandas.Series]:
        yield from columns

    return rows(spark).select(same("id").over(Window.partitionBy("k")))


@question
def scalar_arrow_iterator_function(spark):
    import pyarrow

    @F.arrow_udf("int")
    def same(columns: Iterator[pyarrow.Array]) -> Iterator[pyarrow.Array]:
        yield from columns

    return rows(spark).select(same("id").over(Window.partitionBy("k").orderBy("id")))


@question
def inside_an_aggregate(spark):
    return rows(spark).groupBy("k").agg(F.sum(total("v").over(Window.partitionBy("k"))))


@question
def where(spark):
    return rows(spark).where(total("v").over(Window.partitionBy("k")) > 1)


CLAUSES = {
    "partition": "SELECT id, total(v) OVER (PARTITION BY k) AS t FROM rows",
    "ordered": "SELECT id, total(v) OVER (PARTITION BY k ORDER BY id) AS t FROM rows",
    "rows": "SELECT id, seen(id) OVER (PARTITION BY k ORDER BY id ROWS BETWEEN 1 PRECEDING AND CURRENT ROW) AS t FROM rows",
    "range of days": "SELECT id, seen(id) OVER (ORDER BY d RANGE BETWEEN INTERVAL 2 DAYS PRECEDING AND CURRENT ROW) AS t FROM rows",
    "named": "SELECT id, total(v) OVER w AS t, sum(v) OVER w AS s FROM rows WINDOW w AS (PARTITION BY k)",
    "without a name": "SELECT id, total(v) OVER (PARTITION BY k ORDER BY o DESC) FROM rows",
    "two functions": "SELECT id, total(v) OVER (PARTITION BY k) + weighted(v, o) OVER (PARTITION BY k) AS t FROM rows",
    "in a query": "SELECT max(t) AS m FROM (SELECT total(v) OVER (PARTITION BY k) AS t FROM rows)",
    "over sums": "SELECT k, total(sum(v)) OVER (ORDER BY k) AS t FROM rows GROUP BY k",
    "by keywords": "SELECT id, weighted(weights => o, values => v) OVER (PARTITION BY k) AS t FROM rows",
    "distinct": "SELECT id, total(DISTINCT v) OVER (PARTITION BY k) AS t FROM rows",
    "filtered": "SELECT id, total(v) FILTER (WHERE id > 2) OVER (PARTITION BY k) AS t FROM rows",
    "scalar": "SELECT id, twice(id) OVER (PARTITION BY k) AS t FROM rows",
    "beside aggregates": "SELECT k, total(v), sum(total(v)) OVER () FROM rows GROUP BY k",
    "ordered by it": "SELECT id FROM rows ORDER BY total(v) OVER (PARTITION BY k), id",
}


def add_clause(name, text):
    def ask(spark):
        for function in functions():
            spark.udf.register(function.__name__, function)
        spark.udf.register("twice", lambda x: 2 * x, "int")
        rows(spark).createOrReplaceTempView("rows")
        return spark.sql(text)

    QUESTIONS[f"in SQL: {name}"] = ask


for name, text in CLAUSES.items():
    add_clause(name, text)
