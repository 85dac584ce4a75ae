"""Programs with applyInPandasWithState, asked the same way of each engine.

usage: pandas_state.py URL > answers/pandas_state.json    records Apache Spark's answers
"""

import json
import pathlib
import re
import sys
import tempfile
import time

from pyspark.errors import PySparkException
from pyspark.sql import functions as F
from pyspark.sql.streaming.state import GroupStateTimeout

EVENTS = "ts timestamp, k string, v bigint"
OUTPUT = "k string, what string, n bigint"
NONE = GroupStateTimeout.NoTimeout
BY_CLOCK = GroupStateTimeout.ProcessingTimeTimeout
BY_WATERMARK = GroupStateTimeout.EventTimeTimeout


def add(directory, *events):
    """One file, which is one micro-batch: (seconds after midnight, key, number)."""
    name = f"{len(list(directory.iterdir())):03}.json"
    lines = [
        json.dumps({"ts": f"2024-01-01T{s // 3600:02}:{s // 60 % 60:02}:{s % 60:02}", "k": k, "v": v})
        for s, k, v in events
    ]
    (directory / f".{name}").write_text("\n".join(lines) + "\n")
    (directory / f".{name}").rename(directory / name)


def stream(spark, directory):
    (directory / "in").mkdir(parents=True, exist_ok=True)
    reader = spark.readStream.schema(EVENTS).option("maxFilesPerTrigger", 1)
    return reader.json(str(directory / "in"))


class Run:
    """A query into a table of memory; each step gives the rows that are new, in any order."""

    def __init__(self, frame, directory, mode):
        self.spark, self.directory = frame.sparkSession, directory
        self.name = "state_" + re.sub(r"\W", "_", directory.name)
        writer = frame.writeStream.format("memory").queryName(self.name).outputMode(mode)
        self.query = writer.option("checkpointLocation", str(directory / "checkpoint")).start()
        self.seen = []

    def rows(self):
        return [tuple(row) for row in self.spark.table(self.name).collect()]

    def step(self, *events):
        add(self.directory / "in", *events)
        self.query.processAllAvailable()
        return self.news()

    def news(self):
        new = self.rows()
        for row in self.seen:
            new.remove(row)
        self.seen += new
        return sorted(map(str, new))

    def wait_for(self, what):
        """Where batches run all the time."""
        while not any(row[1] == what for row in self.rows()):
            assert self.query.exception() is None, self.query.exception()
            time.sleep(0.05)

    def stop(self):
        operator = self.query.lastProgress["stateOperators"][0]
        self.query.stop()
        state = self.spark.read.format("statestore").load(str(self.directory / "checkpoint"))
        rows = state.drop("partition_id")
        return {
            "operator": [operator[f] for f in ("operatorName", "numRowsTotal")],
            "state": [rows.schema.simpleString(), sorted(str(tuple(r)) for r in rows.collect())],
        }


def counting():
    def count(key, batches, state):
        import pandas

        number, last = state.get if state.exists else (0, "")
        for batch in batches:
            number += len(batch)
            last = str(batch.v.tolist())
        state.update((number, last))
        yield pandas.DataFrame({"k": [key[0]], "what": [last], "n": [number]})

    return count, OUTPUT, "n bigint, last string"


def counts(spark, directory):
    function, output, state = counting()
    grouped = stream(spark, directory).groupBy("k")
    run = Run(grouped.applyInPandasWithState(function, output, state, "update", NONE), directory, "update")
    steps = [
        run.step((1, "a", 1), (2, "b", 2), (3, "a", 3)),
        run.step((4, None, 4), (5, "b", 5)),
        run.step((6, None, 6), (7, "a", 7)),
    ]
    return [steps, run.stop()]


def several_keys(spark, directory):
    def seen(key, batches, state):
        import pandas

        columns = ""
        for batch in batches:
            columns = ",".join(batch.columns)
        number = state.getOption[0] + 1 if state.exists else 1
        state.update((number,))
        yield pandas.DataFrame({"k": [f"{key[0]} {key[1]}"], "what": [columns], "n": [number]})

    grouped = stream(spark, directory).groupBy("v", "k")
    run = Run(grouped.applyInPandasWithState(seen, OUTPUT, "n int", "append", NONE), directory, "append")
    steps = [run.step((1, "a", 1), (2, "A", 1), (3, "b", 3)), run.step((4, "a", 1))]
    return [steps, run.stop()]


