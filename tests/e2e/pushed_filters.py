"""What readers of Python data sources are told by pushFilters(), and what comes out of it.

usage: pushed_filters.py URL > answers/pushed_filters.json    records Apache Spark's answers
"""

import json
import pathlib
import sys
import tempfile

from data_sources import answer

SCHEMA = (
    "id INT, name STRING, ratio DOUBLE, small SMALLINT, big BIGINT, price DECIMAL(10, 2), "
    "wide DECIMAL(30, 3), day DATE, at TIMESTAMP, local TIMESTAMP_NTZ, flag BOOLEAN, bytes BINARY, "
    "single FLOAT, nested STRUCT<a: INT, b: STRUCT<c: STRING>>, `a.b` INT, list ARRAY<INT>"
)


def sources():
    import datetime
    import decimal

    from pyspark.sql.datasource import DataSource, DataSourceReader, InputPartition

    def row(number):
        if number == 3:
            return (None,) * 16
        time = datetime.datetime(2024, 1, number, 12, 30)
        decimals = decimal.Decimal(number) / 4, decimal.Decimal(number) / 8
        return (
            number, "n%d" % number, number / 2, number, number * 2**33, *decimals, time.date(), time, time,
            number == 1, b"b%d" % number, number / 2, (number, ("c%d" % number,)), number, [number],
        )  # fmt: skip

    class Filtered(DataSource):
        """Tells in the file `log` what was pushed; filters nothing, whatever it says."""

        @classmethod
        def name(cls):
            return "filtered"

        def schema(self):
            return self.options["schema"]

        def reader(self, schema):
            options = self.options

            class Reader(DataSourceReader):
                def pushFilters(self, filters):
                    with open(options["log"], "a") as file:
                        print("pushed:", *filters, sep="\n", file=file)
                    if options.get("at") == "pushFilters":
                        raise ValueError("as told: pushFilters")
                    if options.get("at") == "foreign":
                        from pyspark.sql.datasource import IsNull

                        return [IsNull(("id",))]
                    return filters

                def partitions(self):
                    with open(options["log"], "a") as file:
                        print("partitions", file=file)
                    return [InputPartition(0), InputPartition(2)]

                def read(self, partition):
                    yield row(partition.value + 1)
                    yield row(partition.value + 2)

            return Reader()

    class Narrowed(DataSource):
        """Reads only the numbers that equalities ask for."""

        @classmethod
        def name(cls):
            return "narrowed"

        def schema(self):
            return "number INT, text STRING"

        def reader(self, schema):
            class Reader(DataSourceReader):
                def __init__(self):
                    self.numbers = range(1, 5)

                def pushFilters(self, filters):
                    from pyspark.sql.datasource import EqualTo, In

                    for each in filters:
                        if isinstance(each, EqualTo) and each.attribute == ("number",):
                            self.numbers = [each.value]
                        elif isinstance(each, In) and each.attribute == ("number",):
                            self.numbers = each.value
                        else:
                            yield each

                def read(self, partition):
                    for number in self.numbers:
                        yield number, "of %d" % len(self.numbers)

            return Reader()

    class Unfiltering(DataSource):
        """Without pushFilters."""

        @classmethod
        def name(cls):
            return "unfiltering"

        def schema(self):
            return "number INT"

        def reader(self, schema):
            class Reader(DataSourceReader):
                def read(self, partition):
                    return iter([(1,), (2,)])

            return Reader()

    return [Filtered, Narrowed, Unfiltering]


