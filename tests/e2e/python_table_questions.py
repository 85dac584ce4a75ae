"""Questions about table functions (udtf) for python_answers.py."""

from pyspark.sql import Row
from pyspark.sql import functions as F

QUESTIONS = {}


def question(function):
    QUESTIONS[function.__name__] = function
    return function


def make_functions(spark):
    """The table functions that the questions name in SQL."""

    class Numbers:
        def eval(self, start: int, end: int):
            for number in range(start, end + 1):
                yield number, number * number

    class Twice:
        def eval(self, value):
            yield (value,)
            yield (value,)

    class Total:
        def __init__(self):
            self.count = 0

        def eval(self, value):
            self.count += value
            if value % 2:
                yield value, -1

        def terminate(self):
            yield self.count, 0

    class Sum:
        def __init__(self):
            self.key = None
            self.seen = []

        def eval(self, row: Row):
            self.key = row["k"]
            self.seen.append(row["v"])

        def terminate(self):
            yield self.key, len(self.seen), str(self.seen)

    class Fields:
        def eval(self, row: Row):
            yield str(row),

    class Failing:
        def eval(self, value):
            raise ValueError(f"no {value}")

    class Wide:
        def eval(self):
            yield 1, 2, 3

    class Scalar:
        def eval(self):
            yield 1

    class NoIterable:
        def eval(self):
            return 1

    class Nothing:
        def eval(self, value):
            return None

    class Keywords:
        def eval(self, a, b):
            yield f"a={a} b={b}",

    class Types:
        def eval(self, *values):
            yield str([type(value).__name__ for value in values]),

    class Mistyped:
        def eval(self):
            yield "5", 5, 5.7, "x"

    for arrow in (False, True):
        suffix = "_arrow" if arrow else ""

        def register(name, handler, columns):
            spark.udtf.register(name + suffix, F.udtf(handler, returnType=columns, useArrow=arrow))

        register("numbers", Numbers, "n: int, square: int")
        register("twice", Twice, "v: int")
        register("total", Total, "t: int, mark: int")
        register("sum_of", Sum, "k: string, n: int, seen: string")
        register("fields_of", Fields, "text: string")
        register("failing", Failing, "v: int")
        register("wide", Wide, "a: int, b: int")
        register("scalar_row", Scalar, "a: int")
        register("no_iterable", NoIterable, "a: int")
        register("nothing", Nothing, "a: int")
        register("keywords", Keywords, "text: string")
        register("types_of", Types, "text: string")
        register("mistyped", Mistyped, "a: int, b: double, c: int, d: boolean")


SQL = {
    "constant_arguments": "SELECT * FROM numbers{}(1, 3)",
    "columns_of_it": "SELECT square + n AS x FROM numbers{}(2, 3) WHERE n > 2",
    "alias": "SELECT t.a, b FROM numbers{}(1, 2) AS t(a, b)",
    "alias_mismatch": "SELECT * FROM numbers{}(1, 2) AS t(a, b, c)",
    "lateral": "SELECT * FROM VALUES (1), (2) AS t(v), LATERAL numbers{}(v, 2)",
    "lateral_alias": "SELECT v, x FROM VALUES (1), (2) AS t(v), LATERAL numbers{}(v, 2) AS s(x, y)",
    "lateral_alias_mismatch": "SELECT * FROM VALUES (1) AS t(v), LATERAL numbers{}(v, 2) AS s(x)",
    "lateral_twice": "SELECT * FROM VALUES (1) AS t(v), LATERAL numbers{}(v, 2) AS s(x, y), LATERAL twice{}(x)",
    "join_lateral": "SELECT * FROM VALUES (1), (5) AS t(v) JOIN LATERAL numbers{}(v, 2)",
    "left_join_lateral": "SELECT * FROM VALUES (1), (5) AS t(v) LEFT JOIN LATERAL numbers{}(v, 2) AS s(a, b) ON TRUE",
    "terminate": "SELECT * FROM total{}(3)",
    "terminate_lateral": "SELECT * FROM (SELECT * FROM VALUES (1), (2), (3) AS t(v) ORDER BY v LIMIT 3), LATERAL total{}(v)",
    "nothing": "SELECT * FROM VALUES (1), (2) AS t(v), LATERAL nothing{}(v)",
    "left_nothing": "SELECT * FROM VALUES (1), (2) AS t(v) LEFT JOIN LATERAL nothing{}(v) ON TRUE",
    "table_whole": "SELECT * FROM sum_of{}(TABLE(kv) WITH SINGLE PARTITION ORDER BY v)",
    "table_partitions": "SELECT * FROM sum_of{}(TABLE(kv) PARTITION BY k ORDER BY v DESC)",
    "table_expression": "SELECT * FROM sum_of{}(TABLE(kv) PARTITION BY length(k), v % 2 ORDER BY (v, k))",
    "table_query": "SELECT * FROM sum_of{}(TABLE(SELECT upper(k) AS k, v FROM kv) PARTITION BY (k) ORDER BY (v))",
    "table_unarranged": "SELECT * FROM fields_of{}(TABLE(SELECT k, v FROM kv WHERE v > 3))",
    "table_fields": "SELECT * FROM fields_of{}(TABLE(SELECT k, v FROM kv WHERE v > 3) PARTITION BY v + 1)",
    "table_named": "SELECT * FROM fields_of{}(row => TABLE(SELECT k FROM kv WHERE v > 3))",
    "table_empty": "SELECT * FROM sum_of{}(TABLE(SELECT k, v FROM kv WHERE v > 100) WITH SINGLE PARTITION)",
    "two_tables": "SELECT * FROM keywords{}(TABLE(kv), TABLE(kv))",
    "keyword_arguments": "SELECT * FROM keywords{}(b => 1, a => 'x')",
    "mixed_arguments": "SELECT * FROM keywords{}('x', b => 2)",
    "unknown_keyword": "SELECT * FROM keywords{}(a => 1, c => 2)",
    "missing_argument": "SELECT * FROM keywords{}(1)",
    "raises": "SELECT * FROM failing{}(7)",
    "too_many_columns": "SELECT * FROM wide{}()",
    "row_without_tuple": "SELECT * FROM scalar_row{}()",
    "not_iterable": "SELECT * FROM no_iterable{}()",
    "mistyped": "SELECT * FROM mistyped{}()",
    "unknown": "SELECT * FROM no_such_function{}(1)",
    "in_select_list": "SELECT numbers{}(1, 2)",
    "argument_types": "SELECT * FROM types_of{}(1, 1L, 1.5D, 1.5BD, 'x', true, DATE'2020-01-02', "
    "TIMESTAMP'2020-01-02 03:04:05', array(1), map('a', 1), named_struct('a', 1), X'61', NULL)",
}


