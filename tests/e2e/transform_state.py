"""Programs with transformWithState(InPandas), asked the same way of each engine.

usage: transform_state.py URL [CASE…] > answers/transform_state.json    records Apache Spark's answers
"""

import json
import pathlib
import sys
import tempfile

from pyspark import cloudpickle
from pyspark.errors import PySparkException
from pyspark.sql import functions as F

from pandas_state import OUTPUT, Run, add, failure, stream

# Workers do not know this module.
cloudpickle.register_pickle_by_value(sys.modules[__name__])

ROCKSDB = "org.apache.spark.sql.execution.streaming.state.RocksDBStateStoreProvider"


def with_nulls(key):
    """pandas from version 3 on has NaN for a null text."""
    return tuple(None if value != value else value for value in key)


def base():
    """The class that processors of this module extend: rows are lists of (key, text, number)."""
    from pyspark.sql.streaming import StatefulProcessor

    class Base(StatefulProcessor):
        in_pandas = True

        def init(self, handle):
            self.handle = handle
            self.declare(handle)

        def declare(self, handle):
            pass

        def numbers(self, rows):
            if not self.in_pandas:
                return [row.v for row in rows]
            return [number for frame in rows for number in frame.v.tolist()]

        def give(self, rows):
            if self.in_pandas:
                import pandas

                columns = list(zip(*rows)) or [[], [], []]
                yield pandas.DataFrame(dict(zip(("k", "what", "n"), columns)))
                return
            from pyspark.sql import Row

            for k, what, n in rows:
                yield Row(k=k, what=what, n=n)

        def handleInputRows(self, key, rows, timerValues):
            return self.give(self.rows(with_nulls(key), self.numbers(rows), timerValues))

        def handleExpiredTimer(self, key, timerValues, expiredTimerInfo):
            return self.give(self.timer(with_nulls(key), timerValues, expiredTimerInfo.getExpiryTimeInMs()))

        def handleInitialState(self, key, initialState, timerValues):
            if self.in_pandas:
                for values in initialState.itertuples(index=False):
                    self.initial(key, values, timerValues)
            else:
                self.initial(key, initialState, timerValues)

        def close(self):
            pass

    return Base


def transformed(grouped, processor, flavour, output=OUTPUT, mode="append", time="None", **others):
    if flavour == "pandas":
        return grouped.transformWithStateInPandas(processor, output, mode, time, **others)
    type(processor).in_pandas = False
    return grouped.transformWithState(processor, output, mode, time, **others)


def started(frame, directory, mode="append"):
    return Run(frame, directory, mode)


def ended(run):
    operator = run.query.lastProgress["stateOperators"][0]
    run.query.stop()
    names = ["numValueStateVars", "numListStateVars", "numMapStateVars"]
    custom = operator["customMetrics"]
    return [operator["operatorName"], operator["numRowsTotal"], [custom[n] for n in names]]


def counting():
    class Count(base()):
        def declare(self, handle):
            self.state = handle.getValueState("count", "n bigint, last string")

        def rows(self, key, numbers, times):
            before = self.state.get() if self.state.exists() else (0, "")
            now = (before[0] + len(numbers), str(numbers))
            self.state.update(now)
            what = f"{before} {times.getCurrentProcessingTimeInMs()} {times.getCurrentWatermarkInMs()}"
            return [(key[0], what, now[0])]

    return Count()


def counts(spark, directory, flavour):
    grouped = stream(spark, directory).groupBy("k")
    run = started(transformed(grouped, counting(), flavour, mode="update"), directory, "update")
    steps = [
        run.step((1, "a", 1), (2, "b", 2), (3, "a", 3)),
        run.step((4, None, 4), (5, "b", 5)),
        run.step((6, None, 6), (7, "a", 7)),
    ]
    return [steps, ended(run)]


