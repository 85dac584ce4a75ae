"""Which files each engine takes into which batch, under the options of the file source.

usage: file_source_options.py URL > answers/file_source_options.json    records Apache Spark's answers
"""

import json
import os
import pathlib
import re
import sys
import tempfile

from pyspark import cloudpickle
from pyspark.errors import PySparkException

# Workers of foreachBatch cannot import this module.
cloudpickle.register_pickle_by_value(sys.modules[__name__])

DAY = 86400
NOW = 1_700_000_000  # modification times count from here, in days


class Case:
    """`steps`: files that appear before each run with Trigger.AvailableNow on one checkpoint. With
    `during`, one run only, without an end, that finds files put there while a batch runs.

    A file: (name, day of its modification time, lines)."""

    def __init__(self, *steps, during=None, path="", **options):
        self.steps, self.during, self.path, self.options = steps, during or {}, path, options


def days(*ages, lines=1):
    """Files named after the day that they are of."""
    return [(f"d{age}", age, lines) for age in ages]


SIX = days(1, 2, 3, 4, 5, 6)
TWO_OF_A_NAME = [("x/one", 1, 1), ("y/one", 2, 1), ("y/two", 3, 1)]
BELOW = {"recursiveFileLookup": True}
# While a queue of files is read a file older than these appears.
OLDER = {0: [("older", 0, 1)]}
BYTES = 10  # of a line

