"""Options of the text, CSV and JSON readers: one case or more for each (see record_files.py)."""

THREE_STRINGS = "a STRING, b STRING, c STRING"
WITH_CORRUPT = "a INT, b STRING, _corrupt_record STRING"


def case(kind, text, schema=None, columns=None, charset="UTF-8", **options):
    """`charset`: Python's name of the one that the file is in."""
    return {"format": kind, "text": text, "schema": schema, "columns": columns,
            "charset": charset, "options": options}


def csv_options():
    def csv(text, schema=THREE_STRINGS, columns=None, charset="UTF-8", **options):
        return case("csv", text, schema, columns, charset, **options)

    yield csv("z,x\n1,y\n", WITH_CORRUPT, mode="nonsense")
    for charset, name in [("ISO-8859-1", "ISO-8859-1"), ("ISO-8859-1", "latin1"),
                          ("ISO-8859-1", "windows-1252")]:
        yield csv("é,b,c\nñ,ü,d\n", charset=charset, encoding=name)
    yield csv("é,b,c\n", encoding="utf8")
    yield csv("é,b,c\nd,e,f\n", charset="UTF-16", encoding="UTF-16", multiLine=True)
    yield csv("é,b,c\nd,e,f\n", charset="UTF-16LE", encoding="UTF-16LE", multiLine=True)
    yield csv("é,b,c\nd,e,f\n", charset="UTF-16BE", encoding="UTF-16BE", lineSep="\n")
    yield csv("é,b,c\nd,e,f\n", encoding="UTF-32LE", multiLine=True)
    yield csv("a,b,c\n", encoding="nonsense")
    yield csv("a,b,c;d,e,f;", lineSep=";")
    yield csv("a,b,c\nd,e,f", lineSep="\n")
    yield csv("a,b,c;;d,e,f", lineSep=";")
    yield csv('"a;b",c,d;e,f,g', lineSep=";")
    yield csv("a,b,c\n", lineSep="")
    yield csv("A,B,C\n1,2,3\n", "a STRING, x STRING, c STRING", header=True, enforceSchema=False)
    yield csv("a,b\n1,2\n", THREE_STRINGS, header=True, enforceSchema=False)
    yield csv("b,a,c\n1,2,3\n", THREE_STRINGS, header=True)
    yield csv("a,b,c\n1,2,3\n", THREE_STRINGS, ["c"], header=True)
    yield csv("1\n2,y\n", "a INT, b STRING", ["a"], columnPruning=False)
    yield csv("1\n2,y\n", "a INT, b STRING", ["a"], columnPruning=False, mode="DROPMALFORMED")
    yield csv("z,x\n2,y\n", "a INT, b STRING", ["b"], columnPruning=False, mode="DROPMALFORMED")
    yield csv("z,x\n2,y\n", "a INT, b STRING", ["b"], mode="FAILFAST")
    yield csv("1,2,3\n", maxColumns=2)
    yield csv("1,2,3\n", maxColumns=3)
    yield csv("1,abcd,3\n", maxCharsPerColumn=3)
    yield csv("1,abc,3\n", maxCharsPerColumn=3)
    yield csv("a,b,c\n", quote="ab")
    yield csv("a,b,c\n", escape="ab")
    yield csv("a,b,c\n", comment="ab")
    yield csv("a\\x,b,c\n", sep="\\x")
    yield csv("a\u0001b\u0001c\n", sep="\u0001")
    yield csv('"a|"b",c,d\n', charToEscapeQuoteEscaping="|", escape="|")
    yield csv('"a\\\\"b",c,d\n', charToEscapeQuoteEscaping="\\")
    yield csv("h\n#x\n1\n", "h INT", header=True, comment="#", multiLine=True)
    yield csv('1,"x\ny"\nz,w\n', WITH_CORRUPT, multiLine=True)
    yield csv('1,"x\ny"\nz,w\n', "a INT, b STRING", multiLine=True, mode="DROPMALFORMED")
    yield csv('1,"x\ny"\nz,w\n', "a INT, b STRING", multiLine=True, mode="FAILFAST")
    yield csv("1,x\n", "a INT, _corrupt_record INT")
    yield csv("1,x\n", "a INT, b STRING, bad INT", columnNameOfCorruptRecord="bad")
    yield csv("1,2024-01-02\n", None, inferSchema=True, preferDate=False)
    yield csv("1,x\n2,y\n", None, inferSchema=True, samplingRatio=1.0)
    yield csv("a,b\n1,x\n", None, header=True, inferSchema=True, mode="DROPMALFORMED")
    yield csv("NaN,Inf,x\nN,P,y\n", "a DOUBLE, b DOUBLE, c STRING", nanValue="N", positiveInf="P")
    yield csv("1.5,2\n", "a FLOAT, b DOUBLE", ["b"])
    yield csv("1,234;x;y\n", "a DECIMAL(8,2), b STRING, c STRING", sep=";", locale="en-US")
    yield csv("a,b,c\n", "a STRING, b STRING, c STRING", ["c", "a"])
    yield csv("a,b,c\n", timeZone="nonsense")


