"""Worker processes: files they are given, deaths they die, and that none is left behind."""

import os
import pathlib
import time
import types
import zipfile

import pyspark
import pytest
from pyspark.sql import functions as F

from conftest import connect, disconnect, rows, run_headrace


def read_beside(name):
    """A function that reads a file which its session was given."""

    def read(_):
        from pyspark import SparkFiles

        with open(os.path.join(SparkFiles.getRootDirectory(), name)) as file:
            return file.read()

    return F.udf(read, "string")


# The pure client package of 4.0 has no way to the files.
needs_spark_files = pytest.mark.skipif(
    not hasattr(pyspark, "SparkFiles"), reason="this PySpark has no SparkFiles"
)


def ask(session, function):
    return session.range(1).select(function("id")).collect()[0][0]


@pytest.fixture
def archive(tmp_path):
    path = tmp_path / "model.zip"
    with zipfile.ZipFile(path, "w") as file:
        file.writestr("weights/one.txt", "1.5")
    return path


@needs_spark_files
def test_files_and_archives(spark, tmp_path, archive):
    (tmp_path / "data.txt").write_text("some data")
    spark.addArtifacts(str(tmp_path / "data.txt"), file=True)
    assert ask(spark, read_beside("data.txt")) == "some data"
    for _ in range(2):  # the same again is nothing new
        spark.addArtifacts(f"{archive}#model", archive=True)
    assert ask(spark, read_beside("model/weights/one.txt")) == "1.5"
    spark.addArtifacts(str(archive), archive=True)
    assert ask(spark, read_beside("model.zip/weights/one.txt")) == "1.5"


@pytest.mark.newest_client
def test_files_are_not_replaced(spark, tmp_path, archive):
    """As in Apache Spark the same file may come again, and another under its name may not."""
    data = tmp_path / "data.txt"
    data.write_text("first")
    spark.addArtifacts(str(data), file=True)
    spark.addArtifacts(str(data), file=True)
    data.write_text("second")
    with pytest.raises(Exception, match="ARTIFACT_ALREADY_EXISTS"):
        spark.addArtifacts(str(data), file=True)
    assert ask(spark, read_beside("data.txt")) == "first"
    broken = tmp_path / "broken.zip"
    broken.write_text("no archive")
    with pytest.raises(Exception, match="broken.zip cannot be unpacked: .*neither a zip nor a tar"):
        spark.addArtifacts(str(broken), archive=True)


@pytest.mark.newest_client
def test_archive_that_leads_out_is_refused(spark, tmp_path):
    import io
    import tarfile

    path = tmp_path / "evil.tar"
    with tarfile.open(path, "w") as file:
        member = tarfile.TarInfo("../escaped.txt")
        member.size = 3
        file.addfile(member, io.BytesIO(b"out"))
    with pytest.raises(Exception, match="cannot be unpacked"):
        spark.addArtifacts(f"{path}#evil", archive=True)


@pytest.mark.newest_client
def test_sessions_do_not_share_files(spark, shared_server, tmp_path):
    (tmp_path / "mine.txt").write_text("mine")
    spark.addArtifacts(str(tmp_path / "mine.txt"), file=True)
    other = connect(shared_server.url)
    with pytest.raises(Exception, match="FileNotFoundError"):
        ask(other, read_beside("mine.txt"))
    disconnect(other)


PROGRAM = """
from pyspark import SparkFiles
from pyspark.sql import SparkSession
from pyspark.sql import functions as F

spark = SparkSession.builder.getOrCreate()


@F.udf("string")
def read(name):
    import helper_of_test

    with open(SparkFiles.get(name)) as file:
        return helper_of_test.loud(file.read())


names = spark.createDataFrame([("data.txt",), ("model/weights/one.txt",)], "name STRING")
print(sorted(row[0] for row in names.select(read("name")).collect()))
print(spark.conf.get("spark.sql.session.timeZone"), spark.conf.get("spark.sql.ansi.enabled"))
"""


@needs_spark_files
def test_submit_hands_files_on(tmp_path, archive):
    (tmp_path / "program.py").write_text(PROGRAM)
    (tmp_path / "data.txt").write_text("data")
    (tmp_path / "helper_of_test.py").write_text("def loud(text):\n    return text + '!'\n")
    (tmp_path / "defaults.conf").write_text(
        "# a comment\nspark.sql.session.timeZone  Asia/Tokyo\nspark.sql.ansi.enabled=true\n"
    )
    result = run_headrace(
        *("submit", "--properties-file", tmp_path / "defaults.conf"),
        *("--conf", "spark.sql.ansi.enabled=false", "--py-files", tmp_path / "helper_of_test.py"),
        *("--files", tmp_path / "data.txt", "--archives", f"{archive}#model"),
        tmp_path / "program.py",
    )
    assert result.stdout.splitlines() == [
        "['1.5!', 'data!']",
        "Asia/Tokyo false",
    ], result.stderr


DEATHS = {
    "os._exit(3)": "exited unexpectedly",
    "sys.exit(3)": "SystemExit: 3",
    "ctypes.string_at(0)": "exited unexpectedly",
    "os.kill(os.getpid(), signal.SIGKILL)": "exited unexpectedly",
}