CASES = {
    "oldest first": Case(SIX, maxFilesPerTrigger=4),
    "oldest first, all": Case(SIX),
    "latest first": Case(SIX, latestFirst=True, maxFilesPerTrigger=4),
    "latest first, all": Case(SIX, days(0, 7), latestFirst=True),
    "latest first, more appear": Case(
        SIX, during={0: days(7, 0)}, latestFirst=True, maxFilesPerTrigger=2
    ),
    "latest first by bytes": Case(SIX, latestFirst=True, maxBytesPerTrigger=3 * BYTES),
    "latest first takes all ages when limited": Case(
        days(1, 20), latestFirst=True, maxFilesPerTrigger=1
    ),
    "latest first takes all ages by bytes": Case(
        days(1, 20), latestFirst=True, maxBytesPerTrigger=1
    ),
    "latest first, limited, later old ones": Case(
        days(20), days(1), latestFirst=True, maxFilesPerTrigger=1
    ),
    "latest first, unlimited, later old ones": Case(days(20), days(1, 15), latestFirst=True),
    "age of a week": Case(days(1, 20), days(2, 12, 13, 14, 30), days(22, 23)),
    "age, within the first listing": Case(days(1, 20, 30), maxFilesPerTrigger=1),
    "age, within the first listing, from the newest": Case(days(1, 20, 30), latestFirst=True),
    "age given": Case(days(10), days(7, 8, 9), days(13), days(11, 12), maxFileAge="2d"),
    "age in weeks": Case(days(40), days(11, 12, 13), maxFileAge="4 weeks"),
    "age in milliseconds": Case(days(10), days(8, 9), maxFileAge=str(DAY * 1000)),
    "age of 0": Case(days(10), days(9, 10, 11), maxFileAge="0s"),
    "age is no duration": Case(SIX, maxFileAge="old"),
    "negative age": Case(SIX, maxFileAge="-1d"),
    "age empty": Case(SIX, maxFileAge=""),
    "forgotten and written again": Case(
        days(1), days(20), [("d1", 21, 1)], [("d20", 22, 1)], maxFileAge="1d"
    ),
    "base names, at once": Case(TWO_OF_A_NAME, fileNameOnly=True, **BELOW),
    "base names, one by one": Case(
        TWO_OF_A_NAME, fileNameOnly=True, maxFilesPerTrigger=1, maxCachedFiles=0, **BELOW
    ),
    "base names, one by one from a queue": Case(
        TWO_OF_A_NAME, fileNameOnly=True, maxFilesPerTrigger=1, **BELOW
    ),
    "base names, one by one while running": Case(
        TWO_OF_A_NAME, during={9: []}, fileNameOnly=True, maxFilesPerTrigger=1, **BELOW
    ),
    "age with a space": Case(days(10), days(7, 8, 9), maxFileAge="2 days"),
    "age in days": Case(days(10), days(7, 8, 9), maxFileAge="2D"),
    "age in hours": Case(days(10), days(7, 8, 9), maxFileAge="48h"),
    "age in minutes": Case(days(10), days(7, 8, 9), maxFileAge="2880m"),
    "age in min": Case(days(10), days(7, 8, 9), maxFileAge="2880min"),
    "age in seconds": Case(days(10), days(7, 8, 9), maxFileAge="172800s"),
    "age in ms": Case(days(10), days(7, 8, 9), maxFileAge=" 172800000ms "),
    "age in us": Case(days(10), days(7, 8, 9), maxFileAge="172800000000us"),
    "age in words": Case(days(10), days(7, 8, 9), maxFileAge="2days"),
    "age in fractions": Case(days(10), days(7, 8, 9), maxFileAge="1.5d"),
    "base names, later": Case(
        [("x/one", 1, 1)], [("y/one", 2, 1), ("y/two", 3, 1)], fileNameOnly=True, **BELOW
    ),
    "whole paths, later": Case([("x/one", 1, 1)], [("y/one", 2, 1)], **BELOW),
    "base names of a glob": Case(
        [("x/one", 1, 1)], [("y/one", 2, 1), ("y/two", 3, 1)], path="*", fileNameOnly=True
    ),
    "queue": Case(SIX, during=OLDER, maxFilesPerTrigger=2),
    "queue of 0": Case(SIX, during=OLDER, maxFilesPerTrigger=2, maxCachedFiles=0),
    "queue of 1": Case(SIX, during=OLDER, maxFilesPerTrigger=2, maxCachedFiles=1),
    "queue of 2": Case(SIX, during=OLDER, maxFilesPerTrigger=2, maxCachedFiles=2),
    "queue of 3": Case(SIX, during=OLDER, maxFilesPerTrigger=2, maxCachedFiles=3),
    "queue, read at once": Case(SIX, maxFilesPerTrigger=2, maxCachedFiles=3),
    "short rest discarded": Case(days(1, 2, 3, 4, 5), during=OLDER, maxFilesPerTrigger=4,
                                 discardCachedInputRatio=0.5),
    "long rest kept": Case(SIX, during=OLDER, maxFilesPerTrigger=4, discardCachedInputRatio=0.5),
    "rest kept without a ratio": Case(
        days(1, 2, 3, 4, 5), during=OLDER, maxFilesPerTrigger=4, discardCachedInputRatio=0
    ),
    "rest always discarded": Case(
        SIX, during=OLDER, maxFilesPerTrigger=2, discardCachedInputRatio=1
    ),
    "rest of the default ratio": Case(SIX, during=OLDER, maxFilesPerTrigger=5),
    "queue by bytes": Case(SIX, during=OLDER, maxBytesPerTrigger=2 * BYTES),
    "queue by bytes of 0": Case(
        SIX, during=OLDER, maxBytesPerTrigger=2 * BYTES, maxCachedFiles=0
    ),
    "short rest by bytes": Case(
        days(1, 2, 3, 4, 5), during=OLDER, maxBytesPerTrigger=4 * BYTES, discardCachedInputRatio=0.5
    ),
    "long rest by bytes": Case(
        SIX, during=OLDER, maxBytesPerTrigger=4 * BYTES, discardCachedInputRatio=0.5
    ),
    "ratio above 1": Case(SIX, maxFilesPerTrigger=2, discardCachedInputRatio=1.5),
    "negative ratio": Case(SIX, maxFilesPerTrigger=2, discardCachedInputRatio=-0.1),
    "ratio is no number": Case(SIX, maxFilesPerTrigger=2, discardCachedInputRatio="x"),
    "negative queue": Case(SIX, maxFilesPerTrigger=2, maxCachedFiles=-1),
    "queue is no number": Case(SIX, maxFilesPerTrigger=2, maxCachedFiles="x"),
    "bytes, one file at least": Case(days(1, 2, lines=5) + days(3, 4), maxBytesPerTrigger=1),
    "bytes, exactly": Case(SIX, maxBytesPerTrigger=3 * BYTES),
    "bytes, one short": Case(SIX, maxBytesPerTrigger=3 * BYTES - 1),
    "bytes end with the first that is too much": Case(
        [("a", 1, 1), ("b", 2, 4), ("c", 3, 1), ("d", 4, 1)], maxBytesPerTrigger=2 * BYTES
    ),
    "bytes of 0": Case(SIX, maxBytesPerTrigger=0),
    "negative bytes": Case(SIX, maxBytesPerTrigger=-5),
    "bytes with a unit": Case(SIX, maxBytesPerTrigger="1k"),
    "bytes are no number": Case(SIX, maxBytesPerTrigger="x"),
    "more bytes than an int holds": Case(SIX, maxBytesPerTrigger=1 << 40),
    "files of 0": Case(SIX, maxFilesPerTrigger=0),
    "negative files": Case(SIX, maxFilesPerTrigger=-1),
    "files are no number": Case(SIX, maxFilesPerTrigger="x"),
    "more files than an int holds": Case(SIX, maxFilesPerTrigger=1 << 40),
    "files and bytes": Case(SIX, maxFilesPerTrigger=2, maxBytesPerTrigger=20),
    "latest first is no flag": Case(SIX, latestFirst="x"),
    "latest first empty": Case(SIX, latestFirst=""),
    "base names are no flag": Case(SIX, fileNameOnly="1"),
    "flags in capitals": Case(SIX, LATESTFIRST="TRUE"),
}


