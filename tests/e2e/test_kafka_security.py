"""Kafka with logins and certificates: who may in, what those hear who may not, and no secret told."""

import json
import subprocess

import pytest
from pyspark.sql import functions as F

from certificates import Authority
from conftest import connect, disconnect, rows
from kafka_broker import Broker
from test_streaming import run_once

pytestmark = pytest.mark.newest_client

PASSWORD = "a-password-that-nobody-may-see"
STORE_PASSWORD = "another-that-opens-the-store"
MODULES = "org.apache.kafka.common.security"


@pytest.fixture(scope="module")
def secured(tmp_path_factory):
    pytest.importorskip("confluent_kafka", reason="this client's environment has no Kafka client")
    secrets = tmp_path_factory.mktemp("secrets")
    authority = Authority(secrets)
    authority.issue("broker", host="localhost")
    authority.issue("client")
    authority.issue_pkcs12("stored", STORE_PASSWORD)
    Authority(secrets / "stranger").issue("client")
    (secrets / "password").write_text(PASSWORD)
    broker = Broker(secrets)
    broker.start()
    yield broker
    broker.stop()


def jaas(mechanism, password=PASSWORD):
    module = "plain.PlainLoginModule" if mechanism == "PLAIN" else "scram.ScramLoginModule"
    return f'{MODULES}.{module} required username="alice" password="{password}";'


def login(broker, mechanism, password=PASSWORD, port=2, **options):
    return {
        "kafka.bootstrap.servers": f"localhost:{broker.port + port}",
        "kafka.security.protocol": "SASL_PLAINTEXT",
        "kafka.sasl.mechanism": mechanism,
        "kafka.sasl.jaas.config": jaas(mechanism, password),
        **options,
    }


def trust(broker, authority="ca.pem"):
    return {
        "kafka.ssl.truststore.type": "PEM",
        "kafka.ssl.truststore.location": str(broker.secrets / authority),
    }


def certificate(broker, host="localhost", trusted="ca.pem", **options):
    return {
        "kafka.bootstrap.servers": f"{host}:{broker.port + 3}",
        "kafka.security.protocol": "SSL",
        **trust(broker, trusted),
        **options,
    }


def pem(broker, name="client.pem"):
    return {
        "kafka.ssl.keystore.type": "PEM",
        "kafka.ssl.keystore.location": str(broker.secrets / name),
    }


def inline(broker):
    """As the Java client takes keys without files."""
    secrets = broker.secrets
    return {
        "kafka.ssl.keystore.type": "PEM",
        "kafka.ssl.keystore.certificate.chain": (secrets / "client.crt").read_text(),
        "kafka.ssl.keystore.key": (secrets / "client.key").read_text(),
        "kafka.ssl.truststore.type": "PEM",
        "kafka.ssl.truststore.certificates": (secrets / "ca.pem").read_text(),
    }


def pkcs12(broker, password=STORE_PASSWORD):
    return {
        "kafka.ssl.keystore.type": "PKCS12",
        "kafka.ssl.keystore.location": str(broker.secrets / "stored.p12"),
        "kafka.ssl.keystore.password": password,
    }


WELCOME = {
    "plain": lambda broker: login(broker, "PLAIN"),
    "scram-256": lambda broker: login(broker, "SCRAM-SHA-256"),
    "scram-512": lambda broker: login(broker, "SCRAM-SHA-512"),
    "login over ssl": lambda broker: login(
        broker, "SCRAM-SHA-512", port=4, **trust(broker), **{"kafka.security.protocol": "SASL_SSL"}
    ),
    "pem": lambda broker: certificate(broker, **pem(broker)),
    "pem in options": lambda broker: {**certificate(broker), **inline(broker)},
    "pkcs12": lambda broker: certificate(broker, **pkcs12(broker)),
    "any host name": lambda broker: certificate(
        broker, "127.0.0.1", **pem(broker), **{"kafka.ssl.endpoint.identification.algorithm": ""}
    ),
}


@pytest.mark.parametrize("way", WELCOME)
def test_way_in(secured, spark, way):
    options = WELCOME[way](secured)
    topic = secured.create_topic()
    lines = spark.createDataFrame([("one",), ("two",)], "value string")
    lines.write.format("kafka").options(**options).option("topic", topic).mode("append").save()
    assert secured.values(topic) == ["one", "two"]
    batch = spark.read.format("kafka").options(**options).option("subscribe", topic).load()
    assert rows(batch.select(F.col("value").cast("string"))) == [("one",), ("two",)]


@pytest.mark.timeout(120)
def test_exactly_once_with_a_login_tells_no_secret(secured, start_server, tmp_path):
    source, target = secured.create_topic(), secured.create_topic()
    secured.send(source, ["one", "two"])
    options = login(secured, "SCRAM-SHA-256")
    server = start_server()
    session = connect(server.url)
    stream = session.readStream.format("kafka").options(**options)
    stream = stream.option("subscribe", source).option("startingOffsets", "earliest").load()
    writer = stream.writeStream.format("kafka").options(**options).option("topic", target)
    writer = writer.option("headrace.exactlyOnce", "true")
    query = run_once(writer.option("checkpointLocation", str(tmp_path / "checkpoint")))
    assert secured.values(target) == ["one", "two"]
    told = [json.dumps(each, default=str) for each in query.recentProgress]
    told += [str(query.status), stream._explain_string(extended=True), server.log()]
    files = (tmp_path / "checkpoint").glob("*/*")
    told += [path.read_text(errors="replace") for path in files if path.is_file()]
    shown = [server.process.args[0], "checkpoint", "show", tmp_path / "checkpoint"]
    told.append(subprocess.run(shown, capture_output=True, text=True, check=True).stdout)
    disconnect(session)
    assert not [text for text in told if PASSWORD in text]


TURNED_AWAY = {
    "wrong password, PLAIN": (
        lambda broker: login(broker, "PLAIN", "guessed-password"),
        "kafka.sasl.jaas.config",
    ),
    "wrong password, SCRAM": (
        lambda broker: login(broker, "SCRAM-SHA-256", "guessed-password"),
        "kafka.sasl.jaas.config",
    ),
    "stranger's authority": (
        lambda broker: certificate(broker, trusted="stranger/ca.pem", **pem(broker)),
        "kafka.ssl.truststore.location",
    ),
    "stranger's certificate": (
        lambda broker: certificate(broker, **pem(broker, "stranger/client.pem")),
        "kafka.ssl.keystore.location",
    ),
    "no certificate": (lambda broker: certificate(broker), "kafka.ssl.keystore.location"),
    "other host name": (
        lambda broker: certificate(broker, "127.0.0.1", **pem(broker)),
        "kafka.ssl.endpoint.identification.algorithm",
    ),
    "wrong password of the store": (
        lambda broker: certificate(broker, **pkcs12(broker, "guessed-password")),
        "kafka.ssl.keystore.password",
    ),
}


@pytest.mark.timeout(60)
@pytest.mark.parametrize("who", TURNED_AWAY)
def test_turned_away(secured, spark, who):
    options, setting = TURNED_AWAY[who][0](secured), TURNED_AWAY[who][1]
    reader = spark.read.format("kafka").options(**options).option("subscribe", "any").load()
    writer = spark.sql("select 'a' value").write.format("kafka").options(**options)
    for act in (reader.collect, writer.option("topic", "any").mode("append").save):
        with pytest.raises(Exception) as failure:
            act()
        text = str(failure.value)
        assert setting in text
        assert "guessed-password" not in text and PASSWORD not in text