def variables(spark, directory, flavour):
    """What each kind of variable answers, step by step."""

    class Tell(base()):
        def declare(self, handle):
            self.value = handle.getValueState("value", "n int")
            self.list = handle.getListState("list", "n int, s string")
            self.map = handle.getMapState("map", "k string, i int", "n int")

        def rows(self, key, numbers, times):
            told = []
            for number in numbers:
                told.append(("value", self.value.exists(), self.value.get()))
                self.value.update((number,))
                told.append(self.value.get())
                if number == 3:
                    self.value.clear()
                told.append(("list", self.list.exists(), list(self.list.get())))
                self.list.appendValue((number, "one"))
                self.list.appendList([(number, None), (number + 1, "three")])
                told.append(list(self.list.get()))
                if number == 2:
                    self.list.put([(7, "put")])
                if number == 3:
                    self.list.clear()
                told.append(("map", self.map.exists(), self.map.containsKey(("x", 1))))
                self.map.updateValue(("x", number % 2), (number,))
                self.map.updateValue((None, 0), (number,))
                told.append(tuple(self.map.getValue(("x", number % 2))))
                told.append(self.map.getValue(("none", 0)))
                told.append(sorted(map(str, self.map.keys())))
                told.append(sorted(map(str, self.map.values())))
                told.append(sorted(map(str, self.map.iterator())))
                if number == 2:
                    self.map.removeKey(("x", 1))
                    self.map.removeKey(("nothing", 1))
                if number == 3:
                    self.map.clear()
            return [(key[0], str(each), i) for i, each in enumerate(told)]

    grouped = stream(spark, directory).groupBy("k")
    run = started(transformed(grouped, Tell(), flavour), directory)
    steps = [run.step((1, "a", 1)), run.step((2, "a", 2), (2, "b", 1)), run.step((3, "a", 3)), run.step((4, "a", 4))]
    return [steps, ended(run)]


def keys(spark, directory, flavour):
    """Of several columns, of other types than text, with nulls."""

    class Seen(base()):
        def declare(self, handle):
            self.state = handle.getValueState("seen", "n int")

        def rows(self, key, numbers, times):
            before = self.state.get()
            self.state.update((len(numbers),))
            return [(str(type(key).__name__), f"{[str(k) for k in key]} {before}", len(numbers))]

    events = stream(spark, directory).withColumn("day", F.to_date("ts")).withColumn("half", F.col("v") / 2)
    grouped = events.groupBy("k", "v", "ts", "day", "half")
    run = started(transformed(grouped, Seen(), flavour), directory)
    steps = [run.step((1, "a", 1), (1, "a", 1), (2, None, 2)), run.step((1, "a", 1), (2, None, 2), (1, "b", 1))]
    return [steps, ended(run)]


def event_time(spark, directory, flavour):
    """Each row sets a timer ten seconds later; each key does something else when it comes."""

    class Timers(base()):
        def declare(self, handle):
            self.state = handle.getValueState("sum", "n bigint")

        def rows(self, key, numbers, times):
            before = self.state.get()
            now = sum(numbers) + (before[0] if before else 0)
            self.state.update((now,))
            for number in numbers:
                self.handle.registerTimer(number * 1000)
                self.handle.registerTimer(number * 1000)
            if now < 0:
                self.handle.deleteTimer(20_000)
                self.handle.deleteTimer(77)
            return [(key[0], f"{sorted(self.handle.listTimers())} {times.getCurrentWatermarkInMs()}", now)]

        def timer(self, key, times, expired):
            before = self.state.get()
            if key[0] == "again":
                self.handle.registerTimer(expired + 10_000)
            if key[0] == "clears":
                self.state.clear()
            if key[0] == "deletes":
                self.handle.deleteTimer(30_000)
            left = sorted(self.handle.listTimers())
            return [(key[0], f"timer {expired} {before} {left} {times.getCurrentWatermarkInMs()}", -1)]

    events = stream(spark, directory).withColumn("ts", (F.unix_timestamp("ts") % 86400).cast("timestamp"))
    watched = events.withWatermark("ts", "10 seconds").groupBy("k")
    run = started(transformed(watched, Timers(), flavour, time="EventTime"), directory)
    keys = ("again", "clears", "deletes", "keeps")
    steps = [
        run.step(*[(1, key, 20) for key in keys], *[(1, key, 30) for key in keys]),
        run.step((2, "keeps", -60), (29, "keeps", 40)),
        run.step((30, "other", 1)),
        run.step((31, "other", 2), (5, "other", 100)),
        run.step((60, "other", 3)),
        run.step((60, "other", 3)),
    ]
    return [steps, ended(run)]