def chunks(spark, directory):
    """Large groups come in several DataFrames."""

    def sizes(key, batches, state):
        import pandas

        lengths = [len(batch) for batch in batches]
        yield pandas.DataFrame({"k": [key[0]] * 2, "what": [str(lengths)] * 2, "n": [0, 1]})
        yield pandas.DataFrame({"k": [], "what": [], "n": []})
        yield pandas.DataFrame({"k": [key[0]] * 9, "what": ["more"] * 9, "n": range(9)})

    spark.conf.set("spark.sql.execution.arrow.maxRecordsPerBatch", "4")
    grouped = stream(spark, directory).groupBy("k")
    run = Run(grouped.applyInPandasWithState(sizes, OUTPUT, "n int", "append", NONE), directory, "append")
    answer = run.step(*[(i, "a", i) for i in range(11)])
    spark.conf.unset("spark.sql.execution.arrow.maxRecordsPerBatch")
    return [answer, run.stop()]


TYPES = {
    "boolean": lambda: True,
    "tinyint": lambda: -3,
    "bigint": lambda: 2**40,
    "float": lambda: 0.5,
    "double": lambda: 0.1,
    "decimal(10,2)": lambda: __import__("decimal").Decimal("12.34"),
    "string": lambda: "größe",
    "binary": lambda: b"\x00\xff",
    "date": lambda: __import__("datetime").date(2024, 2, 29),
    "timestamp": lambda: __import__("datetime").datetime(2024, 2, 29, 1, 2, 3, 4),
    "timestamp_ntz": lambda: __import__("datetime").datetime(1969, 2, 28, 1, 2, 3, 4),
    "interval day to second": lambda: __import__("datetime").timedelta(days=1, microseconds=2),
    "array<int>": lambda: [1, None, 3],
    "map<string,int>": lambda: {"x": 1},
    "struct<a:int,b:string>": lambda: __import__("pyspark.sql").sql.Row(a=1, b="z"),
}


def types(spark, directory):
    """What a state is when it comes back, and how it is stored."""
    values = {f"c{i}": make() for i, make in enumerate(TYPES.values())}
    nothing = (None,) * len(values)

    def remember(key, batches, state):
        import pandas

        before = str(state.get) if state.exists else "none"
        for batch in batches:
            state.update(tuple(values.values()) if batch.v.iloc[0] else nothing)
        yield pandas.DataFrame({"k": [key[0]], "what": [before], "n": [0]})

    schema = ", ".join(f"c{i} {name}" for i, name in enumerate(TYPES))
    grouped = stream(spark, directory).groupBy("k")
    run = Run(grouped.applyInPandasWithState(remember, OUTPUT, schema, "append", NONE), directory, "append")
    steps = [run.step((1, "a", 1), (2, "b", 0)), run.step((3, "a", 0), (4, "b", 1)), run.step((5, "b", 0))]
    return [steps, run.stop()]


def wrong_values(spark, directory):
    """A state that is not of its type is stored all the same, as nulls."""

    def wrong(key, batches, state):
        import numpy
        import pandas

        before = str(state.get) if state.exists else "none"
        for batch in batches:
            state.update((numpy.int64(7), "5", 3, pandas.Timestamp("2024-01-01 00:00:01")))
        yield pandas.DataFrame({"k": [key[0]], "what": [before], "n": [0]})

    schema = "a int, b int, c double, d timestamp"
    grouped = stream(spark, directory).groupBy("k")
    run = Run(grouped.applyInPandasWithState(wrong, OUTPUT, schema, "append", NONE), directory, "append")
    return [[run.step((1, "a", 1)), run.step((2, "a", 1))], run.stop()]


