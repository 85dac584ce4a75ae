"""Kafka pipelines while brokers and servers die: nothing is lost, nor twice with transactions."""

import collections
import json
import os
import random
import threading
import time

import pytest

from conftest import connect, disconnect
from kafka_broker import Broker
from test_streaming import run_once

pytestmark = pytest.mark.newest_client


def pass_through(kafka, session, source, target, checkpoint, **options):
    stream = kafka.read(session, subscribe=source, startingOffsets="earliest")
    values = stream.selectExpr("value")
    return kafka.write(values, checkpoint, topic=target, **options)


@pytest.mark.timeout(300)
def test_broker_dies_and_comes_back(start_server, tmp_path, kafka):
    broker = Broker()
    broker.start()
    session = connect(start_server().url)
    try:
        source, target = broker.create_topic(2), broker.create_topic()
        query = pass_through(broker, session, source, target, tmp_path).start()
        broker.send(source, [f"a{i}" for i in range(100)])
        query.processAllAvailable()
        broker.kill()
        broker.start()
        broker.send(source, [f"b{i}" for i in range(100)])
        query.processAllAvailable()
        assert query.isActive, query.exception()
        query.stop()
        found = broker.values(target)
        # A batch that was under way may be there twice, none may be missing.
        assert set(found) == {f"{letter}{i}" for letter in "ab" for i in range(100)}
    finally:
        disconnect(session)
        broker.stop()


class Load:
    """Sends numbers until it is told to stop."""

    def __init__(self, kafka, topic):
        self.sent = 0
        self._kafka, self._topic = kafka, topic
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._send)

    def _send(self):
        while not self._stop.is_set():
            numbers = range(self.sent, self.sent + 200)
            self._kafka.send(self._topic, [str(i) for i in numbers])
            self.sent = numbers.stop

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._stop.set()
        self._thread.join()


def await_batches(query, count):
    while len([p for p in query.recentProgress if p["numInputRows"]]) < count:
        assert query.isActive, query.exception()
        time.sleep(0.02)


def ranges_at_risk(checkpoint):
    """What the batch reads that is logged and not committed: (partition, offset) pairs."""

    def newest(folder):
        numbers = [int(path.name) for path in (checkpoint / folder).glob("[0-9]*")]
        return max(numbers, default=-1)

    def offsets(path):
        (partitions,) = json.loads(path.read_text().splitlines()[-1]).values()
        return {int(partition): offset for partition, offset in partitions.items()}

    batch = newest("offsets")
    if batch <= newest("commits"):
        return set()
    ends = offsets(checkpoint / "offsets" / str(batch))
    before = checkpoint / "offsets" / str(batch - 1)
    starts = offsets(before) if batch > 0 else {}
    return {(part, offset) for part in ends for offset in range(starts.get(part, 0), ends[part])}


# HEADRACE_KILLS=50 makes it a long series.
KILLS = int(os.environ.get("HEADRACE_KILLS", "4"))


@pytest.mark.timeout(120 + 60 * KILLS)
@pytest.mark.parametrize("exactly_once", [False, True])
def test_server_is_killed_under_load(start_server, tmp_path, kafka, exactly_once):
    source, target = kafka.create_topic(2), kafka.create_topic(2)
    checkpoint = tmp_path / "checkpoint"
    options = {"headrace__exactlyOnce": str(exactly_once).lower()}
    moment = random.Random(KILLS)
    at_risk = collections.Counter()
    with Load(kafka, source) as load:
        for _ in range(KILLS):
            server = start_server()
            session = connect(server.url)
            query = pass_through(kafka, session, source, target, checkpoint, **options).start()
            await_batches(query, 2)
            # Anywhere within a batch.
            time.sleep(moment.random() * 0.05)
            server.kill()
            at_risk.update(ranges_at_risk(checkpoint))
    session = connect(start_server().url)
    run_once(pass_through(kafka, session, source, target, checkpoint, **options))
    disconnect(session)
    found = collections.Counter(int(value) for value in kafka.values(target))
    assert set(found) == set(range(load.sent))
    if exactly_once:
        assert found.total() == load.sent
        return
    # No row comes again but those of the batch that was under way, and these once a kill.
    place = {int(m.value()): (m.partition(), m.offset()) for m in kafka.messages(source)}
    again = {place[number]: times - 1 for number, times in found.items() if times > 1}
    print(f"{load.sent} sent, {KILLS} kills, {sum(again.values())} rows came again")
    assert all(times <= at_risk[where] for where, times in again.items())


CRASH_POINTS = ["offset-log.synced", "sink.prepared", "state.all-committed", "sink.committed"]


@pytest.mark.timeout(300)
@pytest.mark.parametrize("point", CRASH_POINTS)
def test_exactly_once_through_a_crash_at(start_server, tmp_path, kafka, point):
    source, target = kafka.create_topic(), kafka.create_topic()
    exactly_once = {"headrace__exactlyOnce": "true"}
    kafka.send(source, ["a", "b"])
    server = start_server({"HEADRACE_INJECT": f"{point}=crash"})
    session = connect(server.url)
    pass_through(kafka, session, source, target, tmp_path, **exactly_once).start()
    server.process.wait(60)
    assert server.process.returncode == 137
    kafka.send(source, ["c"])
    session = connect(start_server().url)
    run_once(pass_through(kafka, session, source, target, tmp_path, **exactly_once))
    disconnect(session)
    assert kafka.values(target) == ["a", "b", "c"]
