"""Data sources that programs bring along, against what Apache Spark answered (data_sources.py)."""

import json
import os
import pathlib
import signal

import pytest

import data_sources
from conftest import connect, disconnect, rows

RECORDED = json.loads(
    (pathlib.Path(__file__).parent / "answers" / "data_sources.json").read_text()
)


@pytest.fixture(scope="module")
def answers(shared_server, tmp_path_factory, client_version):
    if client_version < (4, 0):
        pytest.skip("3.5 has no Python data sources")
    session = connect(shared_server.url)
    yield data_sources.all_answers(session, tmp_path_factory.mktemp("sources"))
    disconnect(session)


@pytest.mark.parametrize("question", RECORDED)
def test_as_recorded(answers, question):
    assert answers[question] == RECORDED[question]


@pytest.fixture
def needs_sources(client_version):
    if client_version < (4, 0):
        pytest.skip("3.5 has no Python data sources")


def register_all(session):
    for source in data_sources.stream_sources() + data_sources.sinks() + data_sources.batch_sources():
        session.dataSource.register(source)


@pytest.mark.newest_client
def test_sources_belong_to_their_session(needs_sources, shared_server, spark):
    from pyspark.errors import PySparkException

    register_all(spark)
    assert spark.read.format("numbers").load().count() == 6
    other = connect(shared_server.url)
    with pytest.raises(PySparkException) as raised:
        other.read.format("numbers").load().count()
    assert raised.value.getCondition() == "DATA_SOURCE_NOT_FOUND"
    disconnect(other)


@pytest.mark.newest_client
def test_no_python_refuses_by_name(needs_sources, start_server):
    from pyspark.errors import PySparkException

    session = connect(start_server(arguments=["--no-python"]).url)
    with pytest.raises(PySparkException) as raised:
        session.dataSource.register(data_sources.batch_sources()[0])
    assert raised.value.getCondition() == "UNSUPPORTED_FEATURE"
    assert "numbers" in str(raised.value)
    disconnect(session)


@pytest.mark.newest_client
@pytest.mark.parametrize(
    ("source", "point"), [("ticks", "sink.committed"), ("simple", "offset-log.done")]
)
def test_crash_gives_each_row_once(needs_sources, start_server, tmp_path, source, point):
    """The server dies in the second batch; the journal's commits, by batch id, hold each row once."""
    stream = data_sources.Stream(None, tmp_path / "place", source)

    def start(session):
        register_all(session)
        reader = session.readStream.format(source).option("dir", str(stream.directory))
        writer = reader.load().writeStream.format("journal").option("path", str(stream.directory))
        return writer.option("checkpointLocation", str(tmp_path / "checkpoint")).start()

    stream.available(2)
    server = start_server({"HEADRACE_INJECT": f"{point}:2=crash"})
    session = connect(server.url)
    from pyspark.sql.connect.client.retries import DefaultPolicy

    session.client.set_retry_policies([DefaultPolicy(max_retries=1, initial_backoff=10)])
    query = start(session)
    query.processAllAvailable()
    stream.available(5)
    assert server.process.wait(60) == 137
    session = connect(start_server().url)
    query = start(session)
    query.processAllAvailable()
    stream.available(6)
    query.processAllAvailable()
    query.stop()
    assert query.exception() is None
    batches = {}
    for call in data_sources.calls(stream.directory):
        if call[0] == "commit" and len(call) == 5:
            # A batch that comes again is the same.
            assert batches.setdefault(call[1], call[4]) == call[4]
    numbers = [row["number"] for batch in batches.values() for row in batch]
    assert sorted(numbers) == list(range(6))
    disconnect(session)