def event_time(spark, directory):
    """Each key says what it does, by its first letter, when it has rows."""

    def act(key, batches, state):
        import pandas

        if state.hasTimedOut:
            length = [len(batch) for batch in batches]
            before = state.getOption
            if key[0].startswith("r"):
                state.remove()
            elif key[0].startswith("u"):
                state.update((before[0] + 100,))
            elif key[0].startswith("s"):
                state.setTimeoutTimestamp(state.getCurrentWatermarkMs() + 30_000)
            what = f"timed out {before} {length} {state.getCurrentWatermarkMs()}"
            yield pandas.DataFrame({"k": [key[0]], "what": [what], "n": [-1]})
            return
        for batch in batches:
            number = state.get[0] if state.exists else 0
            total = int(batch.v.sum())
            watermark = state.getCurrentWatermarkMs()
            if total > 0:
                state.update((number + total,))
                state.setTimeoutTimestamp(int(batch.ts.max().timestamp() * 1000) + 10_000)
            elif total < 0:
                state.remove()
                if total < -1:
                    state.setTimeoutTimestamp(watermark + 20_000)
            rows = [str(batch.ts.min().time()), number]
            yield pandas.DataFrame({"k": [key[0]], "what": [f"{rows} {watermark}"], "n": [total]})

    watched = stream(spark, directory).withWatermark("ts", "10 seconds").groupBy("k")
    frame = watched.applyInPandasWithState(act, OUTPUT, "n bigint", "append", BY_WATERMARK)
    run = Run(frame, directory, "append")
    steps = [
        run.step((10, "r1", 1), (10, "u1", 2), (10, "s1", 3), (10, "n1", 4), (10, "k", 5)),
        # Rows that leave state and timeout alone.
        run.step((12, "k", 0), (12, "n2", 0)),
        # The timeouts of 20 s are not yet past at a watermark of 20 s …
        run.step((30, "x", 1)),
        # … but at 21 s; late rows are dropped.
        run.step((31, "x", 0), (5, "r1", 9)),
        run.step((60, "y", -1), (60, "z", -2), (60, "x", -1)),
        run.step((90, "x", 1), (90, "y", 0)),
        run.step((200, "r1", 1)),
    ]
    return [steps, run.stop()]


def clock(spark, directory):
    def act(key, batches, state):
        import pandas

        if state.hasTimedOut:
            what, number = "timed out", state.get[0]
            state.remove()
        else:
            what, number = "rows", sum(len(batch) for batch in batches)
            state.update((number,))
            if key[0] == "a":
                state.setTimeoutDuration(1)
        yield pandas.DataFrame({"k": [key[0]], "what": [what], "n": [number]})

    grouped = stream(spark, directory).groupBy("k")
    frame = grouped.applyInPandasWithState(act, OUTPUT, "n int", "update", BY_CLOCK)
    run = Run(frame, directory, "update")
    add(directory / "in", (1, "a", 1), (2, "a", 2), (3, "b", 3))
    run.wait_for("timed out")
    return [run.news(), run.stop()]


def failures(spark, directory):
    """What functions do wrong: the condition, and what of the text is the worker's."""

    def raises(key, batches, state):
        raise KeyError("of mine")

    def gives_one(key, batches, state):
        import pandas

        return pandas.DataFrame({"k": [], "what": [], "n": []})

    def gives_rows(key, batches, state):
        yield [key[0], "", 0]

    def gives_fewer_columns(key, batches, state):
        import pandas

        yield pandas.DataFrame({"k": ["a"], "n": [1]})

    def gives_nothing(key, batches, state):
        return None

    def sets_timeout(key, batches, state):
        state.setTimeoutDuration(1)
        yield from ()

    def asks_for_state(key, batches, state):
        state.get
        yield from ()

    def asks_for_watermark(key, batches, state):
        state.getCurrentWatermarkMs()
        yield from ()

    answers = {}
    for function in [
        raises, gives_one, gives_rows, gives_fewer_columns, gives_nothing, sets_timeout,
        asks_for_state, asks_for_watermark,
    ]:  # fmt: skip
        place = directory / function.__name__
        grouped = stream(spark, place).groupBy("k")
        frame = grouped.applyInPandasWithState(function, OUTPUT, "n int", "append", NONE)
        answers[function.__name__] = failure(lambda: Run(frame, place, "append").step((1, "a", 1)))
    return answers


def failure(action):
    try:
        action()
    except PySparkException as error:
        text = str(error)
        conditions = re.findall(r"\[([A-Z][A-Z0-9_]+(?:\.[A-Z0-9_]+)?)\]", text)
        conditions = conditions or [getattr(error, "getCondition", error.getErrorClass)() or "none"]
        raised = re.findall(r"^(?:pyspark\.errors\.exceptions\.base\.)?(\w+(?:Error|Exception)): (.*)", text, re.M)
        # Of a text behind a condition the condition is Spark's.
        raised = [[name, re.sub(r"\].*", "]", said)] for name, said in raised[-1:]]
        return [type(error).__name__, sorted(set(conditions)), raised]
    return "no failure"


def of_spark_4_1(told):
    """Later versions name the condition of what Python raised; 4.1, which was recorded, has none."""
    if len(told) < 2 or "PYTHON_EXCEPTION" not in told[1]:
        return told
    kind, conditions, *raised = told
    return [kind, [condition for condition in conditions if condition != "PYTHON_EXCEPTION"], *raised]


