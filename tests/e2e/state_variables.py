"""What the sources `statestore` and `state-metadata` answer about variables of transformWithState.

usage: state_variables.py URL > answers/state_variables.json    records Apache Spark's answers
"""

import json
import pathlib
import re
import sys
import tempfile

from pyspark import cloudpickle

import state_sources
import transform_state
from pandas_state import add, stream

# Workers do not know this module.
cloudpickle.register_pickle_by_value(sys.modules[__name__])

HOUR = 3_600_000


def keeping(ttl):
    class Keep(transform_state.base()):
        def declare(self, handle):
            self.value = handle.getValueState("value", "n int, s string", ttl)
            self.list = handle.getListState("list", "n int", ttl)
            self.map = handle.getMapState("map", "k int, t string", "n int", ttl)
            self.unused = handle.getListState("unused", "n int")

        def rows(self, key, numbers, times):
            for number in numbers:
                self.value.update((number, key[0]))
                self.list.appendValue((number,))
                self.map.updateValue((number % 2, "key"), (number,))
                if ttl is None:
                    self.handle.registerTimer(4_000_000_000_000 + number)
                if number == 9:
                    self.value.clear()
                    self.list.put([(10,), (11,)])
                    self.map.removeKey((0, "key"))
            return []

    return Keep()


def changing_once():
    """Spark's change feed tells each change, Headrace's the last of a batch: here is one of each."""

    class Change(transform_state.base()):
        def declare(self, handle):
            self.value = handle.getValueState("value", "n int, s string")
            self.list = handle.getListState("list", "n int")
            self.map = handle.getMapState("map", "k int, t string", "n int")
            self.unused = handle.getListState("unused", "n int")

        def rows(self, key, numbers, times):
            if numbers == [20]:
                self.value.clear()
                self.list.clear()
                self.map.removeKey((3, "key"))
                return []
            self.value.update((numbers[-1], key[0]))
            if numbers == [10]:
                self.list.put([(10,)])
                return []
            for number in numbers:
                self.list.appendValue((number,))
                self.map.updateValue((number, "key"), (number,))
            return []

    return Change()


BATCHES = [(1, "a", 1), (1, "a", 2), (1, "b", 3), (1, None, 4)], [(2, "a", 5), (2, "b", 9)]
ONE_OF_EACH = [(1, "a", 1), (1, "a", 2), (1, "b", 3), (1, None, 4)], [(2, "a", 5), (2, "a", 6), (2, "b", 20), (2, None, 10)]
QUERIES = {
    "timers": ("EventTime", lambda: keeping(None), BATCHES),
    "lives": ("ProcessingTime", lambda: keeping(HOUR), BATCHES),
    "feed": ("EventTime", changing_once, ONE_OF_EACH),
}
CHANGELOG = "spark.sql.streaming.stateStore.rocksdb.changelogCheckpointing.enabled"
TIMERS = ("$eventTimers_keyToTimestamp", "$procTimers_keyToTimestamp")
CHANGES = {"readChangeFeed": "true", "changeStartBatchId": "0"}
READS = [
    ("state-metadata", {}),
    ("statestore", {}),
    *[("statestore", {"stateVarName": name}) for name in ("value", "list", "map", "unused", "absent", "")],
    *[
        ("statestore", {"stateVarName": name, "flattenCollectionTypes": "false"})
        for name in ("value", "list", "map", "unused")
    ],
    *[("statestore", {"stateVarName": name, "batchId": "0"}) for name in ("value", "list", "map")],
    ("statestore", {"readRegisteredTimers": "true"}),
    ("statestore", {"readRegisteredTimers": "true", "stateVarName": "value"}),
    ("statestore", {"stateVarName": "value", "storeName": "default"}),
    ("statestore", {"stateVarName": "value", "storeName": "value"}),
    ("statestore", {"stateVarName": "value", "joinSide": "left"}),
    *[("statestore", {"storeName": name}) for name in ("value", "list", "map", "unused", "absent", *TIMERS)],
    *[("statestore", {"storeName": name, "flattenCollectionTypes": "false"}) for name in ("list", "map")],
    ("statestore", {"storeName": "value", "joinSide": "left"}),
    ("statestore", {"storeName": "value", "readRegisteredTimers": "true"}),
    *[("statestore", {"stateVarName": name}) for name in TIMERS],
    ("statestore", {"stateVarName": "list", "storeName": "value"}),
]  # fmt: skip
# Of `feed` only: in Spark it takes a setting, and batches that are still there.
FEED_READS = [
    *[("statestore", {"stateVarName": name, **CHANGES}) for name in ("value", "list", "map", "unused", "absent")],
    ("statestore", {"stateVarName": "list", "flattenCollectionTypes": "false", **CHANGES}),
    *[("statestore", {"stateVarName": name, **CHANGES, "changeStartBatchId": "2"}) for name in ("value", "list", "map")],
    ("statestore", {"storeName": "list", **CHANGES}),
    ("statestore", CHANGES),
]  # fmt: skip


def run_queries(spark, directory):
    for name, (time, processor, batches) in QUERIES.items():
        place = directory / name
        spark.conf.set(CHANGELOG, str(name == "feed").lower())
        rows = stream(spark, place).withWatermark("ts", "1 minute")
        for batch in batches:
            add(place / "in", *batch)
            frame = transform_state.transformed(rows.groupBy("k"), processor(), "rows", time=time)
            writer = frame.writeStream.format("noop").trigger(availableNow=True)
            query = writer.option("checkpointLocation", str(place / "checkpoint")).start()
            query.awaitTermination(120)


def all_answers(spark, directory):
    run_queries(spark, directory)
    answers = {}
    for name in QUERIES:
        for source, options in FEED_READS if name == "feed" else READS:
            told = state_sources.answer(spark, directory, source, name, options)
            answers[f"{source} {name} {json.dumps(options)}"] = settled(told, name)
    return answers


def settled(told, name):
    """Without times by the clock and numbers of batches that come by it; variables have no order."""
    text = re.sub(r"\b1\d{12}\b", "…", json.dumps(told, ensure_ascii=False))
    if name == "lives":
        text = re.sub(r"(batchId=|'maxBatchId': )\d+", r"\1…", text)
    told = json.loads(text)
    for i, row in enumerate(told.get("rows", [])):
        variables = re.search(r'"stateVariables":\[(.*?)\]', row)
        if variables:
            ordered = ",".join(sorted(re.findall(r"{.*?}", variables[1])))
            told["rows"][i] = row.replace(variables[1], ordered)
    return told


def prepare(session):
    transform_state.prepare(session)


if __name__ == "__main__":
    from pyspark.sql import SparkSession

    session = SparkSession.builder.remote(sys.argv[1]).getOrCreate()
    prepare(session)
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as scratch:
        answers = all_answers(session, pathlib.Path(scratch))
    json.dump(answers, sys.stdout, indent=1, ensure_ascii=False)
    print()
    session.stop()
