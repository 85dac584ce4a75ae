"""Asks Apache Spark how it reads and writes files: formats, options, modes, partition directories.

Run it with the Python of the spark-4.1 environment (scripts/python_environments.sh):

    <environment>/bin/python tests/conformance/record_files.py

It writes answers/spark-<major.minor>/files_*.jsonl, a JSON object a
line: the case and, under "answer", what Spark did; and Parquet files. Values are texts, as
CAST(… AS STRING) gives them.
"""

import json
import pathlib
import re
import tempfile

from pyspark.sql import SparkSession

from file_option_cases import csv_options, json_options, text_options

HERE = pathlib.Path(__file__).resolve().parent
THREE_STRINGS = "a STRING, b STRING, c STRING"
WITH_CORRUPT = "a INT, b STRING, _corrupt_record STRING"


def read_case(kind, text, schema=None, columns=None, **options):
    return {"format": kind, "text": text, "schema": schema, "columns": columns, "options": options}


def csv_cases():
    def csv(text, schema=THREE_STRINGS, columns=None, **options):
        return read_case("csv", text, schema, columns, **options)

    for text in [
        "1,2,3\n", "1,2\n", "1,2,3,4\n", "\n\n1,2,3\n", "   \n1,2,3\n", ",,\n", '"a","b","c"\n',
        '"a,b",c,d\n', '"a""b",c,d\n', '"a\\"b",c,d\n', 'a"b,c,d\n', '"a"b,c,d\n', '"a" ,b,c\n',
        ' "a",b,c\n', " a , b ,c \n", '"","",x\n', "a\\,b,c,d\n", "a\\nb,c,d\n", '"a\\\\",b,c\n',
        '"a\nb",c,d\n', '"abc,d,e\nf,g,h\n', "a,b,c\r\nd,e,f\r\n", "a,b,c\rd,e,f\r", "a,b,c",
        '"a\\\\"b",c,d\n', '"a\\', 'a,"b\n', 'a,"b" x,c\n', '"a"",b,c\n', 'a\\"b,c,d\n',
        '"""a""",b,c\n', '"a,""b"",c",d,e\n', "\ufeffa,b,c\n", "a,b,c\n\nd,e,f\n",
        "# x,y,z\na,b,c\n", '"a" "b",c,d\n', '"a"\t,b,c\n', "'a,b',c,d\n", '"a\\nb",c,d\n',
        '"\\\\\\"",b,c\n', '"a" x "b",c\n', '"a",\n', 'a,b,"', '"",,\n', '"a"b"c",d,e\n',
    ]:
        yield csv(text)
    for text in ['"a\nb",c,d\ne,f,g\n', '"a\r\nb",c,d\n', "a,b,c\n\n\nd,e,f\n", '"abc,d,e\nf,g,h\n',
                 "a,b,c\r\nd,e,f\r\n"]:
        yield csv(text, multiLine=True)
    yield csv("a|b|c\n", sep="|")
    yield csv("a||b||c\n", sep="||")
    yield csv("a\tb\tc\n", sep="\\t")
    yield csv("a\tb\tc\n", delimiter="\t")
    yield csv("'a,b',c,d\n", quote="'")
    yield csv('"a,b",c,d\n', quote="")
    for text in ['"a""b",c,d\n', '"a","",c\n', '"a""","b","c"\n', '"a\\"b",c,d\n', '"""a""",b,c\n']:
        yield csv(text, escape='"')
    yield csv("#x\na,b,c\n", comment="#")
    yield csv("a,b,c\n  #x\n", comment="#")
    yield csv('"#x",b,c\n', comment="#")
    yield csv("h1,h2,h3\na,b,c\n", header=True)
    yield csv("h1,h2\na,b,c\n", header=True)
    yield csv("\n\nh1,h2,h3\na,b,c\n", header=True)
    yield csv("#x\nh1,h2,h3\na,b,c\n", header=True, comment="#")
    yield csv("A,B,C\n1,2,3\n", header=True, enforceSchema=False)
    yield csv(" a , b , c \n", ignoreLeadingWhiteSpace=True)
    yield csv(" a , b , c \n", ignoreTrailingWhiteSpace=True)
    both = {"ignoreLeadingWhiteSpace": True, "ignoreTrailingWhiteSpace": True}
    yield csv(' " a " , b , c \n', **both)
    yield csv(" , b ,  \n", **both)
    yield csv("a,NA,\n", nullValue="NA")
    yield csv('a,"NA",""\n', nullValue="NA")
    yield csv('a,,""\n', nullValue="NA")
    yield csv('a,,""\n', emptyValue="E")
    yield csv('a,,""\n', emptyValue="", nullValue="-")
    yield csv('a,"-",-\n', nullValue="-")
    yield csv("a,b,c\nd,e\n", mode="DROPMALFORMED")
    yield csv("a,b,c\nd,e\n", mode="FAILFAST")
    yield csv("a,b,c\nd,e,f,g\n", mode="DROPMALFORMED")
    for text in ["1,x\n", "z,x\n", "1\n", "1,x,y\n", "\n", '"1,x\n', "1.5,x\n", " 1,x\n", "+1,x\n",
                 "99999999999,x\n", "0x1,x\n", "1 ,x\n", "-,x\n", "+-1,x\n"]:
        yield csv(text, WITH_CORRUPT)
        yield csv(text, "a INT, b STRING")
    yield csv("z,x\n1,y\n", WITH_CORRUPT, ["b"])
    yield csv("z,x\n1,y\n", WITH_CORRUPT, ["b", "_corrupt_record"])
    yield csv("z,x\n1,y\n", WITH_CORRUPT, ["a", "_corrupt_record"])
    yield csv("1\n2,y\n", WITH_CORRUPT, ["a", "_corrupt_record"])
    yield csv("z,x\n1,y\n", WITH_CORRUPT, ["_corrupt_record"])
    yield csv("1\n2,y\n", WITH_CORRUPT, ["a"])
    yield csv("1\n2,y\n", "a INT, b STRING", ["a"], mode="DROPMALFORMED")
    yield csv("1\nz,y\n", "a INT, b STRING", ["b"], mode="DROPMALFORMED")
    yield csv("1\nz,y\n2,y\n", "a INT, b STRING", mode="DROPMALFORMED")
    yield csv("z,x\n", "a INT, b STRING, bad STRING", columnNameOfCorruptRecord="bad")
    yield csv("z,x\n", "a INT, _corrupt_record STRING, b STRING")

    def typed(values, kind, **options):
        schema = f"a {kind}, b STRING, _corrupt_record STRING"
        return csv("".join(value + ";k\n" for value in values), schema, sep=";", **options)

    yield typed(["true", "True", "TRUE", "false", "t", "1", "0", "yes", "", " true"], "BOOLEAN")
    yield typed(["1", "127", "128", "-128", "1.0", "abc", "", "1e2"], "TINYINT")
    yield typed(["1", "9223372036854775807", "9223372036854775808", "-1", "1L", "1.0"], "BIGINT")
    yield typed(["1", "1.5", "1e3", "NaN", "nan", "Inf", "-Inf", "Infinity", "-Infinity", "1d", "1f",
                 "0x1p3", "0x1p3d", "0x10", ".5", "5.", "1,5", "abc", "", "1_000", " 1 ", "1e400",
                 "1e-400", "+1.5", "inf", "infinity", "."], "DOUBLE")
    yield typed(["1.5", "NaN", "1e40", "Inf", "abc", "-0.0", "3.4028236e38"], "FLOAT")
    yield typed(["1.5", "1.555", "1.545", "12345.678", "1e2", "abc", "1,234.5", "", "123456789",
                 "-1.555", "1.5d", " 1", "999999.999", "1e50"], "DECIMAL(8,2)")
    yield typed(["2024-01-02", "2024-1-2", "2024-01", "2024", "2024-01-02 10:00:00",
                 "2024-01-02T10:00:00", "01/02/2024", "20240102", "2024-02-30", "", "epoch",
                 "1704067200"], "DATE")
    yield typed(["2024-01-02", "2024-1-2 3:4:5", "2024-01-02 10:11:12", "2024-01-02 10:11:12.5",
                 "2024-01-02T10:11:12.123456Z", "2024-01-02T10:11:12+02:00", "2024-01-02T10:11",
                 "2024", "1704067200", "1704067200000", "abc", "2024-01-02 10:11:12.123456789",
                 "2024-01-02T10:11:12 Europe/Paris"], "TIMESTAMP")
    yield typed(["2024-01-02 10:11:12", "2024-01-02T10:11:12Z", "2024-01-02",
                 "2024-01-02T10:11:12+02:00", "2024-01-02T10:11:12.5"], "TIMESTAMP_NTZ")
    yield typed(["02/01/2024", "2/1/2024", "2024-01-02"], "DATE", dateFormat="dd/MM/yyyy")
    yield typed(["02/01/2024 10:11", "2024-01-02 10:11:12"], "TIMESTAMP",
                timestampFormat="dd/MM/yyyy HH:mm")
    yield typed(["02/01/2024 10:11", "2024-01-02 10:11:12"], "TIMESTAMP_NTZ",
                timestampNTZFormat="dd/MM/yyyy HH:mm")
    yield typed(["2024-01-02 10:11:12"], "TIMESTAMP", timeZone="Europe/Paris")
    yield typed(["abc", "é", ""], "BINARY")
    yield typed(["x"], "ARRAY<INT>")
    own_names = {"nanValue": "N", "positiveInf": "P", "negativeInf": "M"}
    yield typed(["N", "n", "-9", "P", "M", "Inf"], "DOUBLE", **own_names)

    def inferred(text, **options):
        return csv(text, None, None, **{"inferSchema": True, **options})

    for text in ["1,a,1.5,true\n2,b,2,false\n", "1\n1.5\n", "1\nx\n", "1\n9999999999\n",
                 "9999999999999999999999\n1\n", "2024-01-02\n2024-01-03\n",
                 "2024-01-02\n2024-01-03 10:00:00\n", "2024-01-02 10:00:00\n", "true\n1\n",
                 "1,\n,\n", "1,2\n1,2,3\n", "1,2,3\n1,2\n", "1.5\n1e3\nNaN\n", "NaN\nInf\n",
                 '"1"\n2\n', "2024-01-02\nabc\n", "2024-01-02\n1\n", "1\n2024-01-02\n",
                 "1.5\n12345678901234567890\n", "2024-01-02T10:00:00Z\n",
                 "2024-01-02T10:00:00.123+01:00\n", "\n\n1,2\n", " 1, 2\n", "2024-1-2\n",
                 "20240102\n", "1.10\n", "true\n\n", "1\n99999999999999999999\n", ""]:
        yield inferred(text)
    for text in ["a,b\n1,2\n", "a,a,A,\n1,2,3,4\n", "", "a,b\n", "a b,c.d\n1,2\n",
                 "a,b\n1\n", "a\n1,2\n"]:
        yield inferred(text, header=True)
    yield inferred('a\n"x\ny"\n', header=True, multiLine=True)
    yield inferred("1,2\n", inferSchema=False)
    yield inferred("x\n", mode="FAILFAST")
    yield inferred("NA\n1\n", nullValue="NA")
    yield inferred("2024-01-02\n", preferDate=False)
    yield inferred("02/01/2024\n", dateFormat="dd/MM/yyyy")