def checks(spark, directory):
    """Combinations that are refused, and the ones beside them that are not."""
    function, _, state = counting()
    plain = stream(spark, directory)
    watched = plain.withWatermark("ts", "1 minute")
    windows = watched.groupBy(F.window("ts", "1 minute"), "k").agg(F.sum("v").alias("v"))
    output = "k string, what string, n bigint, ts timestamp"

    def applied(frame, mode, timeout=NONE):
        return frame.groupBy("k").applyInPandasWithState(function, output, state, mode, timeout)

    def below(frame):
        return frame.withWatermark("ts", "1 minute").groupBy(F.window("ts", "1 minute")).count()

    batch = spark.createDataFrame([("a", 1)], "k string, v bigint")
    tries = {
        "append append": lambda: start(applied(plain, "append"), "append"),
        "append update": lambda: start(applied(plain, "append"), "update"),
        "update append": lambda: start(applied(plain, "update"), "append"),
        "update update": lambda: start(applied(plain, "update"), "update"),
        "append complete": lambda: start(applied(plain, "append"), "complete"),
        "complete": lambda: applied(plain, "complete").schema,
        "two": lambda: start(applied(applied(plain, "append"), "append"), "append"),
        "event time": lambda: start(applied(watched, "append", BY_WATERMARK), "append"),
        "no watermark": lambda: start(applied(plain, "append", BY_WATERMARK), "append"),
        "below aggregation": lambda: start(below(applied(plain, "append")), "append"),
        "update below aggregation": lambda: start(below(applied(plain, "update")), "update"),
        "event time below": lambda: start(below(applied(watched, "append", BY_WATERMARK)), "append"),
        "above aggregation": lambda: start(applied(windows, "append"), "append"),
        "update above aggregation": lambda: start(applied(windows, "update"), "update"),
        "batch": lambda: applied(batch, "append").collect(),
        "wrong schema": lambda: plain.groupBy("k")
        .applyInPandasWithState(function, "k strong", state, "append", NONE)
        .schema,
        "wrong state": lambda: plain.groupBy("k")
        .applyInPandasWithState(function, output, "n n n", "append", NONE)
        .schema,
    }

    def start(frame, mode):
        query = frame.writeStream.format("noop").outputMode(mode).start()
        query.stop()

    return {name: failure(action) for name, action in tries.items()}


def restarts(spark, directory):
    """Each run on one checkpoint: state goes on, and another state is refused."""

    def run(state, function, timeout=NONE):
        events = stream(spark, directory)
        add(directory / "in", (1, "a", 1))
        frame = events.withWatermark("ts", "1 minute").groupBy("k")
        frame = frame.applyInPandasWithState(function, OUTPUT, state, "append", timeout)
        writer = frame.writeStream.format("json").option("path", str(directory / "out"))
        writer = writer.option("checkpointLocation", str(directory / "checkpoint"))
        query = writer.trigger(availableNow=True).start()
        return failure(lambda: query.awaitTermination())

    function, _, state = counting()

    def other(key, batches, state):
        import pandas

        state.update((1,))
        yield pandas.DataFrame({"k": ["a"], "what": ["other"], "n": [0]})

    steps = {
        "first": run(state, function),
        "again": run(state, function),
        "another type": run("n string", other),
        "fewer fields": run("n bigint", other),
        "another name": run("m bigint, last string", other),
        "with timeout": run(state, function, BY_WATERMARK),
        "as before": run(state, function),
    }
    written = spark.read.schema(OUTPUT).json(str(directory / "out"))
    return [steps, sorted(str(tuple(row)) for row in written.collect())]


CASES = [counts, several_keys, chunks, types, wrong_values, event_time, clock, failures, checks, restarts]


def prepare(session):
    session.conf.set("spark.sql.session.timeZone", "UTC")
    session.conf.set("spark.sql.shuffle.partitions", "2")


if __name__ == "__main__":
    from pyspark.sql import SparkSession

    session = SparkSession.builder.remote(sys.argv[1]).getOrCreate()
    prepare(session)
    chosen = [case for case in CASES if case.__name__ in sys.argv[2:] or not sys.argv[2:]]
    with tempfile.TemporaryDirectory() as scratch:
        answers = {case.__name__: case(session, pathlib.Path(scratch) / case.__name__) for case in chosen}
    json.dump(answers, sys.stdout, indent=1, ensure_ascii=False)
    print()
    session.stop()