@pytest.mark.newest_client
def test_worker_that_dies_fails_the_query_and_is_replaced(needs_sources, spark, tmp_path):
    from pyspark.sql.datasource import DataSource, DataSourceStreamReader, InputPartition

    class Dying(DataSource):
        @classmethod
        def name(cls):
            return "dying"

        def schema(self):
            return "id INT"

        def streamReader(self, schema):
            marker = self.options["marker"]

            class Reader(DataSourceStreamReader):
                def initialOffset(self):
                    return {"n": 0}

                def latestOffset(self):
                    if not os.path.exists(marker):
                        open(marker, "w").close()
                        os.kill(os.getpid(), signal.SIGKILL)
                    return {"n": 1}

                def partitions(self, start, end):
                    return [InputPartition(7)]

                def read(self, partition):
                    yield (partition.value,)

            return Reader()

    spark.dataSource.register(Dying)
    reader = spark.readStream.format("dying").option("marker", str(tmp_path / "marker"))
    writer = reader.load().writeStream.format("json").option("path", str(tmp_path / "out"))
    writer = writer.option("checkpointLocation", str(tmp_path / "checkpoint"))
    query = writer.start()
    with pytest.raises(Exception, match="PYTHON_STREAMING_DATA_SOURCE_RUNTIME_ERROR"):
        query.processAllAvailable()
    query = writer.start()
    query.processAllAvailable()
    query.stop()
    assert rows(spark.read.json(str(tmp_path / "out"))) == [(7,)]


@pytest.mark.newest_client
def test_stop_ends_a_reader_that_hangs(needs_sources, spark, tmp_path):
    import time

    from pyspark.sql.datasource import DataSource, DataSourceStreamReader

    class Hanging(DataSource):
        @classmethod
        def name(cls):
            return "hanging"

        def schema(self):
            return "id INT"

        def streamReader(self, schema):
            marker = self.options["marker"]

            class Reader(DataSourceStreamReader):
                def initialOffset(self):
                    open(marker, "w").close()
                    time.sleep(1000)

                def latestOffset(self):
                    return {}

                def partitions(self, start, end):
                    return []

                def read(self, partition):
                    return iter([])

            return Reader()

    spark.dataSource.register(Hanging)
    marker = tmp_path / "marker"
    reader = spark.readStream.format("hanging").option("marker", str(marker))
    query = reader.load().writeStream.format("noop").start()
    while not marker.exists():
        assert query.isActive, query.exception()
    query.stop()
    assert not query.isActive


@pytest.mark.newest_client
def test_admission_control(needs_sources, spark, tmp_path):
    """Readers of 4.2: the engine asks for the end of a batch by its start and the reader's limit."""
    from pyspark.sql.datasource import DataSource, DataSourceStreamReader, InputPartition
    from pyspark.sql.streaming.datasource import ReadAllAvailable, ReadMaxRows, SupportsTriggerAvailableNow

    class Limited(DataSource):
        @classmethod
        def name(cls):
            return "limited"

        def schema(self):
            return "id INT"

        def streamReader(self, schema):
            class Reader(DataSourceStreamReader, SupportsTriggerAvailableNow):
                end = 5

                def initialOffset(self):
                    return {"n": 0}

                def getDefaultReadLimit(self):
                    return ReadMaxRows(2)

                def latestOffset(self, start, limit):
                    rows = self.end if isinstance(limit, ReadAllAvailable) else limit.max_rows
                    return {"n": min(self.end, start["n"] + rows)}

                def reportLatestOffset(self):
                    return {"n": self.end}

                def prepareForTriggerAvailableNow(self):
                    self.end = 3

                def partitions(self, start, end):
                    return [InputPartition((start["n"], end["n"]))]

                def read(self, partition):
                    return iter([(i,) for i in range(*partition.value)])

            return Reader()

    spark.dataSource.register(Limited)

    def batches(name, **trigger):
        stream = spark.readStream.format("limited").load()
        query = stream.writeStream.format("memory").queryName(name).trigger(**trigger).start()
        if "processingTime" in trigger:
            query.processAllAvailable()
        else:
            query.awaitTermination()
        progress = [p for p in query.recentProgress if p["numInputRows"]]
        query.stop()
        latest = progress[-1]["sources"][0]["latestOffset"]
        assert (json.loads(latest) if isinstance(latest, str) else latest) == {"n": 3 if "availableNow" in trigger else 5}
        return [p["numInputRows"] for p in progress], rows(spark.table(name))

    everything = [(i,) for i in range(5)]
    assert batches("limited_default", processingTime="0 seconds") == ([2, 2, 1], everything)
    assert batches("limited_once", once=True) == ([5], everything)
    assert batches("limited_available", availableNow=True) == ([2, 1], everything[:3])
