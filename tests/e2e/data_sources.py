"""Programs that bring their own data sources, in Python.

usage: data_sources.py URL > answers/data_sources.json    records Apache Spark's answers
"""

import json
import pathlib
import sys
import tempfile

# Everything that is sent is defined within functions: classes of an importable module would be sent
# by their names only.


def batch_sources():
    import datetime
    import decimal

    from pyspark.sql import Row
    from pyspark.sql.datasource import DataSource, DataSourceReader, InputPartition
    from pyspark.sql.types import IntegerType, StringType, StructType

    class Numbers(DataSource):
        """Counts in each of its partitions."""

        @classmethod
        def name(cls):
            return "numbers"

        def schema(self):
            return "partition INT, number BIGINT"

        def reader(self, schema):
            options = self.options

            class Reader(DataSourceReader):
                def partitions(self):
                    return [InputPartition(i) for i in range(int(options.get("partitions", 2)))]

                def read(self, partition):
                    for number in range(int(options.get("NUMBERS", 3))):
                        yield partition.value, number

            return Reader()

    class Single(DataSource):
        """One partition; tells the options that it got and the schema that it was asked for."""

        @classmethod
        def name(cls):
            return "Single"

        def schema(self):
            return StructType().add("key", StringType()).add("value", StringType(), False)

        def reader(self, schema):
            options = self.options

            class Reader(DataSourceReader):
                def read(self, partition):
                    if schema.fieldNames() != ["key", "value"]:
                        yield (schema.simpleString(),) * len(schema)
                        return
                    for key in sorted(options):
                        yield [key, options[key]]
                    yield Row(value="row", key=None)

            return Reader()

    class Typed(DataSource):
        @classmethod
        def name(cls):
            return "typed"

        def schema(self):
            return (
                "b BOOLEAN, t TINYINT, i INT, l BIGINT, d DOUBLE, s STRING, n DECIMAL(10, 2), x BINARY, "
                "day DATE, ts TIMESTAMP, ntz TIMESTAMP_NTZ, a ARRAY<INT>, m MAP<STRING, INT>, "
                "r STRUCT<x: INT, y: STRING>"
            )

        def reader(self, schema):
            class Reader(DataSourceReader):
                def read(self, partition):
                    yield (
                        True, 1, 2, 3, 4.5, "text", decimal.Decimal("6.70"), b"bytes",
                        datetime.date(2024, 2, 29), datetime.datetime(2024, 1, 1, 12, 30),
                        datetime.datetime(2024, 1, 1, 12, 30), [1, None], {"k": 1}, Row(x=1, y="q"),
                    )
                    yield (None,) * 14

            return Reader()

    class Arrow(DataSource):
        @classmethod
        def name(cls):
            return "arrow"

        def schema(self):
            return "id BIGINT, name STRING"

        def reader(self, schema):
            class Reader(DataSourceReader):
                def read(self, partition):
                    import pyarrow

                    types = pyarrow.schema([("id", pyarrow.int64()), ("name", pyarrow.string())])
                    for batch in range(2):
                        yield pyarrow.RecordBatch.from_pydict(
                            {"id": [batch, batch + 10], "name": ["a", None]}, schema=types
                        )

            return Reader()

    class Unfinished(DataSource):
        @classmethod
        def name(cls):
            return "unfinished"

    class Failing(DataSource):
        """Raises where the option `at` says."""

        @classmethod
        def name(cls):
            return "failing"

        def __init__(self, options):
            super().__init__(options)
            self.fail("init")

        def fail(self, place):
            if self.options.get("at") == place:
                raise ValueError("as told: " + place)

        def schema(self):
            self.fail("schema")
            return "id INT"

        def reader(self, schema):
            self.fail("reader")
            outer = self

            class Reader(DataSourceReader):
                def partitions(self):
                    outer.fail("partitions")
                    if outer.options.get("at") == "not partitions":
                        return [7]
                    return []

                def read(self, partition):
                    outer.fail("read")
                    kind = outer.options.get("rows")
                    if kind == "none":
                        return None
                    if kind == "object":
                        return iter([7])
                    if kind == "wide":
                        return iter([(1, 2)])
                    if kind == "text":
                        return iter([("text",)])
                    return iter([(1,)])

            return 7 if self.options.get("at") == "not a reader" else Reader()

    return [Numbers, Single, Typed, Arrow, Unfinished, Failing]