def clock(spark, directory, flavour):
    """Timers and times to live by the clock."""

    class Clock(base()):
        def declare(self, handle):
            self.short = handle.getValueState("short", "n int", 1)
            self.long = handle.getValueState("long", "n int", 3_600_000)
            self.list = handle.getListState("list", "n int", 1)
            self.map = handle.getMapState("map", "k int", "n int", 1)
            self.kept = handle.getMapState("kept", "k int", "n int", 3_600_000)

        def rows(self, key, numbers, times):
            self.short.update((1,))
            self.long.update((2,))
            self.list.put([(1,), (2,)])
            self.map.updateValue((1,), (1,))
            self.kept.updateValue((1,), (1,))
            self.handle.registerTimer(times.getCurrentProcessingTimeInMs() + 1)
            what = [self.short.get(), list(self.list.get()), list(self.map.keys())]
            return [(key[0], f"rows {what}", 0)]

        def timer(self, key, times, expired):
            what = [self.short.get(), self.short.exists(), self.long.get(), list(self.list.get())]
            what += [list(self.map.keys()), self.map.getValue((1,)), list(self.kept.iterator())]
            due = expired <= times.getCurrentProcessingTimeInMs()
            return [(key[0], f"{what} {due} {times.getCurrentWatermarkInMs()}", 1), (key[0], "timer", 2)]

    grouped = stream(spark, directory).groupBy("k")
    run = started(transformed(grouped, Clock(), flavour, mode="update", time="ProcessingTime"), directory, "update")
    add(directory / "in", (1, "a", 1))
    run.wait_for("timer")
    rows = run.news()
    return [rows, ended(run)[0]]


def initial_state(spark, directory, flavour):
    class Initial(base()):
        def declare(self, handle):
            self.state = handle.getListState("state", "s string")

        def initial(self, key, values, times):
            self.state.appendValue((f"initial {tuple(values)}",))

        def rows(self, key, numbers, times):
            before = list(self.state.get())
            self.state.appendValue((str(numbers),))
            return [(key[0], str(before), len(numbers))]

    before = spark.createDataFrame([("a", 1, "x"), ("b", 2, "y"), ("z", 3, "w"), ("a", 4, "v")], "k string, n int, s string")
    grouped = stream(spark, directory).groupBy("k")
    frame = transformed(grouped, Initial(), flavour, initialState=before.groupBy("k"))
    run = started(frame, directory)
    steps = [run.step((1, "a", 1), (2, "c", 2)), run.step((3, "a", 3), (4, "b", 4), (4, "z", 5))]
    return [steps, ended(run)]


