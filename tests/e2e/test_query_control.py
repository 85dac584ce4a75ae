"""Watching and stopping streaming queries."""

import threading

import pytest
from pyspark.sql import functions as F

from test_streaming import run_once, to_memory, write_lines


@pytest.fixture
def query(spark, tmp_path):
    write_lines(tmp_path / "in", "1.txt", "a", "b", "a")
    stream = spark.readStream.text(str(tmp_path / "in")).groupBy("value").count()
    query = to_memory(stream, "watched", "complete").start()
    query.processAllAvailable()
    return query


def test_identity(spark, query):
    assert query.name == "watched"
    assert query.id != query.runId
    assert query.isActive
    assert [q.id for q in spark.streams.active] == [query.id]
    assert spark.streams.get(query.id).runId == query.runId
    query.stop()
    assert not query.isActive
    assert spark.streams.active == []


def test_status(query):
    assert set(query.status) >= {"message", "isDataAvailable", "isTriggerActive"}
    query.stop()
    assert query.status["message"] == "Stopped"


def test_progress(query):
    progress = next(p for p in query.recentProgress if p["numInputRows"] > 0)
    assert progress["id"] == query.id and progress["runId"] == query.runId
    assert progress["name"] == "watched"
    assert progress["batchId"] == 0
    assert progress["numInputRows"] == 3
    assert progress["timestamp"].endswith("Z") and len(progress["timestamp"]) == 24
    durations = progress["durationMs"]
    assert set(durations) == {
        "addBatch",
        "commitOffsets",
        "getBatch",
        "latestOffset",
        "queryPlanning",
        "triggerExecution",
        "walCommit",
    }
    assert progress["batchDuration"] >= durations["addBatch"]
    (source,) = progress["sources"]
    assert source["description"].startswith("FileStreamSource[file:")
    # 4.0 prints what it reads, 4.3 keeps the JSON text.
    assert source["startOffset"] in (None, "None", "null")
    assert source["numInputRows"] == 3
    (operator,) = progress["stateOperators"]
    assert operator["operatorName"] == "stateStoreSave"
    assert operator["numRowsTotal"] == 2 and operator["numRowsUpdated"] == 2
    assert operator["memoryUsedBytes"] > 0
    assert progress["sink"]["description"].startswith("MemorySink")
    assert progress["sink"]["numOutputRows"] == 2
    assert query.lastProgress["batchId"] >= 0


def test_queries_can_be_asked_after_their_end(query):
    query.stop()
    assert query.exception() is None
    assert query.lastProgress is not None
    assert query.awaitTermination(1) is True
    query.awaitTermination()


def test_explain(query, capsys):
    query.explain()
    assert "StateStoreSave" in capsys.readouterr().out
    query.explain(True)
    assert "== Physical Plan ==" in capsys.readouterr().out


def test_await_termination_times_out(query):
    assert query.awaitTermination(1) is False
    assert query.isActive


def test_await_any_termination(spark, query):
    spark.streams.resetTerminated()
    assert spark.streams.awaitAnyTermination(1) is False
    query.stop()
    assert spark.streams.awaitAnyTermination(10) is True
    spark.streams.resetTerminated()
    assert spark.streams.awaitAnyTermination(1) is False


def test_names_are_unique_while_active(spark, query, tmp_path):
    from pyspark.errors import PySparkException

    stream = spark.readStream.text(str(tmp_path / "in"))
    with pytest.raises(PySparkException, match="watched"):
        to_memory(stream, "watched").start()


def test_failure_is_told(spark, tmp_path):
    from pyspark.errors import StreamingQueryException

    write_lines(tmp_path / "in", "1.txt", "no number")
    spark.conf.set("spark.sql.ansi.enabled", "true")
    stream = spark.readStream.text(str(tmp_path / "in")).select(F.col("value").cast("int"))
    query = stream.writeStream.format("noop").start()
    with pytest.raises(StreamingQueryException, match="CAST_INVALID_INPUT"):
        query.awaitTermination()
    assert not query.isActive
    error = query.exception()
    assert isinstance(error, StreamingQueryException)
    assert "CAST_INVALID_INPUT" in str(error)
    with pytest.raises(StreamingQueryException):
        query.processAllAvailable()


def test_listeners(spark, client_version, tmp_path):
    if client_version < (4, 0):
        pytest.skip("clients before 4.0 run listeners in a Python process of the server")
    from pyspark.sql.streaming import StreamingQueryListener

    seen = []

    class Listener(StreamingQueryListener):
        def onQueryStarted(self, event):
            seen.append(("started", str(event.runId)))

        def onQueryProgress(self, event):
            seen.append(("progress", event.progress.numInputRows))

        def onQueryIdle(self, event):
            pass

        def onQueryTerminated(self, event):
            seen.append(("terminated", event.exception))

    listener = Listener()
    spark.streams.addListener(listener)
    write_lines(tmp_path / "in", "1.txt", "x", "y")
    query = run_once(spark.readStream.text(str(tmp_path / "in")).writeStream.format("noop"))
    spark.streams.removeListener(listener)
    assert seen[0] == ("started", str(query.runId))
    assert ("progress", 2) in seen
    assert seen[-1] == ("terminated", None)