def json_cases():
    def jsons(text, schema="a INT, b STRING", columns=None, **options):
        return read_case("json", text, schema, columns, **options)

    mixed = '{"a":1,"b":"x"}\n{"a":"bad","b":"y"}\nnotjson\n\n{"a":2,"c":9}\n'
    yield jsons(mixed)
    yield jsons(mixed, mode="DROPMALFORMED")
    yield jsons(mixed, mode="FAILFAST")
    yield jsons(mixed, WITH_CORRUPT)
    yield jsons(mixed, WITH_CORRUPT, ["b"])
    yield jsons(mixed, WITH_CORRUPT, ["b", "_corrupt_record"])
    yield jsons(mixed, WITH_CORRUPT, ["a", "_corrupt_record"])
    yield jsons(mixed, WITH_CORRUPT, ["_corrupt_record"])
    yield jsons(mixed, columns=["b"], mode="DROPMALFORMED")
    yield jsons('[{"a":1},{"a":2}]\n{"a":3}\n')
    yield jsons('[{"a":1},\n{"a":2}]', multiLine=True)
    yield jsons('{"a":1}\n{"a":2}\n', multiLine=True)
    yield jsons('{"a":1} trailing\n', WITH_CORRUPT)
    yield jsons('"x"\n1\nnull\n[]\n', WITH_CORRUPT)
    yield jsons("{'a':1}\n", WITH_CORRUPT)
    yield jsons('{"a":1}\r{"a":2}\r\n{"a":3}\n')
    yield jsons('{"A":1,"B":"x"}\n')
    yield jsons('{"a":1,"a":2}\n')
    yield jsons('\ufeff{"a":1}\n')
    for text in ['{"a":1,"b":"x"}\n{"a":1.5,"c":null}\n',
                 '{"a":{"y":1,"x":[1,2.5]}}\n{"a":{"z":true}}\n',
                 '{"a":[]}\n{"a":null,"e":{},"f":""}\n', '{"a":1}\nbad\n',
                 '{"a":1}\n{"a":"x"}\n{"a":{"b":1}}\n', '{"a":99999999999999999999}\n',
                 '{"a":99999999999999999999}\n{"a":1}\n',
                 '{"a":99999999999999999999999999999999999999999}\n', '[{"a":1},{"b":2}]\n',
                 "null\n", "{'a':1}\n", '{"a":NaN}\n', '{"b":1,"A":2,"a":3}\n',
                 '{"b":1,"Z":2,"a":3}\n', '{"a":"2024-01-02"}\n', '{"a":1}\n{"a":true}\n',
                 '{"a":[1,"x",{"b":1}]}\n', '{"a":[{"b":1},{"c":2}]}\n', '{"":1,"b":2}\n', "\n\n",
                 '{"a":1}\n{"a":[1]}\n', '{"a":1e2,"c":-0,"d":0.1}\n', '{"a":""}\n{"a":1}\n',
                 '{"a":1}\n2\n']:
        yield jsons(text, None)
    yield jsons('{"a":1}\nbad\n', None, mode="DROPMALFORMED")
    yield jsons('{"a":1.25}\n{"a":10.5}\n', None, prefersDecimal=True)
    yield jsons('{"a":1,"b":true}\n', None, primitivesAsString=True)
    yield jsons('{"a":null,"b":1,"c":[],"d":{"e":null}}\n', None, dropFieldIfAllNull=True)