def chained(spark, directory, flavour):
    """The output's event time goes on to a window."""

    class Pass(base()):
        def declare(self, handle):
            self.state = handle.getValueState("n", "n int")

        def give(self, rows):
            if self.in_pandas:
                import pandas

                yield pandas.DataFrame({"k": [r[0] for r in rows], "at": pandas.to_datetime([r[1] for r in rows], unit="s")})
                return
            import datetime

            from pyspark.sql import Row

            for k, seconds in rows:
                yield Row(k=k, at=datetime.datetime.fromtimestamp(seconds, datetime.timezone.utc))

        def rows(self, key, numbers, times):
            self.state.update((len(numbers),))
            return [(key[0], 1704067200 + number) for number in numbers]

    watched = stream(spark, directory).withWatermark("ts", "10 seconds").groupBy("k")
    frame = transformed(watched, Pass(), flavour, "k string, at timestamp", time="EventTime", eventTimeColumnName="at")
    windows = frame.groupBy(F.window("at", "10 seconds")).agg(F.count("*").alias("n"))
    shown = windows.select(F.date_format("window.end", "HH:mm:ss").alias("k"), F.lit("").alias("what"), "n")
    run = started(shown, directory)
    steps = [run.step((1, "a", 1), (2, "b", 12)), run.step((25, "a", 26)), run.step((45, "a", 46)), run.step((70, "b", 71))]
    run.query.stop()
    return steps


def failures(spark, directory, flavour):
    """What processors do wrong: the condition, and what of the text is the worker's."""
    kinds = {}

    def case(time="None"):
        def keep(kind):
            kinds[kind.__name__] = (kind, time)
            return kind

        return keep

    parent = base()

    @case()
    class RaisesInRows(parent):
        def rows(self, key, numbers, times):
            raise KeyError("of mine")

    @case()
    class RaisesInInit(parent):
        def declare(self, handle):
            raise KeyError("of mine")

    @case()
    class TimerWithoutTime(parent):
        def rows(self, key, numbers, times):
            self.handle.registerTimer(1)
            return []

    @case()
    class LivesWithoutTime(parent):
        def declare(self, handle):
            handle.getValueState("a", "n int", 1000)

        def rows(self, key, numbers, times):
            return []

    @case()
    class SameNames(parent):
        def declare(self, handle):
            handle.getValueState("a", "n int")
            handle.getListState("a", "n int")

        def rows(self, key, numbers, times):
            return []

    @case()
    class DeclaresLate(parent):
        def rows(self, key, numbers, times):
            self.handle.getValueState("a", "n int")
            return []

    @case()
    class EmptyList(parent):
        def declare(self, handle):
            self.list = handle.getListState("a", "n int")

        def rows(self, key, numbers, times):
            self.list.put([])
            return []

    answers = {}
    for name, (kind, time) in kinds.items():
        place = directory / name
        grouped = stream(spark, place).groupBy("k")

        def go():
            run = started(transformed(grouped, kind(), flavour, mode="update", time=time), place, "update")
            add(place / "in", (1, "a", 1))
            run.query.processAllAvailable() if time == "None" else run.query.awaitTermination(60)

        answers[name] = failure(go)
    return answers


def restarts(spark, directory, flavour):
    """Each run on one checkpoint: state goes on, and another type is refused."""

    def run(declare, use):
        class Changing(base()):
            def declare(self, handle):
                declare(self, handle)

            def rows(self, key, numbers, times):
                return [(key[0], use(self), 0)]

        events = stream(spark, directory)
        add(directory / "in", (1, "a", 1))
        frame = transformed(events.groupBy("k"), Changing(), flavour)
        writer = frame.writeStream.format("json").option("path", str(directory / "out"))
        writer = writer.option("checkpointLocation", str(directory / "checkpoint"))
        query = writer.trigger(availableNow=True).start()
        return failure(lambda: query.awaitTermination())

    def value(schema):
        def declare(self, handle):
            self.a = handle.getValueState("a", schema)

        return declare

    def use(self):
        before = self.a.get()
        self.a.update(((before[0] if before else 0) + 1,))
        return f"a {before}"

    steps = {
        "first": run(value("n int"), use),
        "again": run(value("n int"), use),
        "another type": run(value("n string"), lambda self: "never"),
    }
    written = spark.read.schema(OUTPUT).json(str(directory / "out"))
    return [steps, sorted(str(tuple(row)) for row in written.collect())]


