"""Programs whose StatefulProcessor declares other variables when it is started again on its checkpoint.

usage: state_evolution.py URL [CASE…] > answers/state_evolution.json    records Apache Spark's answers
"""

import json
import pathlib
import re
import sys
import tempfile

from pyspark import cloudpickle

import transform_state
from pandas_state import add, failure, stream

# Workers do not know this module.
cloudpickle.register_pickle_by_value(sys.modules[__name__])

HOUR = 3_600_000
CLOCK = {"time": "ProcessingTime"}


def sevens(schema):
    return tuple("seven" if field.endswith("string") else 7 for field in schema.split(", "))


def value(name="v", schema="n int", ttl=None):
    return lambda handle: {f"value {name}": (handle.getValueState(name, schema, ttl), sevens(schema))}


def listed(name="l", schema="n int", ttl=None):
    return lambda handle: {f"list {name}": (handle.getListState(name, schema, ttl), sevens(schema))}


def mapped(name="m", key="n int", schema="n int", ttl=None):
    return lambda handle: {f"map {name}": (handle.getMapState(name, key, schema, ttl), sevens(schema), sevens(key))}


def both(*declared):
    return lambda handle: {name: each for part in declared for name, each in part(handle).items()}


def deleting(name, then):
    def declare(handle):
        handle.deleteIfExists(name)
        return then(handle)

    return declare


# name: the declarations of two programs and what else differs. The first runs, then the second, then
# the first again.
PAIRS = {
    "nothing": (value(), {}, value(), {}),
    "adds a list and a map": (value(), {}, both(value(), listed(), mapped()), {}),
    "removes": (both(value(), listed(), mapped()), {}, value(), {}),
    "another order": (both(value(), listed()), {}, both(listed(), value()), {}),
    "deletes": (both(value(), listed()), {}, deleting("l", value()), {}),
    "deletes a map": (both(value(), mapped()), {}, deleting("m", value()), {}),
    "deletes a value": (both(value(), mapped()), {}, deleting("v", mapped()), {}),
    "deletes what is not there": (value(), {}, deleting("x", value()), {}),
    "deletes, then declares": (both(value(), listed()), {}, deleting("l", both(value(), listed())), {}),
    "deletes, then declares for three batches": (both(value(), listed()), {}, deleting("l", both(value(), listed())), {"files": 3}),
    "deletes and declares another kind": (both(value(), listed()), {}, deleting("l", both(value(), value("l"))), {}),
    "list for a value": (value(), {}, listed("v"), {}),
    "map for a value": (value(), {}, mapped("v"), {}),
    "value for a list": (listed(), {}, value("l"), {}),
    "wider type": (value(), {}, value(schema="n bigint"), {}),
    "narrower type": (value(schema="n bigint"), {}, value(schema="n int"), {}),
    "another type": (value(), {}, value(schema="n string"), {}),
    "another name": (value(), {}, value(schema="m int"), {}),
    "a field more": (value(), {}, value(schema="n int, s string"), {}),
    "a field less": (value(schema="n int, s string"), {}, value(schema="n int"), {}),
    "fields in another order": (value(schema="n int, s string"), {}, value(schema="s string, n int"), {}),
    "a field more in a list": (listed(), {}, listed(schema="n int, s string"), {}),
    "a field more in a map": (mapped(), {}, mapped(schema="n int, s string"), {}),
    "another map key": (mapped(), {}, mapped(key="n string"), {}),
    "another name of a map key": (mapped(), {}, mapped(key="k int"), {}),
    "another element": (listed(), {}, listed(schema="n string"), {}),
    "gets a time to live": (value(), CLOCK, value(ttl=HOUR), CLOCK),
    "loses the time to live": (value(ttl=HOUR), CLOCK, value(), CLOCK),
    "list gets a time to live": (listed(), CLOCK, listed(ttl=HOUR), CLOCK),
    "lives longer": (value(ttl=HOUR), CLOCK, value(ttl=2 * HOUR), CLOCK),
    "gets timers": (value(), {}, value(), CLOCK),
    "loses timers": (value(), CLOCK, value(), {}),
    "output mode": (value(), {}, value(), {"mode": "update"}),
    "type of the key": (value(), {}, value(), {"key": "v"}),
    "name of the key": (value(), {}, value(), {"rename": "l"}),
}  # fmt: skip


class Overloaded(Exception):
    """The machine was too busy to start workers in time."""


def run(spark, place, number, declare, mode="append", time="None", key="k", rename=None, files=1):
    """The conditions under which the program failed."""

    class Changing(transform_state.base()):
        def declare(self, handle):
            self.variables = declare(handle)

        def rows(self, key, numbers, times):
            told = []
            for name, (variable, row, *user_key) in sorted(self.variables.items()):
                if name.startswith("value"):
                    told.append((name, str(variable.get())))
                    variable.update(row)
                elif name.startswith("list"):
                    told.append((name, str(list(variable.get()))))
                    variable.appendValue(row)
                else:
                    told.append((name, sorted(map(str, variable.iterator()))))
                    variable.updateValue(user_key[0], row)
            return [(str(key[0]), str(told), number)]

    rows = stream(spark, place)
    if rename:
        rows, key = rows.withColumnRenamed(key, rename), rename
    for _ in range(files):
        add(place / "in", (1, "a", 1))
    frame = transform_state.transformed(rows.groupBy(key), Changing(), "rows", mode=mode, time=time)
    writer = frame.writeStream.outputMode(mode).option("checkpointLocation", str(place / "checkpoint"))
    # Files are for one mode only; what is told in the others is not looked at.
    writer = writer.format("json" if mode == "append" else "noop").option("path", str(place / "out"))
    query = writer.trigger(availableNow=True).start()
    try:
        ended = failure(lambda: query.awaitTermination(60))
        if "failed to connect back" in str(query.exception()):
            raise Overloaded
        return ended
    finally:
        query.stop()


def answer(spark, directory, name):
    """How each of the three runs ended, and what they told of their variables."""
    first, first_options, second, second_options = PAIRS[name]
    place = directory / re.sub(r"\W", "_", name)
    ends = [
        run(spark, place, 1, first, **first_options),
        run(spark, place, 2, second, **second_options),
        run(spark, place, 3, first, **first_options),
    ]
    told = spark.read.schema("n int, what string").json(str(place / "out"))
    return [ends, [list(row) for row in told.orderBy("n", "what").collect()]]


def prepare(session):
    transform_state.prepare(session)
    session.conf.set("spark.sql.shuffle.partitions", "1")


if __name__ == "__main__":
    from pyspark.sql import SparkSession

    session = SparkSession.builder.remote(sys.argv[1]).getOrCreate()
    prepare(session)
    answers = {}
    for name in sys.argv[2:] or PAIRS:
        while name not in answers:
            with tempfile.TemporaryDirectory() as scratch:
                try:
                    answers[name] = answer(session, pathlib.Path(scratch), name)
                except Overloaded:
                    print("again", file=sys.stderr, flush=True)
    json.dump(answers, sys.stdout, indent=1, ensure_ascii=False)
    print()
    session.stop()