def add_sql_question(name, text, suffix):
    def ask(spark):
        return spark.sql(text.format(suffix, suffix))

    QUESTIONS[f"sql {name}{suffix}"] = ask


# What fails before a worker sees it, and one of what costs a worker, is asked once.
ONCE = {"mistyped", "alias_mismatch", "lateral_alias_mismatch", "two_tables", "unknown"}
ONCE |= {"in_select_list", "table_expression", "unknown_keyword", "missing_argument"}
ONCE |= {"too_many_columns", "not_iterable"}

for name, text in SQL.items():
    add_sql_question(name, text, "")
    if name not in ONCE:
        add_sql_question(name, text, "_arrow")


@question
def called_from_python(spark):
    @F.udtf(returnType="word: string, n: int")
    class Split:
        def eval(self, text: str):
            for word in text.split():
                yield word, len(word)

    return Split(F.lit("a bb ccc"))


@question
def called_by_keyword(spark):
    @F.udtf(returnType="text: string")
    class Two:
        def eval(self, a, b):
            yield f"{a} {b}",

    return Two(b=F.lit(1), a=F.lit("x"))


@question
def lateral_join(spark):
    @F.udtf(returnType="n: int")
    class UpTo:
        def eval(self, end: int):
            for n in range(end):
                yield n,

    left = spark.createDataFrame([(1,), (2,)], "v INT")
    return left.lateralJoin(UpTo(F.col("v").outer()))


@question
def as_table(spark):
    @F.udtf(returnType="k: string, total: int")
    class Total:
        def __init__(self):
            self.total = 0

        def eval(self, row):
            self.key, self.total = row.k, self.total + row.v

        def terminate(self):
            yield self.key, self.total

    table = spark.table("kv").asTable()
    return Total(table.partitionBy("k").orderBy(F.desc("v")))


@question
def as_single_table(spark):
    @F.udtf(returnType="seen: string")
    class Seen:
        def __init__(self):
            self.seen = []

        def eval(self, row):
            self.seen.append(row.v)

        def terminate(self):
            yield str(self.seen),

    return Seen(spark.table("kv").asTable().withSinglePartition().orderBy(F.desc("v")))


@question
def analyze_makes_columns(spark):
    from pyspark.sql.types import StructType
    from pyspark.sql.udtf import AnalyzeArgument, AnalyzeResult

    @F.udtf
    class Wide:
        @staticmethod
        def analyze(count: AnalyzeArgument, text: AnalyzeArgument) -> AnalyzeResult:
            schema = StructType()
            for i in range(count.value):
                schema = schema.add(f"c{i}", text.dataType)
            return AnalyzeResult(schema=schema)

        def eval(self, count, text):
            yield tuple(text for _ in range(count))

    return Wide(F.lit(3), F.lit("x"))


