"""Windows of time in batch queries: the rows, names and types, or the error, that Apache Spark gave.

Recorded with `python tests/e2e/test_windows.py sc://HOST:PORT` on a real Spark.
"""

import json
import pathlib
import sys

import pytest

pytestmark = pytest.mark.newest_client

ANSWERS = pathlib.Path(__file__).resolve().parent / "windows_answers.json"
TABLE = """SELECT * FROM VALUES
  (1, timestamp'2024-01-01 00:00:00', '5 minutes'), (2, timestamp'2024-01-01 00:04:00', 'bad'),
  (3, timestamp'2024-01-01 00:05:00', null), (4, timestamp'2024-01-01 00:06:00', '-1 minute'), (5, null, '5 minutes')
  AS t(k, ts, g)"""
QUERIES = [
    "SELECT session_window(ts,'5 minutes') FROM t",
    "SELECT k, session_window(ts,g) FROM t",
    "SELECT session_window(ts, interval 5 minutes) FROM t",
    "SELECT session_window(ts, interval '5' minute), count(*) FROM t GROUP BY 1",
    "SELECT session_window(ts, '1 month'), count(*) FROM t GROUP BY 1",
    "SELECT session_window(ts, 5), count(*) FROM t GROUP BY 1",
    "SELECT session_window(ts, 'foo'), count(*) FROM t GROUP BY 1",
    "SELECT session_window(ts, case when k=1 then '5 minutes' else '1 minute' end) AS s, count(*) FROM t GROUP BY 1",
    "SELECT session_window.start, session_window.end, count(*), first(k), last(k), collect_list(k) FROM t GROUP BY session_window(ts,'5 minutes')",
    "SELECT session_window(k, '5 minutes') FROM t",
    "SELECT session_window(cast(ts AS date), '5 minutes') FROM t",
    "SELECT session_window(cast(ts AS string), '5 minutes') FROM t",
    "SELECT session_window(cast(ts AS timestamp_ntz), '5 minutes') FROM t",
    "SELECT session_window(ts) FROM t",
    "SELECT session_window(ts,'5 minutes','6 minutes') FROM t",
    "SELECT session_window(ts,'0 minutes') FROM t",
    "SELECT session_window(ts,'-1 minutes') FROM t",
    "SELECT session_window(ts,null) FROM t",
    "SELECT session_window(ts,'5 minutes'), window(ts,'5 minutes') FROM t",
    "SELECT session_window(ts,'5 minutes'), session_window(ts,'5 minutes') FROM t",
    "SELECT session_window(ts,'5 minutes'), session_window(ts,'6 minutes') FROM t",
    "SELECT window(ts,'5 minutes').start, window(ts,'5 minutes').end FROM t",
    "SELECT window(ts,'10 minutes','5 minutes').start AS s FROM t WHERE k=1",
    "SELECT k FROM t WHERE window(ts,'5 minutes').start > timestamp'2024-01-01'",
    "SELECT k FROM t ORDER BY window(ts,'5 minutes').start",
    "SELECT k FROM t WHERE session_window(ts,'5 minutes').start > timestamp'2024-01-01'",
    "SELECT max(window(ts,'5 minutes').start) FROM t",
    "SELECT count(*) FROM t GROUP BY window(ts,'5 minutes').start",
    "SELECT session_window(window(ts,'5 minutes'),'5 minutes') FROM t",
    "SELECT session_window(w,'5 minutes') FROM (SELECT window(ts,'5 minutes') w FROM t)",
    "SELECT window(w,'10 minutes') FROM (SELECT window(ts,'5 minutes') w FROM t)",
    "SELECT window(w,'10 minutes','5 minutes'), count(*) FROM (SELECT window(ts,'5 minutes') w FROM t) GROUP BY 1",
    "SELECT window(w,'10 minutes') FROM (SELECT session_window(ts,'5 minutes') w FROM t)",
    "SELECT window_time(w) FROM (SELECT session_window(ts,'5 minutes') w FROM t)",
    "SELECT window_time(window(ts,'5 minutes')) FROM t",
    "SELECT window_time(window), count(*) FROM t GROUP BY window(ts,'5 minutes')",
    "SELECT window(ts, ts) FROM t",
    "SELECT window(ts,'foo') FROM t",
    "SELECT window(ts,5000000) FROM t",
    "SELECT window(ts,interval 5 minutes) FROM t",
    "SELECT window(ts,'1 month') FROM t",
    "SELECT window(ts,null) FROM t",
    "SELECT window(ts,1.5) FROM t",
    "SELECT window(ts,g) FROM t",
    "SELECT window(ts,'10 minutes','3 minutes','1 minute') FROM values (timestamp'1969-12-31 23:59:00') AS x(ts)",
    "SELECT window(ts,'12 minutes','5 minutes','2 minute') FROM values (timestamp'2024-01-01 12:05:00') AS x(ts)",
    "SELECT window(ts,'5 minutes', '5 minutes', '-1 minute') FROM t",
    "SELECT window(ts,'5 minutes', '5 minutes', '5 minute') FROM t",
    "SELECT window(ts,'5 minutes', '6 minutes') FROM t",
    "SELECT window(ts,'0 minutes') FROM t",
    "SELECT window(ts,'5 minutes','0 minutes') FROM t",
    "SELECT window(k,'5 minutes') FROM t",
    "SELECT window(struct(ts,ts),'5 minutes') FROM t",
    "SELECT k, session_window(ts,'5 minutes') AS w, sum(k), count(*) FROM t GROUP BY k, session_window(ts,'5 minutes') ORDER BY k",
    "SELECT session_window(ts,'5 minutes'), k, count(*) FROM t GROUP BY rollup(k), session_window(ts,'5 minutes')",
    "SELECT session_window(ts,'5 minutes'), k, count(*) FROM t GROUP BY GROUPING SETS ((k, session_window(ts,'5 minutes')), (session_window(ts,'5 minutes')))",
    "SELECT window(ts,'5 minutes'), k, count(*) FROM t GROUP BY CUBE (k), window(ts,'5 minutes')",
    "SELECT window(ts,'5 minutes','1 minute'), k, count(*) FROM t GROUP BY ROLLUP (k), window(ts,'5 minutes','1 minute')",
    "SELECT session_window(ts,'5 minutes'), k, count(*) FROM t GROUP BY ROLLUP (k), session_window(ts,'5 minutes') HAVING count(*) > 1",
    "SELECT w, k, count(*) FROM (SELECT session_window(ts,'5 minutes') AS w, k FROM t) GROUP BY ROLLUP (k), w",
    "SELECT session_window(ts,'5 minutes') AS w, count(distinct k) FROM t GROUP BY 1",
    "SELECT session_window FROM t GROUP BY session_window(ts,'5 minutes')",
    "SELECT explode(array(1,2)), window(ts,'10 minutes','5 minutes') FROM t WHERE k=1",
    "SELECT window(ts,'10 minutes','5 minutes') AS a, window(ts,'10 minutes','5 minutes') AS b FROM t WHERE k=1",
    "SELECT window(ts,'5 minutes') FROM t",
    "SELECT window(ts,'5 minutes') AS w FROM t",
    "SELECT session_window(ts,'5 minutes') AS s, count(*) n FROM t GROUP BY 1",
    "SELECT window_time(window) FROM (SELECT window(ts,'5 minutes') FROM t)",
    "SELECT window(ts,5000000) FROM t WHERE k=1",
    "SELECT window(ts,5000000L) FROM t WHERE k=1",
    "SELECT window(ts, cast(null AS string)) FROM t",
    "SELECT window(ts, concat('5',' minutes')) FROM t WHERE k=1",
    "SELECT sum(k) FROM t GROUP BY session_window(ts,'5 minutes') having session_window.start > timestamp'2020-01-01'",
    "SELECT k, count(*) FROM t GROUP BY k, window(ts,'5 minutes') ORDER BY window.start",
    "SELECT window FROM t GROUP BY window(ts,'5 minutes') ORDER BY window",
    "SELECT window.end, count(*) FROM t GROUP BY window(ts,'5 minutes').end",
    "SELECT window(ts,'5 minutes').end FROM t GROUP BY window(ts,'5 minutes')",
    "SELECT distinct window(ts,'5 minutes') FROM t",
    "SELECT ts FROM t join (SELECT window(ts,'5 minutes') w FROM t) on w.start = ts",
]


