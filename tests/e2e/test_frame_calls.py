"""Calls of the DataFrame API answer as Apache Spark did (frame_calls.py records)."""

import json
import pathlib

import pyspark
import pytest

import frame_calls
from conftest import connect, disconnect

RECORDED = pathlib.Path(__file__).parent / "answers" / "frame_calls.json"


def comparable(answer):
    """Clients of 3.5 are told the classes of errors, not their conditions."""
    error = (
        isinstance(answer, list) and len(answer) == 3 and str(answer[0]).endswith(("Exception", "Error"))
    )
    return answer[0] if error and pyspark.__version__.startswith("3.") else answer


def differences(spark, directory, calls):
    recorded = json.loads(RECORDED.read_text())
    spark.conf.set("spark.sql.session.timeZone", "UTC")
    spark.conf.set("spark.sql.ansi.enabled", "true")
    for name, call in calls:
        answer = frame_calls.answer(spark, directory, call)
        same = comparable(answer) == comparable(recorded[name])
        if same == (name in frame_calls.DIFFERENT):
            yield f"{name}\n  Spark:    {recorded[name]}\n  Headrace: {answer}"


def test_calls_answer_as_recorded(spark, tmp_path):
    wrong = list(differences(spark, tmp_path, frame_calls.CALLS))
    assert not wrong, "\n".join(wrong)


@pytest.mark.newest_client
def test_newer_calls_answer_as_recorded(spark, tmp_path):
    wrong = list(differences(spark, tmp_path, frame_calls.NEWER_CALLS))
    assert not wrong, "\n".join(wrong)


@pytest.mark.newest_client
def test_a_checkpoint_is_kept_until_it_is_removed(spark):
    kept = spark.range(3).localCheckpoint()
    plan = kept._plan
    assert kept.count() == spark.range(3).checkpoint().count() == 3
    spark.client.execute_command(plan_of_removal(plan).command(spark.client))
    with pytest.raises(Exception, match="DATAFRAME_NOT_FOUND"):
        kept.count()


def plan_of_removal(plan):
    from pyspark.sql.connect.plan import RemoveRemoteCachedRelation

    return RemoveRemoteCachedRelation(plan)


@pytest.mark.newest_client
def test_a_cloned_session_goes_its_own_way(shared_server):
    first = connect(shared_server.url)
    first.conf.set("spark.sql.session.timeZone", "Asia/Tokyo")
    first.range(3).createOrReplaceTempView("cloned")
    first.udf.register("twice", lambda value: 2 * value, "int")
    second = first.cloneSession()
    assert second.conf.get("spark.sql.session.timeZone") == "Asia/Tokyo"
    assert second.sql("SELECT max(twice(CAST(id AS INT))) FROM cloned").first()[0] == 4
    second.catalog.dropTempView("cloned")
    second.conf.set("spark.sql.session.timeZone", "UTC")
    assert first.conf.get("spark.sql.session.timeZone") == "Asia/Tokyo"
    assert first.table("cloned").count() == 3
    disconnect(first)
    assert second.range(2).count() == 2
    for session_id, reason in [("nonsense", "FORMAT"), (second.session_id, "ALREADY_EXISTS")]:
        with pytest.raises(Exception, match=f"INVALID_CLONE_SESSION_REQUEST.TARGET_SESSION_ID_{reason}"):
            second.client.clone(session_id)
    disconnect(second)


@pytest.mark.newest_client
def test_what_writers_do_not_do_is_named(spark):
    writer = spark.range(3).write
    for call, name in [
        (writer.bucketBy(2, "id"), "bucketBy"),
        (spark.range(3).write.clusterBy("id"), "clusterBy"),
    ]:
        with pytest.raises(Exception, match=f"DataFrameWriter.{name}.*partitionBy"):
            call.saveAsTable("never")
