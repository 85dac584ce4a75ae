"""A real Apache Kafka broker for tests, and a client of it that is not ours."""

import contextlib
import functools
import json
import pathlib
import socket
import subprocess
import uuid

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
NO_JAVA = 3


def free_ports(count):
    """The first of so many neighbours that are free."""
    for _ in range(100):
        with contextlib.suppress(OSError), contextlib.ExitStack() as probes:
            sockets = [probes.enter_context(socket.socket()) for _ in range(count)]
            sockets[0].bind(("127.0.0.1", 0))
            first = sockets[0].getsockname()[1]
            for distance, probe in enumerate(sockets[1:], 1):
                probe.bind(("127.0.0.1", first + distance))
            return first
    raise OSError(f"no {count} free ports side by side")


class Broker:
    def __init__(self, secrets=None):
        """`secrets`: the directory of a broker that can be logged in to (scripts/kafka.sh)."""
        self.secrets = secrets
        self.port = free_ports(5 if secrets else 2)
        self.servers = f"127.0.0.1:{self.port}"

    def _run(self, command, *arguments):
        return subprocess.run(
            [ROOT / "scripts" / "kafka.sh", command, str(self.port), *arguments],
            capture_output=True,
            text=True,
            timeout=300,
        )

    def start(self):
        started = self._run("start", *([self.secrets] if self.secrets else []))
        if started.returncode == NO_JAVA:
            pytest.skip(started.stderr.strip())
        assert started.returncode == 0, started.stderr

    def pid(self):
        """Of the broker's process, while it runs."""
        answer = self._run("pid")
        assert answer.returncode == 0, answer.stderr
        return int(answer.stdout)

    def kill(self):
        assert self._run("kill").returncode == 0

    def stop(self):
        self._run("stop")

    @functools.cached_property
    def admin(self):
        from confluent_kafka.admin import AdminClient

        return AdminClient({"bootstrap.servers": self.servers})

    def create_topic(self, partitions=1, prefix="topic", **configuration):
        from confluent_kafka.admin import NewTopic

        name = f"{prefix}-{uuid.uuid4().hex[:8]}"
        topic = NewTopic(name, partitions, 1, config=configuration)
        for future in self.admin.create_topics([topic]).values():
            future.result(30)
        return name

    def delete_topic(self, name):
        for future in self.admin.delete_topics([name]).values():
            future.result(30)

    def add_partitions(self, name, total):
        from confluent_kafka.admin import NewPartitions

        for future in self.admin.create_partitions([NewPartitions(name, total)]).values():
            future.result(30)

    def delete_records(self, name, partition, before):
        """Removes what lies before an offset, as retention would."""
        from confluent_kafka import TopicPartition

        wanted = [TopicPartition(name, partition, before)]
        for future in self.admin.delete_records(wanted).values():
            future.result(30)

    def send(self, topic, values, partition=None, keys=None, headers=None, timestamp=None):
        from confluent_kafka import Producer

        producer = Producer({"bootstrap.servers": self.servers})
        for i, value in enumerate(values):
            optional = {}
            if partition is not None:
                optional["partition"] = partition
            if timestamp is not None:
                optional["timestamp"] = timestamp + i
            producer.produce(
                topic, value, key=keys[i] if keys else None, headers=headers, **optional
            )
            producer.poll(0)
        assert producer.flush(60) == 0

    def send_transaction(self, topic, values, commit=True):
        from confluent_kafka import Producer

        producer = Producer(
            {"bootstrap.servers": self.servers, "transactional.id": uuid.uuid4().hex}
        )
        producer.init_transactions(60)
        producer.begin_transaction()
        for value in values:
            producer.produce(topic, value, partition=0)
        producer.flush(60)
        if commit:
            producer.commit_transaction(60)
        else:
            producer.abort_transaction(60)

    def messages(self, topic, isolation="read_committed"):
        """All messages that are there now, partition after partition."""
        from confluent_kafka import OFFSET_BEGINNING, Consumer, KafkaError, TopicPartition

        consumer = Consumer(
            {
                "bootstrap.servers": self.servers,
                "group.id": uuid.uuid4().hex,
                "isolation.level": isolation,
                "enable.auto.commit": False,
                "enable.partition.eof": True,
            }
        )
        try:
            known = consumer.list_topics(topic, timeout=30).topics[topic].partitions
            consumer.assign([TopicPartition(topic, each, OFFSET_BEGINNING) for each in known])
            ended, found = set(), []
            while len(ended) < len(known):
                message = consumer.poll(60)
                assert message is not None, f"the broker says nothing about {topic}"
                if message.error() is None:
                    found.append(message)
                elif message.error().code() == KafkaError._PARTITION_EOF:
                    ended.add(message.partition())
                else:
                    raise AssertionError(message.error())
            return found
        finally:
            consumer.close()

    def committed(self, group, topic):
        from confluent_kafka import Consumer, TopicPartition

        consumer = Consumer({"bootstrap.servers": self.servers, "group.id": group})
        try:
            return consumer.committed([TopicPartition(topic, 0)], timeout=30)[0].offset
        finally:
            consumer.close()

    def values(self, topic, isolation="read_committed"):
        return sorted(message.value().decode() for message in self.messages(topic, isolation))

    # Programs

    def read(self, session, streaming=True, **options):
        reader = session.readStream if streaming else session.read
        reader = reader.format("kafka").option("kafka.bootstrap.servers", self.servers)
        return reader.options(**{name.replace("__", "."): v for name, v in options.items()}).load()

    def write(self, dataframe, checkpoint, **options):
        writer = dataframe.writeStream.format("kafka")
        writer = writer.option("kafka.bootstrap.servers", self.servers)
        writer = writer.option("checkpointLocation", str(checkpoint))
        return writer.options(**{name.replace("__", "."): v for name, v in options.items()})


def offsets_json(topic, offsets):
    return json.dumps({topic: {str(partition): offset for partition, offset in offsets.items()}})