def text_cases():
    for text in ["a\nb\n\nc", "a\r\nb\rc\n", "\ufeffa\n", "a\n\n", "\n"]:
        yield read_case("text", text)
    yield read_case("text", "a\nb\n", wholetext=True)
    yield read_case("text", "a;b;c;", lineSep=";")
    yield read_case("text", "a||b", lineSep="||")


def partition_case(directories, schema=None, below="", **options):
    return {"directories": directories, "schema": schema, "below": below, "options": options}


def partition_cases():
    null = "__HIVE_DEFAULT_PARTITION__"
    for values in [
        ["1", "2"], ["1", "9999999999"], ["1", "99999999999999999999"], ["1", "1.5"],
        ["9999999999", "1.5"], ["99999999999999999999", "1.5"], ["1", "a b"],
        ["2024-01-02", "2024-01-03"], ["2024-01-02", "2024-01-02 10%3A00%3A00"],
        ["2024-01-02 10%3A00%3A00"], ["2024-01-02", "1"], ["true", "false"], [null, "1"],
        ["007", "+5", "-3"], ["1d", "2.5f"], ["NaN"], ["2024-1-2"], ["2024-01-02 10%3A00"],
        ["2024-01-02 10%3A00%3A00.5"], ["2024-01-02T10%3A00%3A00"],
        ["99999999999999999999999999999999999999999"], ["x%2Fy", "x y"], ["1.10"], ["1L"], [" 1"],
        ["0x10"], ["2024"],
    ]:
        yield partition_case(["k=" + value for value in values])
    yield partition_case(["k=1", "k=2"], "k STRING, x INT")
    yield partition_case(["k=1", "k=a"], "x INT, k INT")
    yield partition_case(["K=1"], "x INT, k INT")
    yield partition_case(["k=1/j=2"])
    yield partition_case(["k=1", "j=2"])
    yield partition_case(["x=7"])
    yield partition_case(["x=7"], "x INT")
    yield partition_case(["a/k=1"])
    yield partition_case(["k=1"], below="/k=1")
    yield partition_case(["k=1"], below="/*")
    yield partition_case(["k=1"], below="/k=1", basePath="<root>")
    yield partition_case(["k=1"], recursiveFileLookup="true")
    yield partition_case(["a", "."])
    yield partition_case(["a", "."], recursiveFileLookup="true")
    yield partition_case(["_h", "."])
    yield partition_case(["_k=1"])
    yield partition_case([".h/k=1", "."])
    yield partition_case(["k=1=2"])


