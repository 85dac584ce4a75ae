"""Apache Spark and Headrace run one Kafka query in turns, on the same checkpoint and output."""

import os
import pathlib
import shutil
import subprocess
import sys

import pytest

from conftest import BINARY, ROOT
from kafka_broker import NO_JAVA

pytestmark = pytest.mark.newest_client

DEPENDENCIES = pathlib.Path(os.environ.get("HEADRACE_DEPS_DIR", ROOT / ".deps"))
SPARK = DEPENDENCIES / "python" / "spark-4.1" / "bin" / "python"
PROGRAM = pathlib.Path(__file__).parent / "programs" / "kafka_to_files.py"
# What Spark's connector needs and Spark does not have.
OWN_JARS = ("spark-sql-kafka", "spark-token-provider-kafka", "kafka-clients", "commons-pool2")


@pytest.fixture(scope="module")
def jars():
    if not SPARK.exists() or not shutil.which("java"):
        pytest.skip("there is no Apache Spark here, or no Java")
    fetched = subprocess.run(
        [
            ROOT / "scripts" / "maven_jars.sh",
            "spark-kafka-4.1.1",
            "org.apache.spark:spark-sql-kafka-0-10_2.13:4.1.1",
        ],
        capture_output=True,
        text=True,
    )
    if fetched.returncode == NO_JAVA:
        pytest.skip(fetched.stderr.strip())
    assert fetched.returncode == 0, fetched.stderr
    folder = pathlib.Path(fetched.stdout.strip())
    return ",".join(str(jar) for jar in folder.glob("*.jar") if jar.name.startswith(OWN_JARS))


def last_line(command, environment):
    # What other tests have set for Spark Connect is nothing to a program of classic Spark.
    inherited = {k: v for k, v in os.environ.items() if k != "SPARK_CONNECT_MODE_ENABLED"}
    done = subprocess.run(
        list(map(str, command)),
        env={**inherited, **environment},
        capture_output=True,
        text=True,
        timeout=240,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout.splitlines()[-1]


@pytest.mark.timeout(400)
def test_engines_take_turns(kafka, jars, tmp_path):
    topic = kafka.create_topic(2)
    arguments = [PROGRAM, kafka.servers, topic, tmp_path]
    spark = [SPARK, *arguments], {
        "PYSPARK_PYTHON": str(SPARK),
        "PYSPARK_SUBMIT_ARGS": f"--jars {jars} --conf spark.ui.enabled=false pyspark-shell",
    }
    headrace = [BINARY, "submit", *arguments], {"PYSPARK_PYTHON": sys.executable}
    sent = 0
    for command, environment in (spark, headrace, spark, headrace):
        kafka.send(topic, [str(i) for i in range(sent, sent + 25)])
        sent += 25
        assert last_line(command, environment) == f"rows: {sent} {sent}"
