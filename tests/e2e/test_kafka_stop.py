"""Queries that wait for a Kafka broker end when they are told to, and by themselves in time."""

import contextlib
import os
import signal
import socket
import threading
import time

import pytest

from conftest import connect, disconnect
from kafka_broker import Broker, free_ports

pytestmark = pytest.mark.newest_client

# stop() fails if the query has not ended by then.
STOP_TIMEOUT = "spark.sql.streaming.stopTimeout"
STOP_MILLISECONDS = "5000"


def rates(session):
    rate = session.readStream.format("rate-micro-batch").option("rowsPerBatch", 5).load()
    return rate.selectExpr("string(value) as value")


def from_kafka(session, servers, checkpoint):
    stream = session.readStream.format("kafka").option("kafka.bootstrap.servers", servers)
    stream = stream.option("subscribe", "anything").option("startingOffsets", "earliest").load()
    return stream.writeStream.format("noop").option("checkpointLocation", str(checkpoint))


def to_kafka(session, servers, checkpoint, **options):
    writer = rates(session).writeStream.format("kafka").option("kafka.bootstrap.servers", servers)
    writer = writer.option("topic", "anything").options(**options)
    return writer.option("checkpointLocation", str(checkpoint))


def once_to_kafka(session, servers, checkpoint):
    return to_kafka(session, servers, checkpoint, **{"headrace.exactlyOnce": "true"})


QUERIES = [from_kafka, to_kafka, once_to_kafka]


def start_all(session, servers, directory):
    return [make(session, servers, directory / make.__name__).start() for make in QUERIES]


@contextlib.contextmanager
def nobody():
    yield f"127.0.0.1:{free_ports(1)}"


@contextlib.contextmanager
def somebody_silent():
    """Takes connections and says nothing."""
    with socket.create_server(("127.0.0.1", 0), backlog=64) as server:
        yield f"127.0.0.1:{server.getsockname()[1]}"


@pytest.mark.parametrize("place", [nobody, somebody_silent])
def test_stop_while_no_broker_answers(spark, tmp_path, place):
    spark.conf.set(STOP_TIMEOUT, STOP_MILLISECONDS)
    with place() as servers:
        for query in start_all(spark, servers, tmp_path):
            query.stop()
            assert query.exception() is None


@pytest.fixture
def own_broker():
    pytest.importorskip("confluent_kafka", reason="this client's environment has no Kafka client")
    broker = Broker()
    broker.start()
    yield broker
    broker.stop()


def under_way(query):
    while not [each for each in query.recentProgress if each["numInputRows"]]:
        assert query.isActive, query.exception()
        time.sleep(0.02)


def test_stop_after_the_broker_froze_and_died(own_broker, start_server, tmp_path):
    server = start_server()
    session = connect(server.url)
    session.conf.set(STOP_TIMEOUT, STOP_MILLISECONDS)
    own_broker.send("anything", ["a", "b"])
    queries = start_all(session, own_broker.servers, tmp_path / "frozen")
    more = start_all(session, own_broker.servers, tmp_path / "dead")
    for query in queries + more:
        under_way(query)
    os.kill(own_broker.pid(), signal.SIGSTOP)
    for query in queries:
        query.stop()
    own_broker.kill()
    for query in more[:1]:
        query.stop()
    # The others go with the server.
    session.interruptAll()
    disconnect(session)
    assert server.stop()[0] == 0


def test_interrupted_read_and_write_leave_the_server_free(start_server):
    server = start_server()
    session = connect(server.url)
    with somebody_silent() as servers:
        reader = session.read.format("kafka").option("kafka.bootstrap.servers", servers)
        reader = reader.option("subscribe", "anything").load()
        writer = session.sql("select 'a' value").write.format("kafka")
        writer = writer.option("kafka.bootstrap.servers", servers).option("topic", "anything")
        failures = []

        def attempt(act):
            try:
                act()
            except Exception as failure:
                failures.append(str(failure))

        acts = [reader.collect, lambda: writer.mode("append").save()]
        threads = [threading.Thread(target=attempt, args=(act,)) for act in acts]
        for thread in threads:
            thread.start()
        interrupted = []
        while len(interrupted) < len(acts):
            interrupted += session.interruptAll()
            time.sleep(0.05)
        for thread in threads:
            thread.join()
        assert all("OPERATION_CANCELED" in failure for failure in failures), failures
        disconnect(session)
        # Its threads are free, or it would wait for them.
        assert server.stop()[0] == 0


def failure_of(query):
    with pytest.raises(Exception) as failure:
        query.awaitTermination(60)
    return str(failure.value)


def test_unreachable_brokers_are_an_error_in_time(spark, tmp_path):
    with nobody() as servers:
        stream = spark.readStream.format("kafka").option("kafka.bootstrap.servers", servers)
        stream = stream.option("subscribe", "anything")
        stream = stream.option("kafka.default.api.timeout.ms", "300").load()
        query = stream.writeStream.format("noop").start()
        assert f"Kafka brokers {servers} do not tell their topics" in failure_of(query)
        late = to_kafka(spark, servers, tmp_path / "sink", **{"kafka.max.block.ms": "300"}).start()
        failure = failure_of(late)
        assert "Topic anything not present in metadata after 300 ms (kafka.max.block.ms)" in failure
        options = {"kafka.max.block.ms": "300", "headrace.exactlyOnce": "true"}
        once = to_kafka(spark, servers, tmp_path / "once", **options).start()
        assert "transaction" in failure_of(once)
