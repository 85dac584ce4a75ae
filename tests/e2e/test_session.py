"""Connecting, configuration, the life of a session."""

import sys

import pyspark
import pytest

from conftest import connect, disconnect, run_headrace


def test_server_tells_its_address_and_stops_cleanly(start_server):
    server = start_server()
    assert server.first_line.startswith("headrace ")
    code, _ = server.stop()
    assert code == 0


def test_server_listens_on_loopback_only():
    result = run_headrace("server", "--host", "0.0.0.0", "--port", "0")
    assert result.returncode == 1
    assert "loopback" in result.stderr


def test_two_servers_cannot_share_a_port(start_server):
    port = start_server().url.rsplit(":", 1)[1]
    result = run_headrace("server", "--port", port)
    assert result.returncode == 1
    assert port in result.stderr


def test_version_is_the_clients(spark):
    assert spark.version == pyspark.__version__


def test_configuration_is_kept_by_session(shared_server, spark):
    spark.conf.set("spark.sql.shuffle.partitions", "3")
    assert spark.conf.get("spark.sql.shuffle.partitions") == "3"
    assert spark.conf.get("spark.app.nothing", "fallback") == "fallback"
    other = connect(shared_server.url)
    assert other.conf.get("spark.sql.shuffle.partitions") != "3"
    disconnect(other)
    spark.conf.unset("spark.sql.shuffle.partitions")
    assert spark.conf.get("spark.sql.shuffle.partitions") != "3"


def test_defaults_follow_the_client(spark, client_version):
    assert spark.conf.get("spark.sql.ansi.enabled") == ("false" if client_version < (4, 0) else "true")


def test_unknown_configuration_key(spark):
    with pytest.raises(Exception, match="SQL_CONF_NOT_FOUND"):
        spark.conf.get("spark.sql.no.such.key")


def test_bad_configuration_value(spark):
    from pyspark.errors import IllegalArgumentException

    with pytest.raises(IllegalArgumentException, match="spark.sql.shuffle.partitions"):
        spark.conf.set("spark.sql.shuffle.partitions", "many")


@pytest.fixture
def deep_recursion():
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(5000)
    yield
    sys.setrecursionlimit(limit)


def test_chain_of_300_calls(spark, deep_recursion):
    from pyspark.sql.functions import lit

    # The client of 3.5 recurses several frames a call when it writes the plan.
    dataframe = spark.range(3)
    for i in range(300):
        dataframe = dataframe.withColumn(f"c{i % 5}", lit(i))
    assert dataframe.count() == 3
    assert len(dataframe.columns) == 6


def test_session_of_a_stopped_program_is_closed(shared_server, client_version):
    if client_version < (4, 0):
        pytest.skip("clients before 4.0 do not tell the server that they stop")
    from pyspark.errors import PySparkException

    session = connect(shared_server.url)
    session.range(1).createOrReplaceTempView("gone")
    session.stop()
    with pytest.raises(PySparkException):
        session.range(1).collect()


def test_interrupt_ends_what_runs(spark):
    import threading
    import time

    from pyspark.errors import PySparkException

    query = spark.readStream.format("rate").load().writeStream.format("noop").start()
    outcome = []

    def wait():
        try:
            query.awaitTermination()
            outcome.append("ended")
        except PySparkException as error:
            outcome.append(str(error))

    waiter = threading.Thread(target=wait)
    waiter.start()
    interrupted = []
    while not interrupted:  # until the operation has reached the server
        time.sleep(0.01)
        interrupted = spark.interruptAll()
    waiter.join(30)
    assert outcome and "OPERATION_CANCELED" in outcome[0]


def test_cached_table_and_storage_level_are_accepted(spark):
    dataframe = spark.range(3).cache()
    assert dataframe.count() == 3
    dataframe.unpersist()
