"""Files as batch and stream: how many there are, what they are called, what is hidden in them."""

import pathlib

import pytest
from pyspark.sql import functions as F

from conftest import rows

pytestmark = pytest.mark.newest_client


def parts(path):
    """Names of data files below `path`, without what is random in them."""
    found = sorted(pathlib.Path(path).rglob("part-*"))
    return [name.name[:10] + name.name[47:] for name in found]


def finish(query):
    query.processAllAvailable()
    query.stop()
    assert query.exception() is None


def test_as_many_files_as_asked_for(spark, tmp_path):
    """Counts and names that Apache Spark 4.1 gives for the same calls."""
    ten = spark.range(10).withColumn("k", F.col("id") % 2)
    for name, frame, expected in [
        ("three", ten.repartition(3), 3),
        ("hundred", ten.repartition(100), 10),
        ("one", ten.repartition(5).where("id >= 0").coalesce(1), 1),
        ("limit", ten.coalesce(1), 3),
        ("empty", ten.where("id < 0"), 1),
    ]:
        path = str(tmp_path / name)
        writer = frame.write.option("maxRecordsPerFile", 4) if name == "limit" else frame.write
        writer.json(path)
        assert len(parts(path)) == expected, name
        assert (tmp_path / name / "_SUCCESS").exists()
        assert spark.read.schema("id INT").json(path).count() == (0 if name == "empty" else 10)
    assert parts(tmp_path / "limit") == [f"part-00000-c00{i}.json" for i in range(3)]
    # Rows of a key are in one file.
    ten.repartition(3, "k").select("k", "id").write.json(str(tmp_path / "keys"))
    of_key = spark.read.schema("k INT").json(str(tmp_path / "keys")).groupBy("k")
    assert rows(of_key.agg(F.countDistinct(F.input_file_name()))) == [(0, 1), (1, 1)]
    ten.repartition("k").write.partitionBy("k").parquet(str(tmp_path / "partitions"))
    assert len(parts(tmp_path / "partitions")) == 2


@pytest.mark.parametrize(
    "kind, codecs",
    [
        ("json", {"gzip": ".json.gz", "lz4": ".json.lz4", "none": ".json"}),
        ("csv", {"bzip2": ".csv.bz2", "snappy": ".csv.snappy"}),
        ("text", {"deflate": ".txt.deflate"}),
        ("parquet", {"zstd": ".zstd.parquet", "lz4_raw": ".lz4raw.parquet", "gzip": ".gz.parquet"}),
        ("orc", {"zstd": ".zstd.orc", "snappy": ".snappy.orc", "none": ".orc", "zlib": ".zlib.orc"}),
        ("avro", {"snappy": ".snappy.avro", "uncompressed": ".avro", "xz": ".xz.avro",
                  "zstandard": ".zstandard.avro"}),
    ],
)
def test_every_codec_there_and_back(spark, tmp_path, kind, codecs):
    written = spark.range(1000).selectExpr("concat('v', id) AS value")
    for codec, ending in codecs.items():
        path = str(tmp_path / codec)
        written.coalesce(1).write.format(kind).option("compression", codec).save(path)
        assert parts(path) == ["part-00000-c000" + ending]
        read = spark.read.format(kind).schema("value STRING").load(path)
        assert rows(read) == rows(written)
    with pytest.raises(Exception, match="CODEC_"):
        written.write.format(kind).option("compression", "nonsense").save(str(tmp_path / "no"))


