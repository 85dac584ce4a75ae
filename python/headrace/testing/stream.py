"""One run of a streaming test."""

import datetime
import re
import shutil
import tempfile
import unittest

from headrace.testing import tables
from headrace.testing.engines import make_engine

UNITS = {"millisecond": 0.001, "second": 1, "minute": 60, "hour": 3600, "day": 86400}


def seconds_of(duration):
    if isinstance(duration, datetime.timedelta):
        return duration.total_seconds()
    if isinstance(duration, (int, float)):
        return duration
    match = re.fullmatch(r"\s*([\d.]+)\s+([a-z]+?)s?\s*", duration)
    if match is None or match[2] not in UNITS:
        raise ValueError(f"{duration!r} is no duration such as '10 minutes'")
    return float(match[1]) * UNITS[match[2]]


def microseconds_of(time):
    """Of a datetime or a text such as 2026-01-01 12:00:00, in UTC if it names no zone."""
    if time is None:
        return None
    if isinstance(time, str):
        time = datetime.datetime.fromisoformat(time)
    if time.tzinfo is None:
        time = time.replace(tzinfo=datetime.timezone.utc)
    epoch = datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)
    return (time - epoch) // datetime.timedelta(microseconds=1)


class StreamTest:
    """A query, the rows that it gets, the rows that it gives.

    query         a function of one streaming DataFrame for each of `inputs`, which gives a DataFrame
    inputs        name to columns: {"clicks": "user STRING, time TIMESTAMP"}
    output_mode   append, update or complete
    trigger       as of DataStreamWriter.trigger: {"processingTime": "10 seconds"}
    configuration of the session
    clock         where the clock starts, for a clock that only advance() moves
    """

    def __init__(
        self, query, inputs, output_mode="append", trigger=None, configuration=None, clock=None
    ):
        self._query_function = query
        self._inputs = dict(inputs)
        self._output_mode = output_mode
        self._trigger = trigger
        self._configuration = dict(configuration or {})
        self._directory = tempfile.mkdtemp(prefix="headrace-testing-")
        self._pending = {name: [] for name in self._inputs}
        self._names = None  # of the output's columns
        self.query = None  # the StreamingQuery, while it runs
        # How the test is run; stream_test sets these.
        self.restart_after_steps = False
        self.checks_steps = True
        self.crashes = 0
        try:
            self._engine = make_engine(self._directory, microseconds_of(clock))
            self._engine.start(self._configuration)
        except BaseException:
            shutil.rmtree(self._directory, ignore_errors=True)
            raise

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        try:
            if self.query is not None and self._engine.session is not None:
                self._stop()
        except Exception:  # of a server that has crashed
            pass
        finally:
            self._engine.stop()
            shutil.rmtree(self._directory, ignore_errors=True)

    @property
    def spark(self):
        return self._engine.session

    @property
    def engine(self):
        return self._engine

    # Steps

    def add(self, **rows):
        """Rows for inputs: tuples, dicts, single values, or a table as a text. They arrive, as one
        batch, when the query goes on: with process() or an expectation."""
        for name, added in rows.items():
            if name not in self._inputs:
                raise ValueError(f"there is no input {name}, but {', '.join(self._inputs)}")
            self._pending[name].append(added)
        self._step_done()

    def process(self):
        """Lets the query work off all that was added."""
        self._deliver()
        self.start()
        self._surviving(lambda: self.query.processAllAvailable())
        self._step_done()

    def advance(self, duration):
        """Moves the clock: seconds, a timedelta, or a text such as '10 minutes'."""
        if not self._engine.can_set_clock:
            raise unittest.SkipTest("the clock of Apache Spark cannot be set")
        if self._engine.now_us() is None:
            raise ValueError("the test needs clock=…, where its clock is to start")
        now_us = self._engine.now_us() + round(seconds_of(duration) * 1_000_000)
        self._surviving(lambda: self._engine.set_clock(now_us))
        self._step_done()

    def start(self):
        """Starts the query, on its checkpoint if it ran before. Other steps do so too."""
        if self.query is None:
            self._surviving(self._start)

    def stop(self):
        if self.query is not None:
            self._surviving(self._stop)

    def restart(self):
        self.stop()
        self._deliver()
        self.start()

    def kill(self):
        """Kills the server, as kill -9 does; the query goes on in a new one."""
        self._needs_crashes()
        self._engine.kill()
        self._recover()

    def crash_at(self, point, passage=1):
        """Kills the server when it passes an injection point for the passage-th time from now on."""
        self._needs_crashes()
        self._surviving(lambda: self._engine.inject(point, passage))

    # Expectations

    def expect(self, rows):
        """All rows that the query ever gave, in any order; in complete mode those of the newest
        result. A table as a text is compared with the values as texts (as CAST gives them), NULL is
        null; other rows are compared as Python values."""
        self.process()
        if self.checks_steps:
            self._compare(rows, first=self._first_of_content())

    def expect_last_batch(self, rows):
        """The rows of the newest batch."""
        self.process()
        if self.checks_steps:
            batches = self._engine.batches(self._output)
            self._compare(rows, first=batches[-1] if batches else 0)

    def expect_progress(self, **fields):
        """Fields of the newest progress: numInputRows=3, sources__0__numInputRows=3."""
        self.process()
        if not self.checks_steps:
            return
        progress = self._surviving(lambda: self.query.lastProgress)
        for path, wanted in fields.items():
            value = progress
            for part in path.split("__"):
                value = value[int(part)] if part.isdigit() else value[part]
            assert value == wanted, f"{path} is {value!r}, expected {wanted!r}"

    def expect_error(self, text):
        """Starting the query or going on with it fails, with this text in the error: a condition,
        or words of the program's own exception."""
        from pyspark.errors import PySparkException

        try:
            self._deliver()
            self.start()
            self._surviving(lambda: self.query.processAllAvailable())
        except PySparkException as error:
            self._forget_query()
            assert text in str(error), f"the error is another one than {text}:\n{error}"
            return
        raise AssertionError(f"there was no error; expected {text}")

    # What the steps are made of

    @property
    def _output(self):
        return f"{self._directory}/output"

    def content(self):
        """The rows that expect() would look at, as texts."""
        self.process()
        return self._surviving(lambda: self._texts(self._first_of_content()))

    def _first_of_content(self):
        if self._output_mode != "complete":
            return 0
        batches = self._engine.batches(self._output)
        return batches[-1] if batches else 0

    def _texts(self, first):
        from pyspark.sql import functions as F

        frame = self._read_output(first)
        quoted = ["`" + name.replace("`", "``") + "`" for name in frame.columns]
        texts = frame.select(*[F.col(name).cast("string") for name in quoted]).collect()
        return frame.columns, [tuple(row) for row in texts]

    def _read_output(self, first):
        return self._engine.read(self._output, self._schema, first)

    def _compare(self, rows, first):
        if tables.is_table(rows):
            names, expected = tables.parse_table(rows)
            columns, actual = self._surviving(lambda: self._texts(first))
            assert sorted(names) == sorted(columns), f"the columns are {columns}, not {names}"
            positions = [columns.index(name) for name in names]
            actual = [tuple(row[position] for position in positions) for row in actual]
        else:
            frame = self._surviving(lambda: self._read_output(first))
            names = frame.columns
            expected = [tables.values_of(row, names) for row in rows]
            actual = [tuple(row) for row in self._surviving(frame.collect)]
        wrong = tables.difference(names, expected, actual)
        assert wrong is None, wrong

    def _deliver(self):
        for name, added in self._pending.items():
            if not added:
                continue
            path = f"{self._directory}/input-{name}"
            before = len(self._engine.batches(path)) if self._engine.can_crash else 0
            self._surviving(
                lambda: self._engine.add(self._frame(name, added), path),
                done=lambda: len(self._engine.batches(path)) > before,
            )
            self._pending[name] = []

    def _frame(self, name, added):
        schema = self._inputs[name]
        session = self._engine.session
        columns = session.createDataFrame([], schema).schema
        frames = []
        for rows in added:
            if tables.is_table(rows):
                names, texts = tables.parse_table(rows)
                frame = session.createDataFrame(texts, ", ".join(f"`{each}` STRING" for each in names))
                casts = [
                    f"CAST(`{each.name}` AS {each.dataType.simpleString()}) AS `{each.name}`"
                    if each.name in names
                    else f"CAST(NULL AS {each.dataType.simpleString()}) AS `{each.name}`"
                    for each in columns
                ]
                frames.append(frame.selectExpr(*casts))
            else:
                values = [tables.values_of(row, columns.names) for row in rows]
                frames.append(session.createDataFrame(values, columns))
        frame = frames[0]
        for other in frames[1:]:
            frame = frame.union(other)
        return frame

    def _start(self):
        inputs = [
            self._engine.read_stream(f"{self._directory}/input-{name}", schema)
            for name, schema in self._inputs.items()
        ]
        result = self._query_function(*inputs)
        self._schema = result.schema
        writer = self._engine.write_stream(
            result.writeStream.outputMode(self._output_mode), self._output
        )
        if self._trigger:
            writer = writer.trigger(**self._trigger)
        self.query = writer.option("checkpointLocation", f"{self._directory}/checkpoint").start()

    def _stop(self):
        self.query.stop()
        self._forget_query()

    def _forget_query(self):
        self.query = None

    def _step_done(self):
        if self.restart_after_steps and self.query is not None:
            self.restart()

    def _needs_crashes(self):
        if not self._engine.can_crash:
            raise unittest.SkipTest("Apache Spark is not made to crash here")

    def _surviving(self, action, done=lambda: False):
        """Does it, again if the server crashed on the way, unless it is done already."""
        while True:
            try:
                return action()
            except Exception as error:
                if is_of_the_query(error) or not self._engine.died():
                    raise
                self.crashes += 1
                self._recover()
                if done():
                    return None

    def _recover(self):
        was_running = self.query is not None
        self._forget_query()
        self._engine.start(self._configuration)
        if was_running:
            self._start()


def is_of_the_query(error):
    from pyspark.errors import PySparkException

    return isinstance(error, PySparkException) and error.getCondition() is not None and "RETRIES" not in error.getCondition()