def json_options():
    def jsons(text, schema="a INT, b STRING", columns=None, charset="UTF-8", **options):
        return case("json", text, schema, columns, charset, **options)

    flags = [
        ("allowComments", '/* x */ {"a":1 /* y */}\n{"a":2} // z\n'),
        ("allowUnquotedFieldNames", '{a:1, "b":"x"}\n{a1:1}\n'),
        ("allowSingleQuotes", "{'a':1, 'b':'x\"y'}\n{\"b\":'z'}\n"),
        ("allowNumericLeadingZeros", '{"a":007}\n{"a":-01}\n{"a":0}\n'),
        ("allowNonNumericNumbers", '{"b":NaN}\n{"b":Infinity, "a":1}\n{"b":-INF}\n'),
        ("allowUnquotedControlChars", '{"b":"x\ty"}\n{"b":"x\u0001y"}\n'),
        ("allowBackslashEscapingAnyCharacter", '{"b":"x\\$y"}\n{"b":"\\a"}\n'),
    ]
    for name, text in flags:
        for value in [True, False]:
            yield jsons(text, WITH_CORRUPT, **{name: value})
            yield jsons(text, None, **{name: value})
    yield jsons('{"a":NaN}\n{"a":"NaN"}\n{"a":Infinity}\n{"a":-Infinity}\n{"a":"-INF"}\n{"a":+INF}\n',
                "a DOUBLE, _corrupt_record STRING")
    yield jsons('{"a":NaN}\n{"a":"NaN"}\n{"a":"Infinity"}\n', "a DOUBLE, _corrupt_record STRING",
                allowNonNumericNumbers=False)
    yield jsons('{"a":"02/01/2024"}\n{"a":"2024-01-02"}\n', "a DATE, _corrupt_record STRING",
                dateFormat="dd/MM/yyyy")
    yield jsons('{"a":"2024-01-02"}\n{"a":"2024-1-2"}\n{"a":19724}\n{"a":"x"}\n',
                "a DATE, _corrupt_record STRING")
    yield jsons('{"a":"02/01/2024 10:11"}\n{"a":"2024-01-02 10:11:12"}\n',
                "a TIMESTAMP, _corrupt_record STRING", timestampFormat="dd/MM/yyyy HH:mm")
    yield jsons('{"a":"2024-01-02T10:11:12"}\n{"a":"2024-01-02 10:11:12.5"}\n{"a":1704067200}\n'
                '{"a":"2024-01-02T10:11:12+02:00"}\n{"a":"x"}\n{"a":"2024-01-02"}\n',
                "a TIMESTAMP, _corrupt_record STRING", timeZone="Europe/Paris")
    yield jsons('{"a":"02/01/2024 10"}\n', "a TIMESTAMP_NTZ, _corrupt_record STRING",
                timestampNTZFormat="dd/MM/yyyy HH")
    yield jsons('{"a":"2024-01-02T10:11:12"}\n{"a":"2024-01-02T10:11:12Z"}\n',
                "a TIMESTAMP_NTZ, _corrupt_record STRING")
    for kind, values in [
        ("TINYINT", ["1", "128", "1.0", '"1"']), ("BIGINT", ["9223372036854775808", "1e2", "1"]),
        ("FLOAT", ["1.5", "1e40", '"1.5"', "1"]), ("DECIMAL(5,2)", ["1.234", "1234.5", '"1.5"', "7"]),
        ("BOOLEAN", ["true", '"true"', "1"]), ("BINARY", ['"YWI="', '"ab"', "1"]),
        ("STRING", ["1", "1.50", "true", "null", '{"x":[1, 2]}', '"s"', "[ ]"]),
        ("ARRAY<INT>", ["[1,2]", "1", '[1,"x"]', "[]", "null"]),
        ("MAP<STRING, INT>", ['{"k":1}', '{"k":"x"}', "[]"]),
        ("STRUCT<x: INT, y: STRING>", ['{"x":1}', '{"x":"q","y":"z"}', "5", "{}"]),
        ("INTERVAL DAY TO SECOND", ['"INTERVAL \'1 02:03:04\' DAY TO SECOND"', '"x"']),
    ]:
        text = "".join('{"a":%s}\n' % value for value in values)
        yield jsons(text, f"a {kind}, _corrupt_record STRING")
        yield jsons(text, f"a {kind}", mode="DROPMALFORMED")
    yield jsons('{"a":1};{"a":2};', lineSep=";")
    yield jsons('{"a":1}||{"a":2}||\n||{"a":"x"}', WITH_CORRUPT, lineSep="||")
    yield jsons('{"a":1}\n{"a":2}\n', lineSep="\n")
    yield jsons('{"a":\n1}\u0001{"a":2}', lineSep="\u0001")
    yield jsons('{"a":1}\n', lineSep="")
    yield jsons('{"b":"é"}\n{"b":"ñ"}\n', charset="UTF-16LE", encoding="UTF-16LE", lineSep="\n")
    yield jsons('{"b":"é"}\n{"b":"ñ"}\n', None, charset="UTF-16LE", encoding="UTF-16LE", lineSep="\n")
    yield jsons('{"b":"é"}\n', charset="UTF-16LE", encoding="UTF-16LE")
    yield jsons('{"b":"é"}\n', charset="UTF-16", encoding="UTF-16")
    yield jsons('{"b":"é"}\n', charset="UTF-16", encoding="UTF-16", multiLine=True)
    yield jsons('{"b":"é"}\n', charset="UTF-32", encoding="UTF-32", multiLine=True)
    yield jsons('{"b":"é"}\n', encoding="UTF-32BE", lineSep="\n")
    yield jsons('{"b":"é"}\n', charset="ISO-8859-1", encoding="ISO-8859-1", lineSep="\n")
    yield jsons('{"b":"é"}\n', charset="ISO-8859-1", encoding="ISO-8859-1")
    yield jsons('{"b":"é"}\n', encoding="UTF-8")
    yield jsons('{"b":"é"}\n', encoding="nonsense")
    yield jsons('[{"a":1},{"a":"x"}]', WITH_CORRUPT, multiLine=True)
    yield jsons('{"a":\n"x"}', WITH_CORRUPT, multiLine=True)
    yield jsons('{"a":\n1', WITH_CORRUPT, multiLine=True)
    yield jsons('{"a":\n1', multiLine=True, mode="FAILFAST")
    yield jsons('{"a":\n1', multiLine=True, mode="DROPMALFORMED")
    yield jsons('{"a":"x"}\n', "a INT, bad STRING", columnNameOfCorruptRecord="bad")
    yield jsons('{"a":1}\nx\n', None, columnNameOfCorruptRecord="bad")
    yield jsons('{"a":1}\n', "a INT, _corrupt_record INT")
    yield jsons("{}\n[]\n{\"a\":1}\n", WITH_CORRUPT)
    yield jsons('{"a":1}\nx\n', mode="nonsense")
    for text in ['{"a":1.25,"b":1}\n', '{"a":1.25}\n{"a":12345678901234567890.5}\n',
                 '{"a":0.00000000000000000000000000000000000000000001}\n']:
        yield jsons(text, None, prefersDecimal=True)
    yield jsons('{"a":{"x":1},"b":[true],"c":null}\n', None, primitivesAsString=True)
    yield jsons('{"a":[null],"b":{"c":null},"d":"","e":[]}\n', None, dropFieldIfAllNull=True)
    yield jsons('{"a":"2024-01-02 10:11:12","b":"2024-01-02"}\n', None, inferTimestamp=True)
    yield jsons('{"a":"02/01/2024"}\n{"a":"x"}\n', None, inferTimestamp=True,
                timestampFormat="dd/MM/yyyy")
    yield jsons('{"a":1}\n', None, samplingRatio=1.0)
    yield jsons('{"a":1}\n', allowComments="maybe")
    yield jsons('{"a":1}\n', timeZone="nonsense")
    yield jsons('{"a":1,"b":"x"}\n', columns=["b", "a"])
    yield jsons('{"a":"x","b":"y"}\n', columns=["b"], mode="FAILFAST")


def text_options():
    yield case("text", "a;b\n;c", None, lineSep=";")
    yield case("text", "a\nb", None, charset="UTF-16LE", encoding="UTF-16LE", lineSep="\n")
    yield case("text", "é\n", None, encoding="UTF-8")
    yield case("text", "a\n", "x STRING")
    yield case("text", "a\n", "x INT")
    yield case("text", "a\n", "x STRING, y STRING")
    yield case("text", "a\n", None, lineSep="")
    yield case("text", "a\n\nb\n", None, wholetext=True)