def answer(spark, query):
    """Rows in any order and the schema, or the error's condition and class."""
    spark.sql(TABLE).createOrReplaceTempView("t")
    try:
        result = spark.sql(query)
        rows = sorted(json.dumps(row.asDict(recursive=True), default=str, sort_keys=True) for row in result.collect())
        schema = json.loads(result.schema.json())
        for field in schema["fields"]:
            field["metadata"].pop("__autoGeneratedAlias", None)
        return {"rows": rows, "schema": schema}
    except Exception as error:  # noqa: BLE001  (whatever the user would see)
        condition = error.getCondition() if hasattr(error, "getCondition") else error.getErrorClass()
        return {"condition": condition, "class": type(error).__name__}


@pytest.mark.parametrize("query", QUERIES)
def test_window(spark, query):
    spark.conf.set("spark.sql.session.timeZone", "UTC")
    assert answer(spark, query) == json.loads(ANSWERS.read_text())["answers"][query]


if __name__ == "__main__":
    from pyspark.sql import SparkSession

    session = SparkSession.builder.remote(sys.argv[1]).getOrCreate()
    session.conf.set("spark.sql.session.timeZone", "UTC")
    recorded = {"spark": session.version, "answers": {query: answer(session, query) for query in QUERIES}}
    ANSWERS.write_text(json.dumps(recorded, indent=1) + "\n")
    session.stop()
