"""State in Python through death and exceptions: after a restart it is what it would have been."""

import multiprocessing
import pathlib

import pytest

from conftest import connect, disconnect, rows
from test_crashes import wait_for
from test_streaming import write_lines

pytestmark = pytest.mark.newest_client

SPAWN = multiprocessing.get_context("spawn")
FILES, KEYS = 9, 5
# Each batch has each key twice, so the counts after it are known.
EXPECTED = sorted(((f"k{k}", 2 * batch) for k in range(KEYS) for batch in range(1, FILES + 1)), key=repr)


def write_events(directory):
    for number in range(FILES):
        write_lines(directory / "in", f"{number:02}.txt", *[f"k{i % KEYS}" for i in range(2 * KEYS)])


def in_pandas(lines, fail):
    from pyspark.sql.streaming.state import GroupStateTimeout

    def count(key, frames, state):
        import pandas

        n = state.get[0] if state.exists else 0
        for frame in frames:
            n += len(frame)
        fail(n)
        state.update((n,))
        yield pandas.DataFrame({"k": [key[0]], "n": [n]})

    grouped = lines.groupBy("value")
    return grouped.applyInPandasWithState(count, "k string, n long", "n long", "append", GroupStateTimeout.NoTimeout)


def of_rows(lines, fail):
    from pyspark.sql.streaming import StatefulProcessor

    class Count(StatefulProcessor):
        def init(self, handle):
            self.state = handle.getValueState("n", "n long")

        def handleInputRows(self, key, rows, timerValues):
            from pyspark.sql import Row

            n = (self.state.get()[0] if self.state.exists() else 0) + len(list(rows))
            fail(n)
            self.state.update((n,))
            yield Row(k=key[0], n=n)

        def close(self):
            pass

    return lines.groupBy("value").transformWithState(Count(), "k string, n long", "append", "None")


KINDS = {"applyInPandasWithState": in_pandas, "transformWithState": of_rows}


def start(session, directory, kind, fail=lambda n: None):
    lines = session.readStream.option("maxFilesPerTrigger", 1).text(str(directory / "in"))
    writer = KINDS[kind](lines, fail).writeStream.format("json").option("path", str(directory / "out"))
    return writer.option("checkpointLocation", str(directory / "checkpoint")).trigger(availableNow=True).start()


def start_and_wait(url, directory, kind):
    start(connect(url), pathlib.Path(directory), kind).awaitTermination()


def counted(session, directory):
    return rows(session.read.schema("k string, n long").json(str(directory / "out")))


def check_counts(session, directory):
    """Each row once. A file that a killed batch had seen may come in one batch with the next one."""
    found = counted(session, directory)
    assert len(set(found)) == len(found)
    assert set(found) <= set(EXPECTED)
    assert {(k, n) for k, n in found if n == 2 * FILES} == {(f"k{k}", 2 * FILES) for k in range(KEYS)}


@pytest.mark.parametrize("kind", KINDS)
def test_kill_9_of_the_server(start_server, tmp_path, kind):
    write_events(tmp_path)
    server = start_server()
    program = SPAWN.Process(target=start_and_wait, args=(server.url, str(tmp_path), kind))
    program.start()
    wait_for((tmp_path / "out" / "_spark_metadata" / "3").exists, server.process)
    server.kill()
    program.kill()
    program.join()
    session = connect(start_server().url)
    start(session, tmp_path, kind).awaitTermination()
    check_counts(session, tmp_path)
    disconnect(session)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("how", ["raise", "kill"])
def test_third_batch_fails(spark, tmp_path, kind, how):
    write_events(tmp_path)
    again = tmp_path / "again"

    def fail(n, again=str(again), how=how):
        import os
        import signal

        if n != 6 or os.path.exists(again):
            return
        if how == "raise":
            raise ValueError("the third batch")
        os.kill(os.getpid(), signal.SIGKILL)

    query = start(spark, tmp_path, kind, fail)
    with pytest.raises(Exception):
        query.awaitTermination()
    reason = "ValueError: the third batch" if how == "raise" else "Python worker exited unexpectedly"
    assert reason in str(query.exception())
    assert len(counted(spark, tmp_path)) == 2 * KEYS
    again.touch()
    start(spark, tmp_path, kind, fail).awaitTermination()
    check_counts(spark, tmp_path)
