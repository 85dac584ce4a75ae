"""Tables that the conformance cases read after a `# @from=` directive."""

import datetime
import decimal

MEASURES_SCHEMA = """
    a INT, b DOUBLE, c BIGINT, d STRING, e BOOLEAN, f DECIMAL(10, 2), g DATE, h TIMESTAMP,
    i ARRAY<INT>, j STRUCT<x: INT, y: STRING>, k BINARY, l FLOAT, m SMALLINT, n TINYINT,
    o TIMESTAMP_NTZ, p DECIMAL(38, 10)
"""


def _moment(second, microsecond=0, zone=datetime.timezone.utc):
    return datetime.datetime(2024, 2, 29, 12, 0, second, microsecond, zone)


def _measure(a, b, c, d, e, f, day, second):
    return (
        a, b, c, d, e,
        None if f is None else decimal.Decimal(f),
        None if day is None else datetime.date(2024, 1, day),
        None if second is None else _moment(second, 500),
        None if a is None else [a, 1],
        None if d is None else (a, d),
        None if d is None else bytearray(d.encode()),
        None if b is None else b / 4,
        a, a,
        None if second is None else _moment(second, zone=None),
        None if f is None else decimal.Decimal(f) * 3,
    )  # fmt: skip


MEASURES = [
    _measure(1, 2.0, 3, "a", False, "1.10", 5, 1),
    _measure(2, 4.0, 1, "b", True, "2.25", 4, 30),
    _measure(3, 4.5, 3, None, True, None, 3, 2),
    _measure(10, -1.0, None, "c", True, "-7.00", None, None),
    _measure(None, 7.0, 9, "d", None, "0.01", 31, 59),
    _measure(7, None, 3, "e", True, "2.25", 1, 1),
]


def create(spark):
    """Temporary views: measures, and nothing with the same columns and no rows."""
    measures = spark.createDataFrame(MEASURES, MEASURES_SCHEMA)
    measures.createOrReplaceTempView("measures")
    measures.where("false").createOrReplaceTempView("nothing")
