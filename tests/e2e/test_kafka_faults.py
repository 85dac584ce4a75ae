"""Kafka pipelines while brokers and servers die: nothing is lost, nor twice with transactions."""

import collections
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


KILLS = 4


@pytest.mark.timeout(600)
@pytest.mark.parametrize("exactly_once", [False, True])
def test_server_is_killed_under_load(start_server, tmp_path, kafka, exactly_once):
    source, target = kafka.create_topic(2), kafka.create_topic(2)
    options = {"headrace__exactlyOnce": str(exactly_once).lower()}
    with Load(kafka, source) as load:
        for kill in range(KILLS):
            server = start_server()
            session = connect(server.url)
            query = pass_through(kafka, session, source, target, tmp_path, **options).start()
            await_batches(query, 2 + kill)
            server.kill()
    session = connect(start_server().url)
    run_once(pass_through(kafka, session, source, target, tmp_path, **options))
    disconnect(session)
    found = [int(value) for value in kafka.values(target)]
    assert set(found) == set(range(load.sent))
    if exactly_once:
        assert len(found) == load.sent
    else:
        # Only the batch that was under way is written again, once a kill.
        assert max(collections.Counter(found).values()) <= 1 + KILLS


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