def batches(spark, directory, flavour):
    """Batch DataFrames: each group is handled once, its state begins empty."""

    class Once(base()):
        def declare(self, handle):
            self.value = handle.getValueState("value", "n int")
            self.list = handle.getListState("list", "n int")
            self.map = handle.getMapState("map", "n int", "n int")

        def initial(self, key, values, times):
            self.list.appendValue((values[1],))

        def rows(self, key, numbers, times):
            told = [self.value.get(), list(self.list.get()), self.map.containsKey((1,))]
            self.value.update((len(numbers),))
            for number in numbers:
                self.list.appendValue((number,))
                self.map.updateValue((number % 2,), (number,))
            told += [self.value.get(), sorted(map(str, self.list.get())), sorted(map(str, self.map.keys()))]
            return [(key[0], f"{told} {times.getCurrentProcessingTimeInMs() > 10**12}", len(numbers))]

    class Timed(base()):
        def declare(self, handle):
            self.value = handle.getValueState("value", "n int", self.ttl)

        def rows(self, key, numbers, times):
            self.value.update((len(numbers),))
            for time in self.timers:
                self.handle.registerTimer(time)
            clock = times.getCurrentProcessingTimeInMs() > 10**12
            return [(key[0], f"{sorted(self.handle.listTimers())} {clock} {times.getCurrentWatermarkInMs()}", 1)]

        def timer(self, key, times, expired):
            left = sorted(self.handle.listTimers())
            return [(key[0], f"timer {expired} {self.value.get()} {left} {times.getCurrentWatermarkInMs()}", 2)]

    def timed(timers, ttl=None):
        processor = Timed()
        processor.timers, processor.ttl = timers, ttl
        return processor

    class OneValue(base()):
        def declare(self, handle):
            self.value = handle.getValueState("value", self.schema)

        def rows(self, key, numbers, times):
            return [(str(list(map(int, key[0]))), "", len(numbers))]

    def with_schema(schema):
        processor = OneValue()
        processor.schema = schema
        return processor

    rows = [("a", 1), ("b", 2), ("a", 3), (None, 4), ("a", 5), (None, 6)]
    frame = spark.createDataFrame(rows, "k string, v bigint")
    watched = frame.withColumn("ts", F.timestamp_seconds("v")).withWatermark("ts", "1 second")
    before = spark.createDataFrame([("a", 7), ("z", 8), ("a", 9)], "k string, n int")
    far = 4_102_444_800_000
    questions = {
        "rows": lambda: transformed(frame.groupBy("k"), Once(), flavour),
        "update": lambda: transformed(frame.groupBy("k"), Once(), flavour, mode="update"),
        "complete": lambda: transformed(frame.groupBy("k"), Once(), flavour, mode="complete"),
        "aggregated": lambda: transformed(frame.groupBy("k"), Once(), flavour).groupBy().agg(F.lit("x"), F.lit("y"), F.sum("n")),
        "initial state": lambda: transformed(frame.groupBy("k"), Once(), flavour, initialState=before.groupBy("k")),
        "empty": lambda: transformed(frame.where("v > 10").groupBy("k"), Once(), flavour),
        "timer without time": lambda: transformed(frame.groupBy("k"), timed([1]), flavour),
        "clock": lambda: transformed(frame.groupBy("k"), timed([5, 3, far]), flavour, time="ProcessingTime"),
        "time to live": lambda: transformed(frame.groupBy("k"), timed([], 1000), flavour, time="ProcessingTime"),
        "event time": lambda: transformed(watched.groupBy("k"), timed([1, far]), flavour, time="EventTime"),
        "event time without watermark": lambda: transformed(frame.groupBy("k"), timed([1, far]), flavour, time="EventTime"),
        "by a field": lambda: transformed(frame.select("k", "v", F.struct("k").alias("s")).groupBy("s.k"), Once(), flavour),
        "by an expression": lambda: transformed(frame.groupBy(F.upper("k")), Once(), flavour),
        "by a column and an expression": lambda: transformed(frame.groupBy("k", F.col("v") % 2), Once(), flavour),
        "by a cast": lambda: transformed(frame.groupBy(F.col("v").cast("int")), Once(), flavour),
        "by an alias": lambda: transformed(frame.groupBy(F.col("k").alias("key")), Once(), flavour),
        "by an alias that is a column": lambda: transformed(frame.groupBy(F.col("v").alias("k")), Once(), flavour),
        "by a constant": lambda: transformed(frame.groupBy(F.lit(1)), Once(), flavour),
        "by nothing that is there": lambda: transformed(frame.groupBy("nothing"), Once(), flavour),
        "initial state by an expression": lambda: transformed(frame.groupBy("k"), Once(), flavour, initialState=before.groupBy(F.upper("k"))),
    }  # fmt: skip
    if flavour == "rows":  # in pandas Spark cannot read the worker's array
        arrays = frame.select(F.array("v").alias("L"), "v").groupBy("L")
        questions["by an array"] = lambda: transformed(arrays, with_schema("N array<int>"), flavour)
    for schema in ("nonsense", "n nonsense", "n int,", "int", "array<int>", "n array<int", ""):
        questions[f"schema of state: {schema}"] = lambda schema=schema: transformed(frame.groupBy("k"), with_schema(schema), flavour)
    answers = {}
    for name, ask in questions.items():
        told = []
        answers[name] = failure(lambda: told.extend(sorted(str(tuple(row)) for row in ask().collect())))
        if answers[name] == "no failure":
            answers[name] = told
        elif name.startswith("schema of state"):
            del answers[name][2:]  # how the parser puts it
    return answers