def test_overwriting_partitions(spark, tmp_path):
    path = str(tmp_path / "out")
    frame = spark.createDataFrame([(1, "a"), (2, "b"), (3, None), (4, "x/y=é ")], "v INT, k STRING")
    frame.write.partitionBy("k").csv(path)
    directories = sorted(entry.name for entry in pathlib.Path(path).iterdir() if entry.is_dir())
    assert directories == ["k=__HIVE_DEFAULT_PARTITION__", "k=a", "k=b", "k=x%2Fy%3Dé "]
    changed = spark.createDataFrame([(9, "a")], "v INT, k STRING")
    writer = changed.write.mode("overwrite").partitionBy("k")
    writer.option("partitionOverwriteMode", "dynamic").csv(path)
    read = spark.read.schema("v INT, k STRING")
    assert rows(read.csv(path)) == [(2, "b"), (3, None), (4, "x/y=é "), (9, "a")]
    changed.write.mode("overwrite").partitionBy("k").csv(path)
    assert rows(read.csv(path)) == [(9, "a")]
    for writer in [frame.write.bucketBy(2, "k"), frame.write.sortBy("k")]:
        with pytest.raises(Exception, match="bucket|sort"):
            writer.parquet(str(tmp_path / "buckets"))


def test_where_rows_come_from(spark, tmp_path):
    path = str(tmp_path / "in put")
    spark.range(3).coalesce(1).write.parquet(path)
    file = next(pathlib.Path(path).glob("part-*"))
    read = spark.read.parquet(path)
    assert read.columns == ["id"] and len(read.schema) == 1
    metadata = read.where("_metadata.row_index > 0").select("id", "_metadata").first()._metadata
    assert metadata.file_path == f"file:{file}" and metadata.file_name == file.name
    assert metadata.file_size == metadata.file_block_length == file.stat().st_size
    assert metadata.file_block_start == 0
    assert metadata.file_modification_time.microsecond // 1000 == file.stat().st_mtime_ns // 10**6 % 1000
    assert rows(read.select("_metadata.row_index")) == [(0,), (1,), (2,)]
    assert rows(read.groupBy(F.input_file_name().alias("f")).count()) == [
        ("file://" + str(file).replace(" ", "%20"), 3)
    ]
    assert read.withColumn("f", F.col("_metadata.file_name")).first().f == file.name
    assert read.select("*", "_metadata.file_size").columns == ["id", "file_size"]
    assert spark.range(1).select(F.input_file_name()).first()[0] == ""
    with pytest.raises(Exception, match="UNRESOLVED_COLUMN"):
        spark.range(1).select("_metadata").collect()


@pytest.mark.parametrize("kind", ["avro", "orc"])
def test_a_stream_of_files_that_are_cleaned(spark, tmp_path, kind):
    source, target = tmp_path / "in", tmp_path / "out"
    source.mkdir()

    def put(value):
        frame = spark.createDataFrame([(value, {"k": [value]})], "v INT, m MAP<STRING, ARRAY<INT>>")
        frame.write.mode("append").format(kind).save(str(source))

    put(1)
    stream = spark.readStream.format(kind).schema("v INT, m MAP<STRING, ARRAY<INT>>")
    options = {"cleanSource": "archive", "sourceArchiveDir": str(tmp_path / "archive")}
    query = (
        stream.options(**options).load(str(source)).select("*", "_metadata.file_name")
        .repartition(1)
        .writeStream.format(kind).option("checkpointLocation", str(tmp_path / "checkpoint"))
        .start(str(target))
    )
    names = [entry.name for entry in source.glob("part-*")]
    query.processAllAvailable()
    put(2)
    finish(query)
    read = spark.read.format(kind).load(str(target))
    assert rows(read.select("v", "m")) == [(1, {"k": [1]}), (2, {"k": [2]})]
    assert read.where("v = 1").first().file_name == names[0]
    archived = [entry.name for entry in (tmp_path / "archive").rglob("part-*")]
    assert archived == names and not (source / names[0]).exists()


def test_csv_functions_on_a_stream(spark, tmp_path):
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.txt").write_text("1,x\nz,y\n")
    parsed = spark.readStream.text(str(tmp_path / "in")).select(
        F.from_csv("value", "a INT, b STRING").alias("r")
    )
    query = (
        parsed.select("r.*", F.to_csv("r").alias("text"))
        .writeStream.format("memory").queryName("csv_rows").start()
    )
    finish(query)
    assert rows(spark.table("csv_rows")) == [(1, "x", "1,x"), (None, "y", ",y")]