@question
def analyze_sees_arguments(spark):
    from pyspark.sql.types import IntegerType, StringType, StructType
    from pyspark.sql.udtf import AnalyzeResult

    @F.udtf
    class Seen:
        def __init__(self, result):
            self.result = result

        @staticmethod
        def analyze(*args, **kwargs):
            text = "; ".join(
                f"{a.dataType.simpleString()} {a.value!r} {a.isTable} {a.isConstantExpression}"
                for a in [*args, *kwargs.values()]
            )
            return AnalyzeResult(StructType().add(text, StringType()).add("n", IntegerType()))

        def eval(self, *args, **kwargs):
            yield self.result.schema[0].name, len(args) + len(kwargs)

    spark.udtf.register("seen_arguments", Seen)
    return spark.sql(
        "SELECT * FROM seen_arguments(1 + 1, 'x', DATE'2020-01-02', TIMESTAMP_NTZ'2020-01-02 03:04:05', "
        "1.50BD, array(1, 2), NULL, named => named_struct('a', 1))"
    )


@question
def analyze_arranges_the_table(spark):
    from pyspark.sql.types import StringType, StructType
    from pyspark.sql.udtf import AnalyzeResult, OrderingColumn, PartitioningColumn

    @F.udtf
    class Arranged:
        def __init__(self):
            self.seen = []

        @staticmethod
        def analyze(table):
            return AnalyzeResult(
                StructType().add("k", StringType()).add("seen", StringType()),
                partitionBy=[PartitioningColumn("k")],
                orderBy=[OrderingColumn("v", ascending=False)],
            )

        def eval(self, row):
            self.k = row["k"]
            self.seen.append(row["v"])

        def terminate(self):
            yield self.k, str(self.seen)

    spark.udtf.register("arranged", Arranged)
    return spark.sql("SELECT * FROM arranged(TABLE(kv))")


@question
def analyze_against_the_call(spark):
    analyze_arranges_the_table(spark)
    return spark.sql("SELECT * FROM arranged(TABLE(kv) PARTITION BY v)")


@question
def analyze_selects(spark):
    from pyspark.sql.types import StringType, StructType
    from pyspark.sql.udtf import AnalyzeResult, SelectedColumn

    @F.udtf
    class Selecting:
        @staticmethod
        def analyze(table):
            return AnalyzeResult(
                StructType().add("text", StringType()),
                withSinglePartition=True,
                select=[SelectedColumn("v", "w")],
            )

        def eval(self, row):
            yield str(row),

    spark.udtf.register("selecting", Selecting)
    return spark.sql("SELECT * FROM selecting(TABLE(SELECT k, v FROM kv))")


@question
def analyze_raises(spark):
    @F.udtf
    class Refusing:
        @staticmethod
        def analyze(value):
            raise ValueError(f"not {value.value}")

        def eval(self, value):
            yield (value,)

    return Refusing(F.lit(1))


@question
def analyze_gives_nonsense(spark):
    @F.udtf
    class Odd:
        @staticmethod
        def analyze(value):
            return 5

        def eval(self, value):
            yield (value,)

    return Odd(F.lit(1))


@question
def skips_the_rest(spark):
    from pyspark.sql.udtf import SkipRestOfInputTableException

    @F.udtf(returnType="k: string, n: int")
    class First:
        def __init__(self):
            self.n = 0

        def eval(self, row):
            self.k, self.n = row["k"], self.n + 1
            if self.n == 1:
                raise SkipRestOfInputTableException("enough")

        def terminate(self):
            yield self.k, self.n

    spark.udtf.register("first_only", First)
    return spark.sql("SELECT * FROM first_only(TABLE(kv) PARTITION BY k ORDER BY v)")


@question
def batches_of_constants(spark):
    from pyspark.sql.functions import arrow_udtf

    @arrow_udtf(returnType="x: int, y: int")
    class Two:
        def eval(self, n):
            import pyarrow as pa

            count = n[0].as_py()
            yield pa.table({"x": pa.array(range(count), pa.int32()), "y": pa.array([count] * count, pa.int32())})

    return Two(F.lit(3))


@question
def batches_lateral(spark):
    from pyspark.sql.functions import arrow_udtf

    @arrow_udtf(returnType="x: int, rows: int")
    class Spread:
        def eval(self, n):
            import pyarrow as pa

            for value in n:
                yield pa.table({"x": pa.array([value.as_py()], pa.int32()), "rows": pa.array([len(n)], pa.int32())})

    spark.udtf.register("spread", Spread)
    return spark.sql("SELECT * FROM VALUES (1), (2), (3) AS t(v), LATERAL spread(v)")


@question
def batches_of_a_table(spark):
    from pyspark.sql.functions import arrow_udtf

    @arrow_udtf(returnType="k: string, total: bigint")
    class Totals:
        def __init__(self):
            self.total, self.key = 0, None

        def eval(self, batch):
            import pyarrow.compute as pc

            self.key = batch.column("k")[0].as_py()
            self.total += pc.sum(batch.column("v")).as_py()
            return iter(())

        def terminate(self):
            import pyarrow as pa

            yield pa.table({"k": [self.key], "total": pa.array([self.total], pa.int64())})

    spark.udtf.register("totals", Totals)
    return spark.sql("SELECT * FROM totals(TABLE(kv) PARTITION BY k)")
