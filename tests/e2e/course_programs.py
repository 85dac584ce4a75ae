"""Runs the programs of a course on Structured Streaming, as `spark-submit` and as `headrace submit` would.

usage: course_programs.py > answers/course_programs.json    records Apache Spark's answers

Recording takes the interpreter of the environment that holds Apache Spark, and needs Java.
"""

import json
import os
import pathlib
import subprocess
import sys
import tempfile

from kafka_broker import ROOT, Broker

PROGRAMS = pathlib.Path(__file__).parent / "programs"


def answers_in(output):
    """What a program printed as its answers: rows in no order under a name each."""
    lines = [line for line in output.splitlines() if line.startswith("ANSWER ")]
    return [json.loads(line.removeprefix("ANSWER ")) for line in lines]


def run_on_spark(program, directory, *arguments):
    dependencies = pathlib.Path(os.environ.get("HEADRACE_DEPS_DIR", ROOT / ".deps"))
    jars = ",".join(map(str, dependencies.glob("spark-kafka-*/*.jar")))
    result = subprocess.run(
        [sys.executable, PROGRAMS / program, *arguments],
        cwd=directory,
        stdout=subprocess.PIPE,
        text=True,
        check=True,
        env={
            **os.environ,
            "PYSPARK_SUBMIT_ARGS": f"--conf spark.ui.showConsoleProgress=false --jars {jars} pyspark-shell",
            "PYSPARK_PYTHON": sys.executable,
            "TZ": "UTC",
        },
    )
    return answers_in(result.stdout)


if __name__ == "__main__":
    import pyspark

    broker = Broker()
    broker.start()
    try:
        recorded = {"spark": pyspark.__version__}
        for name, arguments in [
            ("course_files.py", ()),
            ("course_kafka.py", (".", broker.servers, "")),
        ]:
            with tempfile.TemporaryDirectory() as directory:
                recorded[name] = run_on_spark(name, directory, *arguments)
    finally:
        broker.stop()
    json.dump(recorded, sys.stdout, indent=1, sort_keys=True)