def stream_sources():
    import json
    import os

    from pyspark.sql.datasource import (
        DataSource,
        DataSourceStreamReader,
        InputPartition,
        SimpleDataSourceStreamReader,
    )

    def available(options):
        with open(options["dir"] + "/available") as file:
            return int(file.read())

    def log(options, *call):
        with open(options["dir"] + "/calls", "a") as file:
            print(json.dumps(call), file=file)

    def fail(options, place):
        if options.get("at") == place:
            raise ValueError("as told: " + place)

    class Ticks(DataSource):
        """Numbers up to the one in the file `available`, each a partition."""

        @classmethod
        def name(cls):
            return "ticks"

        def schema(self):
            return "number BIGINT, text STRING"

        def streamReader(self, schema):
            options = self.options
            fail(options, "streamReader")

            class Reader(DataSourceStreamReader):
                def initialOffset(self):
                    log(options, "initialOffset")
                    fail(options, "initialOffset")
                    return {"number": 0}

                def latestOffset(self):
                    fail(options, "latestOffset")
                    return {"number": available(options)}

                def partitions(self, start, end):
                    if start != end:
                        log(options, "partitions", start, end)
                    fail(options, "partitions")
                    return [InputPartition(i) for i in range(start["number"], end["number"])]

                def commit(self, end):
                    log(options, "commit", end)
                    fail(options, "commit")

                def stop(self):
                    log(options, "stop")

                def read(self, partition):
                    fail(options, "read")
                    yield partition.value, "n%d" % partition.value

            return Reader()

    class Simple(DataSource):
        """The same as a simple reader, at most three numbers a batch."""

        @classmethod
        def name(cls):
            return "simple"

        def schema(self):
            return "number BIGINT, text STRING"

        def simpleStreamReader(self, schema):
            options = self.options

            class Reader(SimpleDataSourceStreamReader):
                def initialOffset(self):
                    log(options, "initialOffset")
                    return {"number": 0}

                def read(self, start):
                    fail(options, "read")
                    end = min(available(options), start["number"] + 3)
                    return self.readBetweenOffsets(start, {"number": end}), {"number": end}

                def readBetweenOffsets(self, start, end):
                    if start != end and options.get("log") == "ranges":
                        log(options, "range", start, end)
                    return iter([(i, "n%d" % i) for i in range(start["number"], end["number"])])

                def commit(self, end):
                    log(options, "commit", end)

            return Reader()

    return [Ticks, Simple]


def sinks():
    import dataclasses
    import json
    import os

    from pyspark.sql.datasource import (
        DataSource,
        DataSourceStreamWriter,
        DataSourceWriter,
        WriterCommitMessage,
    )

    @dataclasses.dataclass
    class Written(WriterCommitMessage):
        rows: list

    def log(options, *call):
        with open(options["path"] + "/calls", "a") as file:
            print(json.dumps(call), file=file)

    class Journal(DataSource):
        """Keeps what it is told in a file of the directory `path`."""

        @classmethod
        def name(cls):
            return "journal"

        def writer(self, schema, overwrite):
            options = self.options
            names = schema.simpleString()

            class Writer(DataSourceWriter):
                def write(self, rows):
                    rows = [row.asDict() for row in rows]
                    if any(row.get("id") == 666 for row in rows):
                        raise ValueError("the number of the beast")
                    return None if options.get("at") == "message" else Written(rows)

                def commit(self, messages):
                    if options.get("at") == "commit":
                        raise ValueError("as told: commit")
                    rows = sorted((row for each in messages for row in each.rows), key=json.dumps)
                    log(options, "commit", names, overwrite, rows)

                def abort(self, messages):
                    log(options, "abort")

            return Writer()

        def streamWriter(self, schema, overwrite):
            options = self.options
            names = schema.simpleString()

            class Writer(DataSourceStreamWriter):
                def write(self, rows):
                    rows = [row.asDict() for row in rows]
                    if any(row.get("number") == 666 for row in rows):
                        raise ValueError("the number of the beast")
                    return Written(rows)

                def commit(self, messages, batchId):
                    if options.get("at") == "commit":
                        raise ValueError("as told: commit")
                    rows = sorted((row for each in messages for row in each.rows), key=json.dumps)
                    log(options, "commit", batchId, names, overwrite, rows)

                def abort(self, messages, batchId):
                    log(options, "abort", batchId)

            return Writer()

    return [Journal]


def plain(value):
    if isinstance(value, bytearray):  # what clients before 4.1 make of binary values
        value = bytes(value)
    return repr(value) if not isinstance(value, (int, str, type(None))) else value