def write_case(kind, schema, rows, **options):
    return {"format": kind, "schema": schema, "rows": rows, "options": options}


def write_cases():
    texts = [None, "", "a", "a,b", 'a"b', "a\\b", " a ", "a\nb", "#x", '"a"', "\ta", "a;b",
             'a\\"b', ",", "é", "a,b\\c", "a||b", "  "]
    three = [[str(i), text, "z"] for i, text in enumerate(texts)]
    for options in [{}, {"header": True}, {"quoteAll": True}, {"escapeQuotes": False},
                    {"escape": '"'}, {"quote": "'"}, {"sep": ";"}, {"sep": "||"}, {"sep": "\\t"},
                    {"nullValue": "NULL"}, {"emptyValue": ""},
                    {"nullValue": "NULL", "emptyValue": "E"},
                    {"ignoreLeadingWhiteSpace": False, "ignoreTrailingWhiteSpace": False},
                    {"charToEscapeQuoteEscaping": "|"}]:
        yield write_case("csv", "i INT, s STRING, z STRING", three, **options)
        yield write_case("csv", "s STRING", [[text] for text in texts], **options)
    types = ("b TINYINT, d DOUBLE, n DOUBLE, i DOUBLE, mi DOUBLE, e DOUBLE, f FLOAT, "
             "dec DECIMAL(4,2), bo BOOLEAN, da DATE, ts TIMESTAMP, ts2 TIMESTAMP, ts3 TIMESTAMP, "
             "tn TIMESTAMP_NTZ, tn2 TIMESTAMP_NTZ, bi BINARY")
    values = [["1", "1.5", "NaN", "Infinity", "-Infinity", "1e10", "0.1", "12.50", "true",
               "2024-01-02", "2024-01-02 03:04:05.678", "2024-01-02 03:04:05.6789",
               "2024-01-02 03:04:05", "2024-01-02 03:04:05.678", "2024-01-02 03:04:05", "ab"]]
    for kind in ["csv", "json"]:
        yield write_case(kind, types, values)
        yield write_case(kind, types, values, timeZone="Europe/Paris")
        yield write_case(kind, types, values, dateFormat="dd/MM/yyyy",
                         timestampFormat="dd/MM/yyyy HH:mm", timestampNTZFormat="dd/MM/yyyy HH")
    yield write_case("json", "a INT, b STRING", [["1", None], [None, "é\"\\\n"]])
    yield write_case("json", "a INT, b STRING", [["1", None]], ignoreNullFields=False)
    yield write_case("json", "a STRING", [["a"]], lineSep=";")
    yield write_case("text", "a STRING", [["a"], [None], [""], ["b"]])
    yield write_case("text", "a STRING", [["a"]], lineSep=";")
    yield write_case("csv", "a INT", [], header=True)
    yield write_case("json", "a INT", [])


