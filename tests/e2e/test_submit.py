"""`headrace submit` and the other commands."""

import re
import textwrap

import pytest

from conftest import ROOT, run_headrace


def write_program(tmp_path, text):
    path = tmp_path / "app.py"
    path.write_text(textwrap.dedent(text))
    return path


def test_classic_program_runs_as_it_is(tmp_path):
    program = write_program(
        tmp_path,
        """
        import sys
        from pyspark.sql import SparkSession
        from pyspark.sql.functions import col, udf

        doubled = col("id") * 2
        spark = (
            SparkSession.builder.master("local[*]")
            .appName("classic")
            .config("spark.sql.shuffle.partitions", 3)
            .config("spark.executor.memory", "1g")
            .getOrCreate()
        )
        spark.sparkContext.setLogLevel("WARN")
        assert spark.conf.get("spark.sql.shuffle.partitions") == "3"
        print(spark.sparkContext.appName, spark.range(3).select(doubled).count(), sys.argv[1:], __name__)
        spark.stop()
        """,
    )
    result = run_headrace("submit", program, "one", "--two")
    assert result.returncode == 0, result.stderr
    assert "classic 3 ['one', '--two'] __main__" in result.stdout


@pytest.mark.parametrize("ending, code", [("sys.exit(7)", 7), ("raise ValueError('oops')", 1)])
def test_exit_code_is_passed_on(tmp_path, ending, code):
    result = run_headrace("submit", write_program(tmp_path, f"import sys\n{ending}\n"))
    assert result.returncode == code
    assert ("ValueError: oops" in result.stderr) == (code == 1)


def test_options_of_spark_submit(tmp_path):
    program = write_program(
        tmp_path,
        """
        from pyspark.sql import SparkSession
        spark = SparkSession.builder.getOrCreate()
        print(spark.conf.get("spark.app.name"), spark.conf.get("spark.sql.ansi.enabled"))
        """,
    )
    result = run_headrace(
        "submit", "--master", "local[2]", "--packages", "a:b:1", "--name", "named",
        "--conf", "spark.sql.ansi.enabled=false", "--conf", "spark.executor.cores=2", program,
    )  # fmt: skip
    assert result.returncode == 0, result.stderr
    assert "named false" in result.stdout


def test_running_query_does_not_keep_the_program_alive(tmp_path):
    program = write_program(
        tmp_path,
        """
        from pyspark.sql import SparkSession
        spark = SparkSession.builder.getOrCreate()
        spark.readStream.format("rate").load().writeStream.format("noop").start()
        print("started")
        """,
    )
    result = run_headrace("submit", program)
    assert result.returncode == 0, result.stderr
    assert "started" in result.stdout


def test_missing_program_and_missing_pyspark(tmp_path):
    result = run_headrace("submit", tmp_path / "nothing.py")
    assert result.returncode == 1 and "nothing.py" in result.stderr
    bare = tmp_path / "bare"
    bare.write_text("#!/bin/sh\nexec /usr/bin/env python3 -I -S \"$@\"\n")
    bare.chmod(0o755)
    program = write_program(tmp_path, "print('never')")
    result = run_headrace("submit", program, environment={"PYSPARK_PYTHON": str(bare)})
    assert result.returncode == 1
    assert "pip install" in result.stderr and "never" not in result.stdout


def test_word_count_example():
    result = run_headrace("submit", ROOT / "examples" / "python" / "word_count.py")
    assert result.returncode == 0, result.stderr
    assert result.stdout.count("Batch: ") == 3
    last = result.stdout.rsplit("Batch: 2", 1)[1]
    assert "|    INFO|   14|" in last
    assert "only showing top 10 rows" in last


def test_socket_word_count_example():
    result = run_headrace("submit", ROOT / "examples" / "python" / "word_count_socket.py")
    assert result.returncode == 0, result.stderr
    # The last batch has everything that was sent.
    assert re.findall(r"\|\s+to\|\s+(\d+)\|", result.stdout)[-1] == "4"


def test_sql_command():
    result = run_headrace("sql", "SELECT 1 AS one, 'x' AS x")
    assert result.returncode == 0, result.stderr
    assert result.stdout == "+---+---+\n|one|x  |\n+---+---+\n|1  |x  |\n+---+---+\n"
    result = run_headrace("sql", "SELECT nothing")
    assert result.returncode == 1
    assert "nothing" in result.stderr


def test_functions_and_version():
    assert "explode" in run_headrace("functions").stdout
    assert "split" in run_headrace("functions", "split").stdout
    assert run_headrace("functions", "nosuch").returncode == 1
    assert run_headrace("version").stdout.startswith("headrace ")