def answer(ask):
    """What comes out, rows in no order; or class and condition of the error."""
    from pyspark.errors import PySparkException

    try:
        result = ask()
        if hasattr(result, "collect"):
            rows = [[plain(value) for value in row] for row in result.collect()]
            return [result.schema.simpleString(), sorted(rows, key=repr)]
        return result
    except PySparkException as error:
        kind, condition = type(error).__name__, error.getCondition()
        if kind in ("UnknownException", "SparkException"):  # Java's class has no name in Python
            kind = None
        if kind == "PythonException":  # told with and without
            condition = None
        return ["error", kind, condition, "as told" in str(error)]


def calls(directory):
    path = pathlib.Path(directory) / "calls"
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


UNEXPECTED = "neither a condition nor a text of ours"


def failure_of(query):
    error = query.exception()
    if error is None:
        return None
    text = str(error)
    conditions = [
        word
        for word in ("PYTHON_STREAMING_DATA_SOURCE_RUNTIME_ERROR", "PYTHON_DATA_SOURCE_ERROR")
        if f"[{word}]" in text
    ]
    told = any(words in text for words in ("as told", "number of the beast", "Update mode"))
    if not conditions and not told:
        print(text, file=sys.stderr)
        return UNEXPECTED
    return [conditions, told]


class Stream:
    """A query over `ticks` or `simple` and what its reader was asked."""

    def __init__(self, spark, directory, source, **options):
        self.spark, self.directory = spark, pathlib.Path(directory)
        self.directory.mkdir()
        self.source, self.options = source, options
        self.out = self.directory / "out"

    def available(self, number):
        (self.directory / "hidden").write_text(str(number))
        (self.directory / "hidden").rename(self.directory / "available")

    def run(self, frame=lambda frame: frame, **options):
        """Everything that is there, in one query; how it failed."""
        reader = self.spark.readStream.format(self.source).option("dir", str(self.directory))
        for name, value in {**self.options, **options}.items():
            reader = reader.option(name, value)
        writer = frame(reader.load()).writeStream.format("parquet").option("path", str(self.out))
        query = writer.option("checkpointLocation", str(self.directory / "checkpoint")).start()
        try:
            query.processAllAvailable()
        except Exception:
            pass
        failure = failure_of(query)
        query.stop()
        return failure

    def rows(self):
        return answer(lambda: self.spark.read.parquet(str(self.out)))

    def calls(self):
        """Without how often what is asked again and again was asked."""
        return [call for call in calls(self.directory) if call[0] != "stop"]


def write_stream(spark, directory, numbers, mode="append", frame=lambda frame: frame, **options):
    ticks = Stream(spark, directory, "ticks")
    ticks.available(numbers)
    stream = frame(spark.readStream.format("ticks").option("dir", str(directory)).load())
    writer = stream.writeStream.format("journal").outputMode(mode).option("path", str(directory))
    for name, value in options.items():
        writer = writer.option(name, value)
    query = writer.option("checkpointLocation", str(pathlib.Path(directory) / "checkpoint")).start()
    try:
        query.processAllAvailable()
    except Exception:
        pass
    query.stop()
    return [failure_of(query), [c for c in calls(directory) if c[0] in ("abort",) or len(c) == 5]]