def texts_of(frame):
    columns = [frame[f"`{name}`"].cast("string") for name in frame.columns]
    return [list(row) for row in frame.select(*columns).collect()]


def condition_of(error):
    found = re.search(r"\[([A-Z_0-9.]+)\]", str(error))
    return found[1] if found else type(error).__name__


def answer(action):
    try:
        return action()
    except Exception as error:
        return {"error": condition_of(error)}


def read(spark, directory, case):
    (directory / "file.txt").write_bytes(case["text"].encode(case.get("charset", "UTF-8")))
    reader = spark.read.format(case["format"]).options(**case["options"])
    if case["schema"]:
        reader = reader.schema(case["schema"])
    frame = reader.load(str(directory))
    if case["columns"]:
        frame = frame.select(*case["columns"])
    return {"schema": frame.schema.simpleString(), "rows": texts_of(frame)}


def read_partitions(spark, directory, case):
    for i, name in enumerate(case["directories"]):
        (directory / name).mkdir(parents=True, exist_ok=True)
        (directory / name / "file.json").write_text(f'{{"x":{i}}}\n')
    options = {k: v.replace("<root>", str(directory)) for k, v in case["options"].items()}
    reader = spark.read.options(**options)
    if case["schema"]:
        reader = reader.schema(case["schema"])
    frame = reader.json(str(directory) + case["below"])
    return {"schema": frame.schema.simpleString(), "rows": sorted(texts_of(frame), key=str)}