def put(directory, files):
    for name, day, lines in files:
        path = directory / name
        path.parent.mkdir(parents=True, exist_ok=True)
        hidden = path.with_name("." + path.name)
        hidden.write_text("12345678.\n" * lines)
        os.utime(hidden, (NOW + day * DAY, NOW + day * DAY))
        hidden.rename(path)


def batches(checkpoint):
    """The names of the files in each entry of the source's log."""
    log = checkpoint / "sources" / "0"
    taken = {}
    for path in log.glob("[0-9]*"):
        for line in path.read_text().split("\n")[1:]:
            entry = json.loads(line)
            names = taken.setdefault(entry["batchId"], [])
            if entry["path"] not in names:  # a compacted file repeats it
                names.append(entry["path"])
    return [[re.sub(r".*/in/", "", name) for name in taken[i]] for i in sorted(taken)]


def start(spark, place, case, sink):
    rows = spark.readStream.format("text").options(**case.options).load(str(place / "in" / case.path))
    return sink(rows.writeStream.option("checkpointLocation", str(place / "checkpoint")))


def answer(spark, place, case):
    """The batches after each run, or the kind of the error."""
    source = place / "in"
    source.mkdir(parents=True)
    after_runs = []
    try:
        for files in case.steps:
            put(source, files)
            if case.during:
                def batch(rows, number):
                    rows.collect()
                    put(source, case.during.get(number, []))

                query = start(spark, place, case, lambda writer: writer.foreachBatch(batch).start())
                try:
                    query.processAllAvailable()
                    query.processAllAvailable()
                finally:
                    query.stop()
            else:
                query = start(
                    spark, place, case,
                    lambda writer: writer.format("noop").trigger(availableNow=True).start(),
                )
                query.awaitTermination()
            after_runs.append(batches(place / "checkpoint"))
    except PySparkException as error:
        return {"error": type(error).__name__}
    # Each run adds to what was there.
    return [run[len(before):] for before, run in zip([[], *after_runs], after_runs)]


def all_answers(spark, directory):
    return {
        name: answer(spark, directory / str(number), case)
        for number, (name, case) in enumerate(CASES.items())
    }


if __name__ == "__main__":
    from pyspark.sql import SparkSession

    session = SparkSession.builder.remote(sys.argv[1]).getOrCreate()
    with tempfile.TemporaryDirectory() as scratch:
        recorded = all_answers(session, pathlib.Path(scratch))
    json.dump(recorded, sys.stdout, indent=1)
    print()
    session.stop()