@pytest.mark.newest_client
@pytest.mark.parametrize("end", ["stop", "awaitTermination", "awaitAnyTermination"])
def test_a_slow_listener_hears_of_the_end_before_the_program_goes_on(spark, tmp_path, end):
    """Removing the last listener would hang in the client if an event were still on its way."""
    from pyspark.sql.streaming import StreamingQueryListener

    seen = []

    class Listener(StreamingQueryListener):
        def onQueryStarted(self, event):
            pass

        def onQueryProgress(self, event):
            threading.Event().wait(0.05)
            seen.append(event.progress.batchId)

        def onQueryIdle(self, event):
            pass

        def onQueryTerminated(self, event):
            seen.append("terminated")

    listener = Listener()
    spark.streams.resetTerminated()
    spark.streams.addListener(listener)
    write_lines(tmp_path / "in", "1.txt", "x", "y")
    writer = spark.readStream.text(str(tmp_path / "in")).writeStream.format("noop")
    if end == "stop":
        query = writer.start()
        query.processAllAvailable()
        assert seen[0] == 0
        query.stop()
    else:
        query = writer.trigger(availableNow=True).start()
        query.awaitTermination() if end == "awaitTermination" else spark.streams.awaitAnyTermination()
    spark.streams.removeListener(listener)
    assert seen == [0, "terminated"]


@pytest.mark.newest_client
def test_several_listeners_and_one_that_raises(spark, tmp_path):
    """Each hears of everything, in order; what one raises is no concern of the others."""
    from pyspark.sql.streaming import StreamingQueryListener

    class Listener(StreamingQueryListener):
        def __init__(self, raises=False):
            self.seen, self.raises = [], raises

        def note(self, *what):
            self.seen.append(what)
            if self.raises:
                raise ValueError("a listener's own trouble")

        def onQueryStarted(self, event):
            self.note("started", event.name)

        def onQueryProgress(self, event):
            self.note(event.progress.name, event.progress.batchId)

        def onQueryIdle(self, event):
            pass

        def onQueryTerminated(self, event):
            self.note("terminated", event.errorClassOnException)

    listeners = [Listener(), Listener(raises=True), Listener()]
    for listener in listeners:
        spark.streams.addListener(listener)
    for number in range(3):
        write_lines(tmp_path / "in", f"{number}.txt", "1")
    write_lines(tmp_path / "in", "3.txt", "no number")
    spark.conf.set("spark.sql.ansi.enabled", "true")
    lines = spark.readStream.option("maxFilesPerTrigger", 1).text(str(tmp_path / "in"))

    def run(name, stream):
        query = (
            stream.writeStream.format("noop").queryName(name).trigger(availableNow=True).start()
        )
        try:
            query.awaitTermination()
        except Exception:
            pass

    run("good", lines)
    spark.streams.removeListener(listeners[2])
    run("bad", lines.select(F.col("value").cast("int")))
    for listener in listeners[:2]:
        spark.streams.removeListener(listener)
    good = [("started", "good"), *[("good", batch) for batch in range(4)], ("terminated", None)]
    assert listeners[2].seen == good
    assert listeners[0].seen[: len(good)] == good
    assert listeners[0].seen[len(good)] == ("started", "bad")
    assert listeners[0].seen[-1][0] == "terminated" and listeners[0].seen[-1][1]
    assert listeners[1].seen == listeners[0].seen
    assert not spark.streams.active


def test_listener_of_3_5(spark, client_version, tmp_path):
    """It runs in a process of the server and is seen by what it writes."""
    if client_version >= (4, 0):
        pytest.skip("clients from 4.0 on run listeners themselves")
    import json

    from pyspark.sql.streaming import StreamingQueryListener

    log = str(tmp_path / "log")

    class Listener(StreamingQueryListener):
        def note(self, *what):
            with open(log, "a") as file:
                print(json.dumps(what), file=file)

        def onQueryStarted(self, event):
            self.note("started", str(event.runId))

        def onQueryProgress(self, event):
            self.note("progress", event.progress.numInputRows)

        def onQueryIdle(self, event):
            pass

        def onQueryTerminated(self, event):
            self.note("terminated", event.exception)

    listener = Listener()
    spark.streams.addListener(listener)
    write_lines(tmp_path / "in", "1.txt", "x", "y")
    query = run_once(spark.readStream.text(str(tmp_path / "in")).writeStream.format("noop"))
    spark.streams.removeListener(listener)
    seen = [json.loads(line) for line in open(log)]
    assert seen[0] == ["started", str(query.runId)]
    assert ["progress", 2] in seen
    assert seen[-1] == ["terminated", None]
