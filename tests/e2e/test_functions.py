"""Functions as PySpark's own API calls them; the expectations are Spark 4.1's."""

from decimal import Decimal

import pytest
from pyspark.sql import functions as F

ROWS = [
    (1, 2.0, 3, "a"),
    (2, 4.0, 1, "b"),
    (3, 4.5, 3, None),
    (10, -1.0, None, "c"),
    (None, 7.0, 9, "d"),
    (7, None, 3, "e"),
]


@pytest.fixture
def table(spark):
    return spark.createDataFrame(ROWS, "a int, b double, c bigint, d string")


def first(frame):
    """The names and the values of the only row."""
    (row,) = frame.collect()
    return dict(zip(frame.columns, row))


def test_aggregates(table):
    found = first(
        table.agg(
            F.mode("c"),
            F.product("a"),
            F.percentile("a", 0.5),
            F.percentile("a", [0.25, 0.5], F.col("c")),
            F.try_sum("a"),
            F.try_avg("b"),
            F.regr_slope("a", "b"),
            F.bitmap_count(F.bitmap_construct_agg("a")),
        )
    )
    assert found == {
        "mode(c)": 3,
        "product(a)": 420.0,
        "percentile(a, 0.5, 1)": 3.0,
        "percentile(a, array(0.25, 0.5), c)": [1.25, 3.0],
        "try_sum(a)": 23,
        "try_avg(b)": 3.3,
        "regr_slope(a, b)": pytest.approx(-1.3110367892976589, rel=1e-12),
        "bitmap_count(bitmap_construct_agg(a))": 5,
    }


def test_texts_and_numbers(table):
    found = first(
        table.where("a = 1").select(
            F.to_char("a", F.lit("S99")),
            F.to_number(F.lit("1,5"), F.lit("9,9")),
            F.try_to_binary("d", F.lit("hex")),
            F.bitmap_bit_position("c"),
            F.aes_encrypt("d", F.lit("1234567890abcdef"), F.lit("ECB")),
        )
    )
    assert found == {
        "to_char(a, S99)": " +1",
        "to_number(1,5, 9,9)": Decimal("15"),
        "try_to_binary(d, hex)": b"\n",
        "bitmap_bit_position(c)": 2,
        "aes_encrypt(d, 1234567890abcdef, ECB, DEFAULT, , )": b"c$\x81\xa1\xf3\xd68WXp/z*n\xedG",
    }


@pytest.mark.newest_client
def test_newer_functions(table):
    assert first(table.select(F.listagg("d", ","), F.mode("a", True))) == {
        "listagg(d, ,)": "a,b,c,d,e",
        "mode() WITHIN GROUP (ORDER BY a DESC)": 1,
    }
    array = F.array(F.lit(1), F.lit(2), F.lit(3))
    one = table.limit(1).select(F.shuffle(array, 42), F.randstr(3, 1), F.uniform(1, 9, 1))
    assert first(one) == {
        "shuffle(array(1, 2, 3))": [1, 3, 2],
        "randstr(3, 1)": "fYx",
        "uniform(1, 9, 1)": 6,
    }


@pytest.mark.newest_client
def test_a_missing_function_is_no_misspelling(table):
    with pytest.raises(Exception, match="Spark has the function `xpath_string`") as missing:
        table.select(F.xpath_string("d", F.lit("a/b"))).collect()
    assert missing.value.getCondition() == "UNRESOLVED_ROUTINE"
    with pytest.raises(Exception, match="Did you mean `xxhash64`"):
        table.selectExpr("xxhash46(d)").collect()