CONDITIONS = """
id = 1
1 = id
id > 1
1 > id
id >= 1 AND id < 4
id <> 1
NOT (id > 2)
id <=> 1
id <=> NULL
id = NULL
id IS NULL
id IS NOT NULL
NOT (id IS NULL)
id IN (1, 2)
id IN (1)
id NOT IN (1, 2)
id IN (1, NULL)
id = 1 OR id = 2
id = 1 OR name = 'n2'
NOT (id = 1 OR name = 'n2')
id = 1 AND name = 'n1'
id > 0 AND ratio < 10
id = ratio
id + 1 = 2
id > 1L
id > 1.5
id > 3000000000
small > 1
small = 100000
big > 1
big = 8589934592
big IN (8589934592, 5)
ratio > 1
ratio = 0.5
single > 0.25
single = 0.5
price > 0.3
price = 0.25
price = 1
wide > 0.125
wide < 12345678901234567890.5
name = 'n1'
name > 'n1'
name LIKE 'n%'
name LIKE '%1'
name LIKE '%n%'
name LIKE 'n%1'
name LIKE 'n1'
name LIKE 'n_'
NOT (name LIKE 'n%')
startswith(name, 'n')
endswith(name, '1')
contains(name, 'n')
upper(name) = 'N1'
name IN ('n1', 'n2')
name = 'a text that is longer than sixty-three characters, which are written otherwise'
day = DATE'2024-01-01'
day > '2024-01-01'
day IN (DATE'2024-01-01', DATE'2024-01-02')
at = TIMESTAMP'2024-01-01 12:30:00'
at > '2024-01-01'
local >= TIMESTAMP_NTZ'2024-01-02 12:30:00.5'
flag
NOT flag
flag = true
flag = false
flag <=> true
bytes = X'6231'
nested.a = 1
nested.b.c = 'c1'
nested.b.c IS NOT NULL
nested IS NOT NULL
`a.b` = 1
list IS NULL
list[0] = 1
id > 1 AND id > 2
id = 1 AND id = 1
rand() < 2
id = 1 AND rand() < 2
id BETWEEN 1 AND 2
coalesce(id, 0) = 1
id % 2 = 1
cast(id AS STRING) = '1'
name = 5
true
false
""".strip().splitlines()  # fmt: skip


def all_answers(spark, directory):
    directory = pathlib.Path(directory)
    for source in sources():
        spark.dataSource.register(source)
    answers = {}

    def filtered(ask, **options):
        log = directory / f"{len(answers)}"
        log.write_text("")
        reader = spark.read.format("filtered").option("log", str(log)).option("schema", SCHEMA)
        result = answer(lambda: ask(reader.options(**options).load()))
        return [result, log.read_text().splitlines()]

    spark.conf.set("spark.sql.session.timeZone", "UTC")
    spark.conf.set("spark.sql.python.filterPushdown.enabled", "false")
    answers["switched off"] = filtered(lambda table: table.where("id = 1").select("id"))
    answers["switched off, without filters"] = filtered(lambda table: table.select("id"))
    spark.conf.set("spark.sql.python.filterPushdown.enabled", "true")
    answers["without filters"] = filtered(lambda table: table.select("id"))
    for condition in CONDITIONS:
        answers[condition] = filtered(lambda table: table.where(condition).select("id", "name"))
    answers["twice"] = filtered(lambda table: table.where("id > 0").where("name = 'n1'").select("id"))
    answers["over a projection"] = filtered(
        lambda table: table.selectExpr("id + 1 AS more", "name AS n").where("more > 2 AND n = 'n2'")
    )
    answers["under a limit"] = filtered(lambda table: table.limit(2).where("id = 1").select("id"))
    answers["count"] = filtered(lambda table: table.where("id > 0").groupBy().count())
    for place in ("pushFilters", "foreign"):
        answers[f"fails in {place}"] = filtered(lambda table: table.where("id = 1"), at=place)
    for condition in ("number = 2", "number IN (2, 3)", "number = 2 AND text = 'of 1'", "number > 2", "number = 9"):
        answers[f"narrowed: {condition}"] = answer(
            lambda: spark.read.format("narrowed").load().where(condition)
        )
    answers["no pushFilters"] = answer(lambda: spark.read.format("unfiltering").load().where("number = 2"))
    spark.conf.unset("spark.sql.python.filterPushdown.enabled")
    return answers


def main():
    from conftest import connect, disconnect

    session = connect(sys.argv[1])
    with tempfile.TemporaryDirectory() as scratch:
        answers = all_answers(session, scratch)
    json.dump(answers, sys.stdout, indent=1, ensure_ascii=False)
    print()
    disconnect(session)


if __name__ == "__main__":
    main()
