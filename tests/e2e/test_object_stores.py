"""Data and checkpoints in a store of objects: the same programs as on a local directory."""

import base64
import json
import multiprocessing
import pathlib
import uuid

import pyarrow.parquet
import pytest
from pyspark.errors import AnalysisException, PySparkException
from pyspark.sql import functions as F

from conftest import connect, disconnect, rows
from object_store import ACCESS_KEY, SECRET_KEY, AmazonStore, AzureStore, GoogleStore
from test_streaming import run_once, write_lines

pytestmark = pytest.mark.newest_client


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    store = AmazonStore(tmp_path_factory.mktemp("store") / "store.log")
    yield store
    store.stop()


@pytest.fixture(scope="module")
def google(tmp_path_factory):
    store = GoogleStore(tmp_path_factory.mktemp("google") / "store.log")
    yield store
    store.stop()


@pytest.fixture(scope="module")
def azure(tmp_path_factory):
    store = AzureStore(tmp_path_factory.mktemp("azure") / "store.log")
    yield store
    store.stop()


def new_bucket(store):
    name = f"bucket-{uuid.uuid4()}"
    store.make_bucket(name)
    return name


@pytest.fixture
def bucket(store):
    return new_bucket(store)


@pytest.fixture
def session(spark, store):
    return store.configure(spark)


class Local:
    """A directory of this machine."""

    def __init__(self, directory):
        self.directory = directory
        self.uri = str(directory)

    def put(self, name, *lines):
        write_lines(self.directory / pathlib.Path(name).parent, pathlib.Path(name).name, *lines)


class Remote:
    """A bucket."""

    def __init__(self, store, bucket):
        self.store = store
        self.bucket = bucket
        self.uri = store.uri(bucket)

    def put(self, name, *lines):
        content = "".join(line + "\n" for line in lines).encode()
        self.store.put(self.bucket, name, content)


@pytest.mark.parametrize("format", ["parquet", "orc", "avro", "json", "csv"])
def test_batches_of_each_format(session, store, bucket, format):
    data = session.range(100).select(
        "id", (F.col("id") % 3).alias("part"), F.concat(F.lit("text "), "id").alias("text")
    )
    place = f"s3a://{bucket}/{format}/table"
    data.write.format(format).partitionBy("part").save(place)
    assert any("/part=2/" in key for key in store.keys(bucket, f"{format}/table/"))
    assert not [key for key in store.keys(bucket, format) if "_temporary" in key]
    schema = "id BIGINT, text STRING, part INT"
    reader = session.read.format(format).schema(schema)
    expected = sorted(((i, f"text {i}", i % 3) for i in range(100)), key=repr)
    assert rows(reader.load(place)) == expected
    assert reader.load(f"{place}/part=[01]").count() == 67
    assert rows(session.read.format(format).load(place).select("part").distinct()) == [
        (0,),
        (1,),
        (2,),
    ]
    name = reader.load(place).where("id = 4").select(F.input_file_name()).head()[0]
    assert name.startswith(f"{place}/part=1/part-")
    with pytest.raises(AnalysisException, match="PATH_ALREADY_EXISTS"):
        data.write.format(format).save(place)
    data.write.format(format).partitionBy("part").mode("append").save(place)
    assert reader.load(place).count() == 200
    data.limit(5).write.format(format).partitionBy("part").mode("overwrite").save(place)
    assert reader.load(place).count() == 5


def test_others_read_what_was_written(session, store, bucket, tmp_path):
    session.range(10).coalesce(1).write.parquet(f"s3://{bucket}/one")
    (key,) = [key for key in store.keys(bucket, "one/") if key.endswith(".parquet")]
    file = tmp_path / "file.parquet"
    file.write_bytes(store.get(bucket, key))
    assert sorted(pyarrow.parquet.read_table(file)["id"].to_pylist()) == list(range(10))


