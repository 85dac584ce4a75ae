"""Asks Apache Spark to write Avro and ORC files, and what it reads in them.

Run it with the Python of the spark-4.1 environment; Spark fetches its Avro package with Maven:

    <environment>/bin/python tests/conformance/record_containers.py

It writes answers/spark-<major.minor>/files_{avro,orc}.jsonl, a JSON object a line: the file, the
options and schema with which it is read, and what Spark read; and the files.
"""

import json
import pathlib
import tempfile

from pyspark.sql import SparkSession

from record_files import HERE, PARQUET_TYPES, answer, texts_of

SPARK_AVRO = "org.apache.spark:spark-avro_2.13:4.1.1"

NAMED_TYPES = {
    "type": "record", "name": "Top", "namespace": "ns",
    "fields": [
        {"name": "e", "type": ["null", {"type": "enum", "name": "Color", "symbols": ["RED", "BLUE"]}]},
        {"name": "f", "type": {"type": "fixed", "name": "Two", "size": 2}},
        {"name": "d", "type": {"type": "bytes", "logicalType": "decimal", "precision": 9, "scale": 2}},
        {"name": "ms", "type": {"type": "long", "logicalType": "timestamp-millis"}},
        {"name": "us", "type": {"type": "long", "logicalType": "timestamp-micros"}},
        {"name": "plain", "type": "long"},
        {"name": "lo", "type": {"type": "long", "logicalType": "local-timestamp-millis"}},
        {"name": "il", "type": ["int", "long"]},
        {"name": "fd", "type": ["float", "double", "null"]},
        {"name": "u", "type": ["string", "int", "null"]},
        {"name": "again", "type": ["Color", "null"]},
    ],
}
NAMED_ROWS = """
    SELECT IF(id = 0, NULL, 'BLUE') AS e, CAST('ab' AS BINARY) AS f,
      CAST(id - 1.25 AS DECIMAL(9, 2)) AS d, TIMESTAMP'1969-12-31 23:59:59.123456' AS ms,
      TIMESTAMP'2024-01-02 03:04:05.123456' AS us, TIMESTAMP'2024-01-02 03:04:05.123' AS plain,
      TIMESTAMP_NTZ'2024-01-02 03:04:05.123' AS lo, id + 3000000000 AS il, id / 3 AS fd,
      IF(id = 2, NULL, NAMED_STRUCT('member0', IF(id = 0, 's', NULL), 'member1', IF(id = 1, 7, NULL)))
        AS u, 'RED' AS again
    FROM RANGE(0, 3, 1, 1)"""
OLD_DATES = """
    SELECT d, IF(d IS NULL, NULL, ARRAY(STRUCT(d AS e))) AS nested FROM VALUES
      (DATE'0001-01-01'), (DATE'0004-02-29'), (DATE'0100-03-01'), (DATE'1100-12-31'),
      (DATE'1500-02-28'), (NULL), (DATE'1500-03-01'), (DATE'1582-10-04'), (DATE'1582-10-10'),
      (DATE'1582-10-15'), (DATE'1969-12-31'), (DATE'9999-12-31') AS t(d)"""
EVOLVED = {
    "type": "record", "name": "Top", "namespace": "ns",
    "fields": [
        {"name": "new", "type": "int", "default": 42},
        {"name": "list", "type": {"type": "array", "items": "string"}, "default": ["x", "y"]},
        {"name": "text", "type": ["null", "string"], "default": None},
        {"name": "micros", "aliases": ["us"],
         "type": {"type": "long", "logicalType": "timestamp-micros"}},
        {"name": "e", "type": ["null", {"type": "enum", "name": "Color", "symbols": ["RED", "BLUE"]}]},
    ],
}
RECURSIVE = {
    "type": "record", "name": "Node",
    "fields": [{"name": "v", "type": "int"}, {"name": "next", "type": ["null", "Node"]}],
}


def main():
    spark = (
        SparkSession.builder.master("local[1]")
        .config("spark.ui.enabled", "false")
        .config("spark.sql.session.timeZone", "UTC")
        .config("spark.jars.packages", SPARK_AVRO)
        .getOrCreate()
    )
    spark.sparkContext.setLogLevel("OFF")
    answers = HERE / "answers" / ("spark-" + ".".join(spark.version.split(".")[:2]))
    lines = {"avro": [], "orc": []}

    def write(frame, kind, name, **options):
        with tempfile.TemporaryDirectory() as directory:
            target = pathlib.Path(directory) / "out"
            frame.coalesce(1).write.format(kind).options(**options).save(str(target))
            (answers / name).write_bytes(next(target.glob("part-*")).read_bytes())
        return name

    def read(kind, name, schema=None, **options):
        def ask():
            reader = spark.read.format(kind).options(**options)
            if schema:
                reader = reader.schema(schema)
            frame = reader.load(str(answers / name))
            return {"schema": frame.schema.simpleString(), "rows": texts_of(frame)}

        case = {"file": name, "format": kind, "options": options, "schema": schema,
                "answer": answer(ask)}
        lines[kind].append(json.dumps(case, ensure_ascii=False) + "\n")

    types = spark.sql(PARQUET_TYPES)
    few = spark.sql("SELECT id AS x, CONCAT('s', id) AS y FROM RANGE(0, 5, 1, 1)")
    read("avro", write(types, "avro", "files_types.avro"))
    for codec in ["uncompressed", "snappy", "deflate", "bzip2", "xz", "zstandard"]:
        read("avro", write(few, "avro", f"files_{codec}.avro", compression=codec))
    for schema in ["y STRING", "X BIGINT, z INT", "x INT", "x DOUBLE", "y BINARY", "x STRING",
                   "x TIMESTAMP", "x BIGINT, z INT NOT NULL"]:
        read("avro", "files_snappy.avro", schema)
    read("avro", "files_snappy.avro", "a BIGINT, b STRING", positionalFieldMatching="true")
    named = spark.sql(NAMED_ROWS)
    name = write(named, "avro", "files_named.avro", avroSchema=json.dumps(NAMED_TYPES))
    read("avro", name)
    read("avro", name, enableStableIdentifiersForUnionType="true")
    read("avro", name, avroSchema=json.dumps(EVOLVED))
    read("avro", name, "d DECIMAL(12,4), e STRING")
    read("avro", name, "d DECIMAL(5,2)")
    read("avro", "files_snappy.avro", avroSchema=json.dumps(RECURSIVE), recursiveFieldMaxDepth="2")
    read("avro", write(few.where("x < 0"), "avro", "files_empty.avro"))

    # Spark's ORC reader is a second off before 1970.
    later = spark.sql(PARQUET_TYPES.replace("1969-12-31 23", "1999-12-31 23"))
    read("orc", write(later, "orc", "files_types.orc"))
    for codec in ["none", "snappy", "zlib", "lz4", "zstd"]:
        read("orc", write(few, "orc", f"files_{codec}.orc", compression=codec))
    for schema in ["y STRING", "X BIGINT, z INT", "x INT", "x STRING", "x DOUBLE"]:
        read("orc", "files_zstd.orc", schema)
    read("orc", write(few.where("x < 0"), "orc", "files_empty.orc"))
    read("orc", write(spark.sql(OLD_DATES), "orc", "files_dates.orc"))
    for kind, entries in lines.items():
        (answers / f"files_{kind}.jsonl").write_text("".join(entries))


if __name__ == "__main__":
    main()
