"""Questions about types that programs define (UserDefinedType) for python_answers.py."""

import sys
import tempfile

from pyspark import cloudpickle
from pyspark.ml.linalg import Vectors, VectorUDT
from pyspark.sql import Row
from pyspark.sql import functions as F
from pyspark.sql.types import ArrayType, IntegerType, MapType, StringType, StructField, StructType
from pyspark.testing.objects import PythonOnlyPoint, PythonOnlyUDT

# Workers do not have this module.
cloudpickle.register_pickle_by_value(sys.modules[__name__])


def vector(x, y):
    return Vectors.dense([x, y])


KINDS = {"of Python alone": (PythonOnlyUDT(), PythonOnlyPoint), "of the JVM too": (VectorUDT(), vector)}


def parts(p):
    return (p.x, p.y) if hasattr(p, "x") else (float(p[0]), float(p[1]))


def schema(kind):
    return StructType([StructField("i", IntegerType()), StructField("p", KINDS[kind][0])])


def table(spark, kind):
    point = KINDS[kind][1]
    return spark.createDataFrame([(1, point(1.0, 2.0)), (2, None), (3, point(3.0, 4.0))], schema(kind))


def moved(kind):
    point = KINDS[kind][1]
    return lambda p: None if p is None else point(parts(p)[0] + 1, parts(p)[1])


def second(p):
    return None if p is None else parts(p)[1]


def several_in(spark, kind):
    udt, point = KINDS[kind]
    fields = [
        StructField("a", ArrayType(udt)),
        StructField("m", MapType(StringType(), udt)),
        StructField("s", StructType([StructField("p", udt)])),
    ]
    return spark.createDataFrame([([point(1.0, 2.0)], {"k": point(3.0, 4.0)}, (point(5.0, 6.0),))], StructType(fields))


def sum_of_fields(kind):
    return lambda a, m, s: sum(parts(p)[0] for p in [*a, *m.values(), s.p])


def written_and_read(spark, kind):
    directory = tempfile.mkdtemp()
    table(spark, kind).write.mode("overwrite").parquet(directory)
    return spark.read.parquet(directory)


ASKED = {
    "as it is": table,
    "inferred": lambda spark, kind: spark.createDataFrame([Row(i=1, p=KINDS[kind][1](1.0, 2.0))]),
    "selected": lambda spark, kind: table(spark, kind).where("i < 3").select("p", F.col("i") + 1),
    "in other types": several_in,
    "taken by a function": lambda spark, kind: table(spark, kind).select(F.udf(second, "double")("p").alias("y")),
    "taken in other types": lambda spark, kind: several_in(spark, kind).select(F.udf(sum_of_fields(kind), "double")("a", "m", "s").alias("x")),
    "made by a function": lambda spark, kind: table(spark, kind).select(F.udf(moved(kind), KINDS[kind][0])("p").alias("q")),
    "made in an array": lambda spark, kind: table(spark, kind).select(F.udf(lambda p: [p, p], ArrayType(KINDS[kind][0]))("p").alias("q")),
    "taken by an Arrow function": lambda spark, kind: table(spark, kind).select(F.udf(second, "double", useArrow=True)("p").alias("y")),
    "made by an Arrow function": lambda spark, kind: table(spark, kind).select(F.udf(moved(kind), KINDS[kind][0], useArrow=True)("p").alias("q")),
    "grouped by": lambda spark, kind: table(spark, kind).groupBy("p").count(),
    "united": lambda spark, kind: table(spark, kind).union(table(spark, kind)).distinct(),
    "joined": lambda spark, kind: table(spark, kind).join(table(spark, kind).withColumnRenamed("i", "j"), "p"),
    "written and read": written_and_read,
    "in a struct": lambda spark, kind: table(spark, kind).select(F.struct("i", "p").alias("s")),
    "collected": lambda spark, kind: table(spark, kind).agg(F.collect_list("p").alias("l")),
    "first": lambda spark, kind: table(spark, kind).agg(F.first("p").alias("f")),
    "coalesced": lambda spark, kind: table(spark, kind).select(F.coalesce("p", "p").alias("c")),
    "an element of it": lambda spark, kind: table(spark, kind).select(F.col("p")[0]),
    "cast to what it is stored as": lambda spark, kind: table(spark, kind).select(F.col("p").cast(KINDS[kind][0].sqlType())),
}  # fmt: skip

QUESTIONS = {
    f"{name}, {kind}": lambda spark, ask=ask, kind=kind: ask(spark, kind)
    for name, ask in ASKED.items()
    for kind in KINDS
}