def test_large_files_go_in_parts(session, store, bucket):
    place = f"s3a://{bucket}/large"
    session.range(200000).select("id", F.sha2(F.col("id").cast("string"), 512).alias("h")).coalesce(
        1
    ).write.json(place)
    (key,) = [key for key in store.keys(bucket, "large/") if key.endswith(".json")]
    assert len(store.get(bucket, key)) > 20 << 20
    total = session.read.schema("id BIGINT, h STRING").json(place)
    assert total.agg(F.count("h"), F.sum("id")).head() == (200000, 200000 * 199999 // 2)


def pipeline(session, place):
    """Words of files, each once, into partitioned files: state, a log and data in one place."""
    words = (
        session.readStream.option("maxFilesPerTrigger", 1)
        .text(f"{place.uri}/in")
        .select(F.explode(F.split("value", " ")).alias("word"))
        .dropDuplicates()
        .select("word", F.length("word").alias("letters"))
    )
    return (
        words.writeStream.format("json")
        .partitionBy("letters")
        .option("checkpointLocation", f"{place.uri}/checkpoint")
        .option("path", f"{place.uri}/out")
    )


def result(session, place):
    return rows(session.read.schema("word STRING, letters INT").json(f"{place.uri}/out"))


def run_and_restart(start_server, place):
    """What is seen after each of three runs, each on a server of its own."""
    seen, ids = [], []
    for run in range(3):
        place.put(f"in/{run}a.txt", f"to be {run}", "or not")
        place.put(f"in/{run}b.txt", f"to do {run}{run}")
        server = start_server()
        session = connect(server.url)
        if isinstance(place, Remote):
            place.store.configure(session)
        query = run_once(pipeline(session, place))
        ids.append(query.id)
        seen.append((result(session, place), [p["numInputRows"] for p in query.recentProgress]))
        disconnect(session)
        code, _ = server.stop()
        assert code == 0, server.log()
        assert SECRET_KEY not in server.log()
        assert AzureStore.key not in server.log()
    assert len(set(ids)) == 1
    if isinstance(place, Remote):
        check_checkpoint(place, ids[0])
    return seen


def test_a_stream_gives_what_it_gives_on_a_local_directory(start_server, store, google, tmp_path):
    expected = run_and_restart(start_server, Local(tmp_path))
    assert run_and_restart(start_server, Remote(store, new_bucket(store))) == expected
    assert run_and_restart(start_server, Remote(google, new_bucket(google))) == expected


def test_a_stream_at_azure_gives_what_it_gives_on_a_local_directory(start_server, azure, tmp_path):
    expected = run_and_restart(start_server, Local(tmp_path))
    assert run_and_restart(start_server, Remote(azure, new_bucket(azure))) == expected


def check_checkpoint(place, query_id):
    """What lies in the store is in Spark's forms."""

    def read(key):
        return place.store.get(place.bucket, key).decode()

    assert json.loads(read("checkpoint/metadata")) == {"id": query_id}
    assert read("checkpoint/offsets/1").startswith("v1\n")
    assert not [key for key in place.store.keys(place.bucket) if key.endswith((".crc", ".tmp"))]
    version, entry, *_ = read("out/_spark_metadata/0").split("\n")
    assert version == "v1"
    assert json.loads(entry)["path"].startswith(f"{place.uri}/out/letters=")
    source = json.loads(read("checkpoint/sources/0/0").split("\n")[1])
    assert source["path"] == f"{place.uri}/in/0a.txt"


def test_state_is_found_again_over_snapshots(session, store, bucket):
    place = Remote(store, bucket)

    def run(first, last):
        for i in range(first, last):
            place.put(f"in/{i:03}.txt", f"k{i % 5}")
        stream = session.readStream.option("maxFilesPerTrigger", 1).text(f"{place.uri}/in")
        counts = stream.groupBy("value").count()
        name = f"counts_{first}"
        writer = counts.writeStream.format("memory").queryName(name).outputMode("complete")
        run_once(writer.option("checkpointLocation", f"{place.uri}/checkpoint"))
        return rows(session.table(name))

    assert run(0, 15) == [(f"k{k}", 3) for k in range(5)]
    assert run(15, 20) == [(f"k{k}", 4) for k in range(5)]
    assert any(key.endswith(".snapshot") for key in store.keys(bucket, "checkpoint/state/"))
    checkpoint = f"{place.uri}/checkpoint"
    assert session.read.format("statestore").load(checkpoint).count() == 5
    with pytest.raises(PySparkException, match=f"checkpointLocation={checkpoint},"):
        session.read.format("statestore").option("storeName", "none").load(checkpoint).collect()


def run_pipeline(url, settings, place_uri):
    session = connect(url)
    for key, value in settings.items():
        session.conf.set(key, value)

    class Place:
        uri = place_uri

    run_once(pipeline(session, Place))


def killed_in_the_middle(start_server, store, point):
    place = Remote(store, new_bucket(store))
    for i in range(3):
        place.put(f"in/{i}.txt", f"line {i}{i} of all")
    server = start_server({"HEADRACE_INJECT": f"{point}=crash"})
    # A process of its own: a client whose server died retries for minutes.
    program = multiprocessing.get_context("spawn").Process(
        target=run_pipeline, args=(server.url, store.settings(), place.uri)
    )
    program.start()
    assert server.process.wait(100) == 137
    program.kill()
    program.join()
    session = store.configure(connect(start_server().url))
    run_once(pipeline(session, place))
    expected = [("00", 2), ("11", 2), ("22", 2), ("all", 3), ("line", 4), ("of", 2)]
    assert result(session, place) == expected
    disconnect(session)


@pytest.mark.parametrize(
    "point",
    [
        "metadata.done",
        "source-log.done:2",
        "offset-log.temp-written:2",
        "offset-log.done:2",
        "sink.half-written:2",
        "sink.prepared:2",
        "state.committed:3",
        "sink.committed:2",
        "commit-log.done:2",
    ],
)
def test_killed_in_the_middle(start_server, store, point):
    killed_in_the_middle(start_server, store, point)


@pytest.mark.parametrize("point", ["offset-log.temp-written:2", "sink.prepared:2"])
def test_killed_in_the_middle_at_google(start_server, google, point):
    killed_in_the_middle(start_server, google, point)


@pytest.mark.parametrize(
    "point",
    [
        "source-log.done:2",
        "offset-log.temp-written:2",
        "sink.half-written:2",
        "sink.prepared:2",
        "state.committed:3",
        "commit-log.done:2",
    ],
)
def test_killed_in_the_middle_at_azure(start_server, azure, point):
    killed_in_the_middle(start_server, azure, point)


def test_batches_at_azure(spark, azure):
    container = new_bucket(azure)
    place = f"{azure.uri(container)}/table"
    session = azure.configure(spark)
    data = session.range(100).withColumn("k", F.col("id") % 3)
    expected = sorted(((i, i % 3) for i in range(100)), key=repr)
    for format in ("parquet", "orc", "avro", "json", "csv"):
        data.write.format(format).partitionBy("k").save(f"{place}/{format}")
        reader = session.read.format(format).schema("id BIGINT, k BIGINT")
        assert rows(reader.load(f"{place}/{format}")) == expected
    place = f"{place}/parquet"
    with pytest.raises(AnalysisException, match="PATH_ALREADY_EXISTS"):
        data.write.parquet(place)
    data.limit(10).write.mode("overwrite").partitionBy("k").parquet(place)
    assert sorted(row.id for row in session.read.parquet(f"{place}/k=[012]").collect()) == list(
        range(10)
    )
    name = session.read.parquet(place).where("id = 4").select(F.input_file_name()).head()[0]
    assert name.startswith(f"{place}/k=1/part-")
    # The same container by its other names.
    wasb = place.replace("abfs://", "wasb://").replace(".dfs.", ".blob.")
    assert session.read.parquet(wasb).count() == 10
    assert session.read.parquet(place.replace("abfs://", "abfss://")).count() == 10
    assert not [key for key in azure.keys(container) if "_temporary" in key or key.endswith(".tmp")]


def test_tables_lie_in_containers(start_warehouse, azure):
    session = azure.configure(connect(start_warehouse.url))
    place = azure.uri(new_bucket(azure))
    session.sql(
        f"CREATE TABLE a (id BIGINT, k STRING) USING parquet PARTITIONED BY (k) LOCATION '{place}/t'"
    )
    session.sql("INSERT INTO a VALUES (1, 'a'), (2, 'b')")
    session.sql("INSERT OVERWRITE a PARTITION (k = 'b') VALUES (3)")
    assert rows(session.table("a")) == [(1, "a"), (3, "b")]
    described = {row[0]: row[1] for row in session.sql("DESCRIBE EXTENDED a").collect()}
    assert described["Location"] == f"{place}/t"
    for key in azure.settings():
        session.conf.unset("spark.hadoop." + key)
    reader = settings_as_options(session.read, azure)
    assert reader.parquet(f"{place}/t/k=a").count() == 1
    with pytest.raises(PySparkException, match="fs.azure.account.key"):
        session.read.parquet(f"{place}/t/k=b").count()
    disconnect(session)


def test_large_files_at_azure(spark, azure):
    session = azure.configure(spark)
    container = new_bucket(azure)
    place = f"{azure.uri(container)}/large"
    text = F.sha2(F.col("id").cast("string"), 512).alias("h")
    session.range(200000).select("id", text).coalesce(1).write.json(place)
    (key,) = [key for key in azure.keys(container, "large/") if key.endswith(".json")]
    assert len(azure.get(container, key)) > 20 << 20
    total = session.read.schema("id BIGINT, h STRING").json(place)
    assert total.agg(F.count("h"), F.sum("id")).head() == (200000, 200000 * 199999 // 2)


def test_what_azure_refuses_is_told_without_secrets(start_server, azure):
    server = start_server()
    session = azure.configure(connect(server.url))
    container = new_bucket(azure)
    place = f"{azure.uri(container)}/data"
    signature = azure.signature()
    secrets = [azure.key, signature, signature.split("sig=")[1]]

    def failure(action):
        with pytest.raises(PySparkException) as raised:
            action()
        text = str(raised.value)
        assert not [secret for secret in secrets if secret in text]
        return text

    session.range(5).write.parquet(place)
    assert "PATH_NOT_FOUND" in failure(lambda: session.read.parquet(place + "/nothing").count())
    missing = f"{azure.uri('no-such-container')}/data"
    text = failure(lambda: session.read.json(missing).count())
    assert "FileNotFoundException" in text and "no such container" in text and missing in text
    text = failure(lambda: session.range(1).write.json(missing))
    assert "no such container" in text and missing in text

    host = f"{azure.account}.dfs.core.windows.net"
    wrong = base64.b64encode(b"another key").decode()
    secrets.append(wrong)
    session.conf.set(f"spark.hadoop.fs.azure.account.key.{host}", wrong)
    text = failure(lambda: session.read.parquet(place).count())
    assert "AccessDeniedException" in text and place in text
    session.conf.unset(f"spark.hadoop.fs.azure.account.key.{host}")

    # A signature is enough for a stream; one that may only read and list is not enough to write.
    # (Azurite takes none for the removal of directories, which ends a batch.)
    session.conf.set("fs.azure.account.auth.type", "SAS")
    session.conf.set(f"fs.azure.sas.{container}.{host}", signature)
    stream = Remote(azure, container)
    stream.put("in/1.txt", "to be or", "not to be")
    run_once(pipeline(session, stream))
    assert result(session, stream) == [("be", 2), ("not", 3), ("or", 2), ("to", 2)]
    assert session.read.parquet(place).count() == 5
    readonly = azure.signature("rl")
    secrets += [readonly, readonly.split("sig=")[1]]
    session.conf.set(f"fs.azure.sas.{container}.{host}", "?" + readonly)
    assert session.read.parquet(place).count() == 5
    text = failure(lambda: session.range(1).write.mode("append").parquet(place))
    assert "AccessDeniedException" in text and place in text
    shown = str(session.sql("SET").collect())
    assert "fs.azure.account.key" in shown
    assert not [secret for secret in secrets if secret in shown]

    session.conf.set("fs.azure.account.auth.type", "Custom")
    text = failure(lambda: session.read.parquet(place).count())
    assert "fs.azure.account.auth.type=Custom" in text
    text = failure(lambda: session.read.parquet(place.replace("@", ":hush-hush@")).count())
    assert "hush-hush" not in text
    text = failure(lambda: session.read.parquet("hdfs://host/data").count())
    assert "'hdfs'" in text
    disconnect(session)
    code, _ = server.stop()
    assert code == 0, server.log()
    assert not [secret for secret in secrets if secret in server.log()]


def test_batches_at_google(spark, google):
    place = f"gs://{new_bucket(google)}/table"
    session = google.configure(spark)
    data = session.range(100).withColumn("k", F.col("id") % 3)
    data.write.partitionBy("k").parquet(place)
    assert session.read.parquet(place).count() == 100
    data.limit(10).write.mode("overwrite").partitionBy("k").parquet(place)
    assert sorted(row.id for row in session.read.parquet(f"{place}/k=[012]").collect()) == list(
        range(10)
    )
    with pytest.raises(PySparkException, match="gs://no-such-bucket/x"):
        session.read.parquet("gs://no-such-bucket/x").count()


def test_a_running_stream_sees_new_objects_and_cleans_up(session, store, bucket):
    place = Remote(store, bucket)
    place.put("in/1.txt", "one")
    stream = session.readStream.option("cleanSource", "archive").option(
        "sourceArchiveDir", f"{place.uri}/done"
    )
    query = (
        stream.text(f"{place.uri}/in")
        .writeStream.format("memory")
        .queryName("live")
        .option("checkpointLocation", f"{place.uri}/checkpoint")
        .start()
    )
    query.processAllAvailable()
    place.put("in/2.txt", "two")
    query.processAllAvailable()
    place.put("in/3.txt", "three")
    query.processAllAvailable()
    assert rows(session.table("live")) == [("one",), ("three",), ("two",)]
    query.stop()
    assert "done/in/1.txt" in store.keys(bucket, "done/")


def test_one_query_a_checkpoint(session, store, bucket):
    def start(directory):
        stream = session.readStream.format("rate").load()
        return (
            stream.writeStream.format("noop")
            .option("checkpointLocation", f"s3a://{bucket}/{directory}")
            .start()
        )

    first = start("a")
    second = start("a/")
    assert second.id == first.id
    first.awaitTermination(30)
    assert not first.isActive
    second.stop()


def test_tables_lie_in_buckets(start_warehouse, store, bucket):
    session = store.configure(connect(start_warehouse.url))
    location = f"s3a://{bucket}/tables/t"
    session.sql(
        f"CREATE TABLE t (id BIGINT, k STRING) USING parquet PARTITIONED BY (k) LOCATION '{location}'"
    )
    session.sql("INSERT INTO t VALUES (1, 'a'), (2, 'b')")
    session.sql("INSERT OVERWRITE t PARTITION (k = 'b') VALUES (3)")
    assert rows(session.table("t")) == [(1, "a"), (3, "b")]
    described = {row[0]: row[1] for row in session.sql("DESCRIBE EXTENDED t").collect()}
    assert described["Location"] == location
    session.range(3).write.option("path", f"s3a://{bucket}/tables/u").saveAsTable("u")
    assert session.table("u").count() == 3
    stream = session.readStream.table("u")
    writer = stream.writeStream.option("checkpointLocation", f"s3a://{bucket}/checkpoint")
    query = (
        writer.option("path", f"s3a://{bucket}/tables/v").trigger(availableNow=True).toTable("v")
    )
    query.awaitTermination()
    assert rows(session.table("v")) == [(0,), (1,), (2,)]
    disconnect(session)


def settings_as_options(reader, store):
    for key, value in store.settings().items():
        reader = reader.option(key, value)
    return reader


def test_settings_may_be_options_or_the_environment(start_server, store, bucket):
    place = f"s3a://{bucket}/data"
    session = connect(start_server().url)
    settings_as_options(session.range(5).write, store).parquet(place)
    assert settings_as_options(session.read, store).parquet(place).count() == 5
    disconnect(session)
    environment = {
        "AWS_ENDPOINT_URL": store.endpoint,
        "AWS_ACCESS_KEY_ID": ACCESS_KEY,
        "AWS_SECRET_ACCESS_KEY": SECRET_KEY,
        "AWS_REGION": "eu-central-1",
    }
    session = connect(start_server(environment).url)
    assert session.read.parquet(place).count() == 5
    session.conf.set(
        "fs.s3a.aws.credentials.provider",
        "org.apache.hadoop.fs.s3a.SimpleAWSCredentialsProvider,"
        "software.amazon.awssdk.auth.credentials.EnvironmentVariableCredentialsProvider",
    )
    assert session.read.parquet(place).count() == 5
    disconnect(session)


def test_what_a_store_refuses_is_told_without_secrets(start_server, store, bucket):
    server = start_server()
    session = store.configure(connect(server.url))
    place = f"s3a://{bucket}/data"
    session.range(5).write.parquet(place)

    def failure(action):
        with pytest.raises(PySparkException) as raised:
            action()
        text = str(raised.value)
        assert SECRET_KEY not in text
        return text

    with pytest.raises(AnalysisException, match="PATH_NOT_FOUND.*nothing-here"):
        session.read.parquet(f"s3a://{bucket}/nothing-here").count()
    missing = f"s3a://no-such-bucket-{uuid.uuid4()}/data"
    text = failure(lambda: session.read.json(missing).count())
    assert "UnknownStoreException" in text and missing in text
    text = failure(lambda: session.range(1).write.json(missing))
    assert "UnknownStoreException" in text and missing in text
    store.check_keys(True)
    try:
        text = failure(lambda: session.read.parquet(place).count())
        assert "AccessDeniedException" in text and place in text
    finally:
        store.check_keys(False)
    session.conf.set("fs.s3a.encryption.algorithm", "SSE-KMS")
    text = failure(lambda: session.read.parquet(place).count())
    assert "UNSUPPORTED_FEATURE" in text or "not supported" in text
    assert "fs.s3a.encryption.algorithm" in text
    session.conf.unset("fs.s3a.encryption.algorithm")
    text = failure(
        lambda: session.read.parquet(f"s3a://{ACCESS_KEY}:{SECRET_KEY}@{bucket}/data").count()
    )
    assert ACCESS_KEY not in text
    shown = str(session.sql("SET").collect())
    assert "fs.s3a.secret.key" in shown and SECRET_KEY not in shown
    options = settings_as_options(session.read, store).parquet(place)
    assert SECRET_KEY not in options._explain_string(extended=True)
    disconnect(session)
    code, _ = server.stop()
    assert code == 0, server.log()
    assert SECRET_KEY not in server.log() and ACCESS_KEY not in server.log()
