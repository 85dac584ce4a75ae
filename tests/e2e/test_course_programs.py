"""Programs written for `spark-submit` give under `headrace submit` what Apache Spark gave."""

import json
import pathlib
import uuid

import course_programs
from conftest import run_headrace

RECORDED = json.loads(
    (pathlib.Path(__file__).parent / "answers" / "course_programs.json").read_text()
)


def answers(program, directory, *arguments):
    result = run_headrace(
        "submit", course_programs.PROGRAMS / program, *arguments, directory=directory
    )
    assert result.returncode == 0, result.stderr
    return course_programs.answers_in(result.stdout)


def test_course_on_files(tmp_path):
    assert answers("course_files.py", tmp_path) == RECORDED["course_files.py"]


def test_course_on_kafka(tmp_path, kafka):
    told = answers("course_kafka.py", tmp_path, str(tmp_path), kafka.servers, uuid.uuid4().hex)
    assert told == RECORDED["course_kafka.py"]