def checks(spark, directory, flavour):
    plain = stream(spark, directory)
    watched = plain.withWatermark("ts", "1 minute")
    output = "k string, what string, n bigint, ts timestamp"

    def applied(frame, mode="append", time="None", **others):
        return transformed(frame.groupBy("k"), counting(), flavour, output, mode, time, **others)

    def start(frame, mode="append"):
        frame.writeStream.format("noop").outputMode(mode).start().stop()

    tries = {
        "append append": lambda: start(applied(plain)),
        "append update": lambda: start(applied(plain), "update"),
        "update append": lambda: start(applied(plain, "update")),
        "complete complete": lambda: start(applied(plain, "complete"), "complete"),
        "two": lambda: start(applied(applied(plain))),
        "no watermark": lambda: start(applied(plain, time="EventTime")),
        "event time without watermark": lambda: start(applied(plain, time="EventTime", eventTimeColumnName="ts")),
        "event time that is not there": lambda: start(applied(watched, time="EventTime", eventTimeColumnName="x")),
        "no time mode": lambda: start(applied(plain, time="Sometime")),
    }  # fmt: skip
    return {name: failure(action) for name, action in tries.items()}


CASES = [counts, variables, keys, event_time, clock, initial_state, chained, failures, restarts, batches, checks]


def prepare(session):
    session.conf.set("spark.sql.session.timeZone", "UTC")
    session.conf.set("spark.sql.shuffle.partitions", "2")
    session.conf.set("spark.sql.streaming.stateStore.providerClass", ROCKSDB)


def answer(session, case, flavour, scratch):
    return case(session, scratch / f"{case.__name__}_{flavour}", flavour)


if __name__ == "__main__":
    from pyspark.sql import SparkSession

    session = SparkSession.builder.remote(sys.argv[1]).getOrCreate()
    prepare(session)
    answers = {}
    with tempfile.TemporaryDirectory() as scratch:
        for case in CASES:
            for flavour in ("pandas", "rows"):
                if sys.argv[2:] and case.__name__ not in sys.argv[2:]:
                    continue
                name = f"{case.__name__} {flavour}"
                answers[name] = answer(session, case, flavour, pathlib.Path(scratch))
    json.dump(answers, sys.stdout, indent=1, ensure_ascii=False)
    print()
    session.stop()