def write(spark, directory, case):
    names = [part.split()[0] for part in re.split(r", (?=[a-z])", case["schema"])]
    types = [part.split()[1] for part in re.split(r", (?=[a-z])", case["schema"])]
    source = spark.createDataFrame(case["rows"], ", ".join(f"{name} STRING" for name in names))
    frame = source.select(*[source[n].cast(t).alias(n) for n, t in zip(names, types)])
    target = directory / "out"
    frame.coalesce(1).write.format(case["format"]).options(**case["options"]).save(str(target))
    parts = sorted(target.glob("part-*"))
    return {"text": "".join(part.read_bytes().decode() for part in parts)}


PARQUET_TYPES = """
    SELECT CAST(id AS TINYINT) AS i8, CAST(id AS SMALLINT) AS i16, CAST(id AS INT) AS i32, id AS i64,
      CAST(id / 3 AS FLOAT) AS f, id / 7 AS d, CAST(id / 3 AS DECIMAL(5, 2)) AS dec5,
      CAST(id AS DECIMAL(15, 3)) AS dec15, CAST(id AS DECIMAL(38, 10)) AS dec38,
      id % 2 = 0 AS bo, CONCAT('s', id) AS s, CAST(CONCAT('b', id) AS BINARY) AS bi,
      DATE_ADD(DATE'1969-12-30', CAST(id AS INT)) AS da,
      TIMESTAMP'1969-12-31 23:59:59.5' + MAKE_INTERVAL(0, 0, 0, 0, 0, 0, id) AS ts,
      TIMESTAMP_NTZ'2024-01-02 03:04:05.678901' AS tn,
      MAKE_DT_INTERVAL(CAST(id AS INT), 2) AS dt, MAKE_YM_INTERVAL(1, CAST(id AS INT)) AS ym,
      IF(id = 1, NULL, ARRAY(id, NULL, id + 1)) AS arr,
      IF(id = 2, NULL, MAP(CONCAT('k', id), id)) AS m,
      IF(id = 0, NULL, NAMED_STRUCT('x', id, 'y', ARRAY(NAMED_STRUCT('z', 'q')))) AS st,
      CAST(NULL AS STRING) AS nothing
    FROM RANGE(0, 3, 1, 1)"""


def write_parquet(spark, answers):
    """Files as Spark writes them, and what Spark reads in them."""
    frame = spark.sql(PARQUET_TYPES)
    lines = []
    for kind in ["INT96", "TIMESTAMP_MICROS", "TIMESTAMP_MILLIS"]:
        spark.conf.set("spark.sql.parquet.outputTimestampType", kind)
        with tempfile.TemporaryDirectory() as directory:
            target = pathlib.Path(directory) / "out"
            frame.coalesce(1).write.parquet(str(target))
            name = f"files_{kind.lower()}.parquet"
            (answers / name).write_bytes(next(target.glob("part-*")).read_bytes())
            read_back = spark.read.parquet(str(target))
            answer = {"schema": read_back.schema.simpleString(), "rows": texts_of(read_back)}
        lines.append(json.dumps({"file": name, "answer": answer}, ensure_ascii=False) + "\n")
    (answers / "files_parquet.jsonl").write_text("".join(lines))


def main():
    spark = (
        SparkSession.builder.master("local[1]")
        .config("spark.ui.enabled", "false")
        .config("spark.sql.session.timeZone", "UTC")
        .getOrCreate()
    )
    spark.sparkContext.setLogLevel("OFF")
    answers = HERE / "answers" / ("spark-" + ".".join(spark.version.split(".")[:2]))
    for name, cases, action in [
        ("files_read", [*csv_cases(), *json_cases(), *text_cases()], read),
        ("files_options", [*csv_options(), *json_options(), *text_options()], read),
        ("files_partitions", [*partition_cases()], read_partitions),
        ("files_write", [*write_cases()], write),
    ]:
        lines = []
        for case in cases:
            with tempfile.TemporaryDirectory() as directory:
                path = pathlib.Path(directory)
                case["answer"] = answer(lambda: action(spark, path, case))
            lines.append(json.dumps(case, ensure_ascii=False) + "\n")
        (answers / f"{name}.jsonl").write_text("".join(lines))
    write_parquet(spark, answers)


if __name__ == "__main__":
    main()
