"""Tables that outlive sessions, servers and crashes."""

import concurrent.futures
import json
import os
import pathlib
import subprocess

import pytest
from pyspark.errors import PySparkException

import table_calls
from conftest import BINARY, Server, connect, disconnect, rows

RECORDED = pathlib.Path(__file__).parent / "answers" / "table_calls.json"


@pytest.fixture
def warehouse(tmp_path):
    """Starts servers in one directory, which is where their warehouse is."""
    servers = []

    def start():
        log = tmp_path / f"server-{len(servers)}.log"
        servers.append(Server(log, directory=tmp_path))
        return servers[-1]

    yield start
    for server in servers:
        if server.process.poll() is None:
            server.kill()


@pytest.mark.newest_client
def test_calls_answer_as_recorded(start_warehouse, tmp_path):
    session = connect(start_warehouse.url)
    session.conf.set("spark.sql.session.timeZone", "UTC")
    answers = table_calls.all_answers(session, tmp_path)
    disconnect(session)
    recorded = json.loads(RECORDED.read_text())
    wrong = [
        f"{name}\n  Spark:    {recorded[name]}\n  Headrace: {answers[name]}"
        for name in recorded
        if (answers[name] == recorded[name]) == (name in table_calls.DIFFERENT)
    ]
    assert not wrong, "\n".join(wrong)


def test_every_client_has_tables(start_warehouse, client_version, tmp_path):
    spark = connect(start_warehouse.url)
    spark.sql("CREATE DATABASE IF NOT EXISTS clients")
    spark.catalog.setCurrentDatabase("clients")
    spark.createDataFrame([(1, "x"), (2, "y")], "a INT, b STRING").write.saveAsTable("t")
    spark.createDataFrame([(3, "z")], "a INT, b STRING").write.insertInto("t")
    spark.sql("INSERT INTO t VALUES (4, NULL)")
    spark.range(2).writeTo("r").using("json").create()
    source = tmp_path / "in"
    source.mkdir()
    (source / "1.json").write_text('{"a": 1}\n')
    query = (
        spark.readStream.schema("a INT").json(str(source))
        .writeStream.option("checkpointLocation", str(tmp_path / "checkpoint"))
        .trigger(availableNow=True).toTable("s")
    )
    query.awaitTermination()
    assert rows(spark.table("t")) == [(1, "x"), (2, "y"), (3, "z"), (4, None)]
    assert rows(spark.read.table("clients.r")) == [(0,), (1,)]
    assert rows(spark.sql("SELECT * FROM spark_catalog.clients.s")) == [(1,)]
    assert spark.readStream.table("s").isStreaming
    assert sorted(table.name for table in spark.catalog.listTables()) == ["r", "s", "t"]
    assert [column.name for column in spark.catalog.listColumns("t")] == ["a", "b"]
    assert spark.catalog.tableExists("t") and not spark.catalog.tableExists("u")
    assert spark.catalog.currentDatabase() == "clients"
    with pytest.raises(PySparkException, match="TABLE_OR_VIEW_NOT_FOUND"):
        spark.table("u").collect()
    spark.sql("DROP DATABASE clients CASCADE")
    spark.catalog.setCurrentDatabase("default")
    disconnect(spark)


def feed(directory, number):
    directory.mkdir(exist_ok=True)
    lines = "".join(json.dumps({"n": number * 100 + i, "k": i % 3}) + "\n" for i in range(100))
    (directory / f".{number}.json").write_text(lines)
    (directory / f".{number}.json").rename(directory / f"{number}.json")


def start_counting(spark, tmp_path, trigger):
    numbers = spark.readStream.schema("n INT, k INT").json(str(tmp_path / "in"))
    writer = numbers.writeStream.option("checkpointLocation", str(tmp_path / "checkpoint"))
    return writer.partitionBy("k").trigger(**trigger).toTable("numbers")


@pytest.mark.newest_client
def test_a_streamed_table_survives_kills(warehouse, tmp_path):
    for number in range(4):
        feed(tmp_path / "in", number)
        server = warehouse()
        spark = connect(server.url)
        query = start_counting(spark, tmp_path, {"processingTime": "10 milliseconds"})
        # Killed at once, or amid the batch.
        if number % 2:
            query.processAllAvailable()
        server.kill()
    server = warehouse()
    spark = connect(server.url)
    start_counting(spark, tmp_path, {"availableNow": True}).awaitTermination()
    disconnect(spark)
    server.stop()

    # Another process, which knows nothing but the name.
    server = warehouse()
    spark = connect(server.url)
    numbers = spark.table("numbers")
    assert numbers.columns == ["n", "k"]
    assert sorted(row.n for row in numbers.collect()) == list(range(400))
    assert numbers.where("k = 1").count() == 132
    # Rows that readers would pass over are not taken.
    with pytest.raises(PySparkException, match="UNSUPPORTED_FEATURE"):
        spark.sql("INSERT INTO numbers VALUES (1, 1)")
    feed(tmp_path / "in", 4)
    start_counting(spark, tmp_path, {"availableNow": True}).awaitTermination()
    assert spark.table("numbers").count() == 500
    disconnect(spark)


@pytest.mark.newest_client
def test_two_servers_share_a_warehouse(warehouse):
    sessions = [connect(warehouse().url) for _ in range(2)]
    for session in sessions:
        session.conf.set("spark.sql.session.timeZone", "UTC")

    def create(session):
        try:
            session.range(100).write.saveAsTable("raced")
            return True
        except PySparkException as error:
            assert error.getCondition() == "TABLE_OR_VIEW_ALREADY_EXISTS", error
            return False

    with concurrent.futures.ThreadPoolExecutor() as pool:
        won = list(pool.map(create, sessions))
        assert won.count(True) == 1
        assert [session.table("raced").count() for session in sessions] == [100, 100]
        properties = [f"ALTER TABLE raced SET TBLPROPERTIES ('k{i}' = 'v')" for i in range(8)]
        appends = ["INSERT INTO raced SELECT 1"] * 8
        statements = [text for pair in zip(properties, appends) for text in pair]
        list(pool.map(lambda i: sessions[i % 2].sql(statements[i]), range(len(statements))))
    assert sessions[0].sql("SHOW TBLPROPERTIES raced").count() == 8
    assert sessions[1].table("raced").count() == 108
    sessions[0].sql("DROP TABLE raced")
    assert not sessions[1].catalog.tableExists("raced")
    for session in sessions:
        disconnect(session)


@pytest.mark.newest_client
def test_a_creation_that_was_killed_can_be_repeated(tmp_path):
    def sql(*texts, **environment):
        return subprocess.run(
            [BINARY, "sql", *texts], env={**os.environ, **environment}, cwd=tmp_path,
            capture_output=True, text=True, timeout=60,
        )

    create = "CREATE TABLE made AS SELECT 7 AS seven"
    for point in ("sink.half-written", "sink.prepared", "sink.committed"):
        assert sql(create, HEADRACE_INJECT=f"{point}=crash").returncode == 137
        assert "made" not in sql("SHOW TABLES").stdout
    again = sql(create, "SELECT * FROM made")
    assert again.returncode == 0 and again.stdout.count("7") == 1, again
    # What is there although nobody began it is not overwritten.
    (tmp_path / "spark-warehouse" / "foreign").mkdir()
    (tmp_path / "spark-warehouse" / "foreign" / "data").write_text("x")
    assert "LOCATION_ALREADY_EXISTS" in sql("CREATE TABLE foreign AS SELECT 1 AS a").stderr
    assert (tmp_path / "spark-warehouse" / "foreign" / "data").exists()