@pytest.mark.newest_client
def test_deaths_are_reported_and_workers_replaced(spark):
    def run(code):
        import ctypes, os, signal, sys  # noqa: E401, F401

        return str(eval(code))

    function = F.udf(run, "string", useArrow=False)
    for code, told in DEATHS.items():
        with pytest.raises(Exception, match=told):
            spark.range(1).select(function(F.lit(code))).collect()
        assert spark.range(1).select(function(F.lit("1 + 1"))).collect()[0][0] == "2"


def test_copies_of_a_worker_answer_nobody(spark):
    """A function that forks and returns twice: the copy is a worker on the same socket."""

    def forks(x):
        os.fork()
        return -x

    spark.range(3, numPartitions=1).select(F.udf(forks, "bigint")("id")).collect()
    for _ in range(3):
        again = spark.range(3, numPartitions=1).select(F.udf(lambda x: x, "bigint")("id"))
        assert sorted(row[0] for row in again.collect()) == [0, 1, 2]


@pytest.mark.newest_client
def test_analysis_uses_workers_again(spark):
    from pyspark.sql.functions import udtf
    from pyspark.sql.types import StructType

    @udtf
    class Process:
        @staticmethod
        def analyze():
            from pyspark.sql.udtf import AnalyzeResult

            return AnalyzeResult(StructType().add(f"p{os.getpid()}", "integer"))

        def eval(self):
            yield (os.getpid(),)

    names = {Process().columns[0] for _ in range(3)}
    (row,) = Process().collect()
    assert names == {f"p{row[0]}"}


@pytest.mark.newest_client
def test_memory_limit(spark):
    spark.conf.set("spark.executor.pyspark.memory", "1500m")

    def eat(_):
        return len(bytearray(4 << 30))

    with pytest.raises(Exception, match="MemoryError"):
        ask(spark, F.udf(eat, "long", useArrow=False))


@pytest.mark.newest_client
def test_function_that_hangs(spark):
    spark.conf.set("spark.sql.execution.pyspark.udf.idleTimeoutSeconds", "1")

    def wait(_):
        import time

        time.sleep(3600)

    with pytest.raises(Exception, match="did nothing for 1000 ms"):
        ask(spark, F.udf(wait, "string", useArrow=False))


@pytest.mark.newest_client
def test_another_python_is_refused(spark, monkeypatch):
    import pyspark.sql.connect.udf as module

    monkeypatch.setattr(module, "sys", types.SimpleNamespace(version_info=(3, 6)))
    with pytest.raises(Exception, match="PYTHON_VERSION_MISMATCH"):
        ask(spark, F.udf(lambda x: x, "long", useArrow=False))


@pytest.mark.newest_client
def test_missing_packages_are_named(spark, tmp_path):
    import pandas

    (tmp_path / "pandas.py").write_text("raise ImportError('there is no pandas here')\n")
    spark.conf.set("spark.executorEnv.PYTHONPATH", str(tmp_path))

    @F.pandas_udf("long")
    def same(values: pandas.Series) -> pandas.Series:
        return values

    with pytest.raises(Exception, match="[Pp]andas"):
        ask(spark, same)


def descendants(root):
    """The processes below one, by /proc."""
    parents = {}
    for entry in pathlib.Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                parents[int(entry.name)] = int((entry / "stat").read_text().rsplit(")")[-1].split()[1])
            except OSError:
                pass
    found, todo = set(), [root]
    while todo:
        parent = todo.pop()
        for child in [pid for pid, above in parents.items() if above == parent]:
            found.add(child)
            todo.append(child)
    return found


@pytest.mark.newest_client
def test_no_process_outlives_its_session(start_server, tmp_path):
    """Only the daemon, which belongs to all sessions, is left, and nothing after the server."""
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.txt").write_text("a\n")
    server = start_server()
    session = connect(server.url)

    def function(batch, batch_id):
        batch.select(F.udf(len, "long")("value")).collect()

    query = session.readStream.text(str(tmp_path / "in")).writeStream.foreachBatch(function).start()
    query.processAllAvailable()
    workers = descendants(server.process.pid)
    assert len(workers) >= 3  # the batch function's, the daemon and a worker of it
    disconnect(session)
    await_that(lambda: len(descendants(server.process.pid)) <= 1)
    server.stop()
    await_that(lambda: not any(pathlib.Path(f"/proc/{pid}").exists() for pid in workers))


def await_that(condition):
    deadline = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.1)


@pytest.mark.newest_client
def test_server_without_python_refuses_all_of_it(start_server, tmp_path):
    server = start_server(arguments=["--no-python"])
    session = connect(server.url)

    @F.udtf(returnType="a: int")
    class Table:
        def eval(self):
            yield (1,)

    module = tmp_path / "module.py"
    module.write_text("")
    refused = {
        "the table function Table": lambda: Table().collect(),
        "registering the Python function table": lambda: session.udtf.register("table", Table),
        "registering the Python function f": lambda: session.udf.register("f", lambda x: x),
        "the artifact pyfiles/module.py": lambda: session.addArtifacts(str(module), pyfile=True),
        "applyInPandas": lambda: session.range(1)
        .groupBy("id")
        .applyInPandas(lambda group: group, "id LONG")
        .collect(),
    }
    for what, attempt in refused.items():
        with pytest.raises(Exception, match=f"{what}.*--no-python"):
            attempt()
    disconnect(session)