def all_answers(spark, directory, again=False):
    from pyspark.errors import PySparkException
    from pyspark.sql import functions as F

    directory = pathlib.Path(directory)
    for source in batch_sources() + stream_sources() + sinks():
        spark.dataSource.register(source)
    answers = {}

    def ask(name, question):
        answers[name] = answer(lambda: question(spark.read))

    ask("numbers", lambda read: read.format("numbers").load())
    ask("by any case", lambda read: read.format("NumBers").option("numbers", 1).load())
    ask("many partitions", lambda read: read.format("numbers").options(partitions="5", Numbers="1").load())
    ask("columns", lambda read: read.format("numbers").load().select("number").distinct())
    ask("count", lambda read: read.format("numbers").load().groupBy().count())
    ask("filter", lambda read: read.format("numbers").load().where("number > 1 and partition = 0"))
    ask("limit", lambda read: read.format("numbers").option("numbers", 100000).load().limit(1).select(F.lit(1)))
    ask("options", lambda read: read.format("single").option("Some", "Thing").load())
    ask("path", lambda read: read.format("single").load("/a/path"))
    ask("paths", lambda read: read.format("single").load(["/a", "/b"]))
    ask("schema of the user", lambda read: read.format("single").schema("other STRING, more STRING").load())
    ask("types", lambda read: read.format("typed").load())
    ask("record batches", lambda read: read.format("arrow").load())
    ask("join", lambda read: read.format("arrow").load().join(spark.read.format("numbers").load(), F.col("id") == F.col("number")))
    for place in ("init", "schema", "reader", "partitions", "not partitions", "not a reader", "read"):
        ask(f"fails in {place}", lambda read: read.format("failing").option("at", place).load())
    for kind in ("none", "object", "wide", "text"):
        ask(f"rows are {kind}", lambda read: read.format("failing").option("rows", kind).load())
    ask("no schema", lambda read: read.format("unfinished").load())
    ask("no reader", lambda read: read.format("unfinished").schema("id INT").load())
    ask("unknown format", lambda read: read.format("nothing_of_that_name").load())
    ask("write without a writer", lambda _: spark.range(1).write.format("unfinished").mode("append").save())

    def write(frame, mode, **options):
        place = directory / f"write {mode} {len(answers)}"
        place.mkdir()
        result = answer(lambda: frame.write.format("journal").mode(mode).options(**options).save(str(place)))
        return [result, calls(place)]

    two = spark.createDataFrame([(1, "a"), (2, None)], "id INT, text STRING").coalesce(1)
    for mode in ("append", "overwrite", "error", "ignore"):
        answers[f"write {mode}"] = write(two, mode)
    answers["write nothing"] = write(two.where("id > 5"), "append")
    answers["write fails in write"] = write(spark.range(666, 667).coalesce(1), "append")
    answers["write fails in commit"] = write(two, "append", at="commit")
    answers["write gives no message"] = write(two, "append", at="message")

    def ask_stream(name, question):
        """On a machine that is busy Spark's workers may start too slowly: then it is asked again."""
        for attempt in range(6):
            place = directory / f"{name} {attempt}".replace(" ", "-")
            answers[name] = answer(lambda: question(place))
            if not (again and UNEXPECTED in json.dumps(answers[name])):
                return

    def runs(source):
        def question(place):
            stream = Stream(spark, place, source)
            stream.available(2)
            results = [stream.run()]
            stream.available(5)
            results += [stream.run(), stream.run()]
            return [results, stream.rows(), stream.calls()]

        return question

    def run(source, available, frame=lambda frame: frame, **options):
        def question(place):
            stream = Stream(spark, place, source, **options)
            stream.available(available)
            result = stream.run(frame)
            return [result, None if result else stream.rows()]

        return question

    ask_stream("ticks", runs("ticks"))
    ask_stream("simple", runs("simple"))
    ask_stream("simple: many at once", run("simple", 8))
    ask_stream("simple: columns", run("simple", 2, lambda frame: frame.select("text")))
    ask_stream(
        "ticks: union with itself",
        run("ticks", 2, lambda frame: frame.select("number").union(frame.select(F.col("number") + 10))),
    )
    for place in ("streamReader", "initialOffset", "latestOffset", "partitions", "read"):
        ask_stream(f"ticks fails in {place}", run("ticks", 1, at=place))
    ask_stream("simple fails in read", run("simple", 1, at="read"))
    ask_stream("a batch source as a stream", run("numbers", 1))

    def count(frame):
        return frame.groupBy().count()

    def refused(place):
        try:
            failure, logged = write_stream(spark, place, 3, "update", count)
        except PySparkException:  # sooner than Spark, which starts the query
            failure, logged = "refused", calls(place)
        return ["refused" if failure else "written", logged]

    def beast(frame):
        return frame.withColumn("number", F.lit(666))

    ask_stream("stream into a journal", lambda place: write_stream(spark, place, 3))
    ask_stream("complete mode", lambda place: write_stream(spark, place, 3, "complete", count))
    ask_stream("update mode", refused)
    ask_stream("stream fails in write", lambda place: write_stream(spark, place, 1, frame=beast))
    ask_stream("stream fails in commit", lambda place: write_stream(spark, place, 1, at="commit"))

    class Rate(batch_sources()[0]):
        @classmethod
        def name(cls):
            return "rate"

    answers["a built-in name"] = answer(lambda: spark.dataSource.register(Rate))
    answers["finds the built-in"] = spark.readStream.format("rate").load().schema.simpleString()

    class Newer(batch_sources()[1]):
        @classmethod
        def name(cls):
            return "numbers"

    answers["registered again"] = answer(lambda: spark.dataSource.register(Newer))
    ask("the newer one", lambda read: read.format("numbers").load())
    return answers


def main():
    from conftest import connect, disconnect

    session = connect(sys.argv[1])
    with tempfile.TemporaryDirectory() as scratch:
        answers = all_answers(session, pathlib.Path(scratch), again=True)
    json.dump(answers, sys.stdout, indent=1, ensure_ascii=False)
    print()
    disconnect(session)


if __name__ == "__main__":
    main()
