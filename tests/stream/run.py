#!/usr/bin/env python3
"""Runs .stream scripts (see README.md) against a Spark Connect server.

usage: run.py --binary build/headrace [script …]
       run.py --url sc://HOST:PORT [--record] [script …]
"""

import argparse
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent


def parse(path):
    """A script as a list of (line, word, rest, indented lines)."""
    steps = []
    for number, line in enumerate(path.read_text().splitlines(), 1):
        if not line.strip() or line.startswith("#"):
            continue
        if line[0] in " \t":
            steps[-1][3].append(line.strip())
        else:
            word, _, rest = line.partition(" ")
            steps.append((number, word, rest.strip(), []))
    return steps


def condition_of(error):
    """The condition and exception class that a user sees."""
    condition = error.getCondition() if hasattr(error, "getCondition") else error.getErrorClass()
    return {"condition": condition, "class": type(error).__name__}


def as_dict(progress):
    return progress if isinstance(progress, dict) else json.loads(progress.json)


def chosen(progress, fields):
    values = {}
    for field in fields:
        value = progress
        for part in field.split("."):
            value = value[int(part)] if part.isdigit() else (value or {}).get(part)
        values[field] = value
        if field == "numInputRows":
            # Spark Connect's clients add it up themselves.
            values[field] = sum(source["numInputRows"] for source in progress["sources"])
    return values


class Script:
    """One run of one script: its directory, inputs, query."""

    def __init__(self, spark, path, directory):
        self.spark, self.path, self.directory = spark, path, directory
        self.inputs, self.tables, self.views, self.watermarks, self.configuration = {}, {}, {}, {}, {}
        self.mode, self.sql, self.query = "append", None, None
        self.then = []
        self.files = 0
        self.table = "stream_" + path.stem.replace("-", "_") + f"_{time.monotonic_ns()}"
        self.answers = []

    def start(self):
        from pyspark.sql import functions  # noqa: F401  (a session must exist before its import)

        for key, value in self.configuration.items():
            self.spark.conf.set(key, value)
        for name, schema in self.inputs.items():
            rows = self.spark.readStream.schema(schema).option("maxFilesPerTrigger", 1).json(str(self.directory / name))
            self.name_view(name, rows)
        for name, schema in self.tables.items():
            self.name_view(name, self.spark.read.schema(schema).json(str(self.directory / name)))
        for name, sql in self.views.items():
            self.name_view(name, self.spark.sql(sql))
        rows = self.spark.sql(self.sql)
        for method, arguments in self.then:
            if method == "query":
                rows.createOrReplaceTempView("previous")
                rows = self.spark.sql(arguments)
            elif method == "withWatermark":
                rows = rows.withWatermark(*arguments.split(" ", 1))
            else:
                rows = getattr(rows, method)(*([arguments.split()] if arguments else []))
        writer = rows.writeStream.outputMode(self.mode)
        writer = writer.option("checkpointLocation", str(self.directory / "checkpoint"))
        if self.mode == "append":
            writer = writer.format("parquet").option("path", str(self.directory / "out"))
        else:
            writer = writer.format("memory").queryName(self.table)
        self.query = writer.start()

    def name_view(self, name, rows):
        if name in self.watermarks:
            rows = rows.withWatermark(*self.watermarks[name])
        rows.createOrReplaceTempView(name)

    def ensure_started(self):
        if self.query is None:
            self.start()

    def rows(self):
        out = self.directory / "out"
        if self.mode != "append":
            table = self.spark.table(self.table)
        elif (out / "_spark_metadata").exists():
            table = self.spark.read.parquet(str(out))
        else:
            return []
        return sorted(json.dumps(row.asDict(recursive=True), default=str, sort_keys=True) for row in table.collect())

    def error(self):
        try:
            self.ensure_started()
            self.query.processAllAvailable()
        except Exception as error:  # noqa: BLE001  (whatever the user would see)
            return condition_of(error)
        return None

    def progress(self, fields):
        return chosen(as_dict(self.query.lastProgress), fields)

    def batches(self, fields):
        """Of each batch of this run; triggers without a batch are left out."""
        progress = [as_dict(one) for one in self.query.recentProgress]
        ran = [one for one in progress if "addBatch" in one["durationMs"]]
        return [{"batchId": one["batchId"], **chosen(one, fields)} for one in ran]

    def run(self):
        for number, word, rest, lines in parse(self.path):
            if word in ("input", "table"):
                name, _, schema = rest.partition(":")
                (self.inputs if word == "input" else self.tables)[name] = schema.strip()
                (self.directory / name).mkdir()
            elif word == "view":
                name, _, sql = rest.partition(":")
                self.views[name] = sql.strip()
            elif word == "watermark":
                name, column, delay = rest.split(" ", 2)
                self.watermarks[name] = (column, delay)
            elif word == "config":
                key, _, value = rest.partition("=")
                self.configuration[key.strip()] = value.strip()
            elif word == "mode":
                self.mode = rest
            elif word == "query":
                self.sql = " ".join([rest, *lines])
            elif word == "then":
                method, _, arguments = " ".join([rest, *lines]).partition(" ")
                self.then.append((method, arguments))
            elif word == "add":
                # Written aside and renamed, so that no half file is ever listed.
                file = self.directory / rest / f"file-{self.files:04d}.json"
                aside = self.directory / f".{self.files}"
                aside.write_text("\n".join(lines) + "\n")
                stamp = 1_700_000_000 + self.files
                os.utime(aside, (stamp, stamp))
                aside.rename(file)
                self.files += 1
            elif word == "run":
                self.ensure_started()
                self.query.processAllAvailable()
            elif word == "stop":
                self.query.stop()
                self.query = None
            elif word == "start":
                self.ensure_started()
            elif word == "expect" and rest == "error":
                self.answers.append((number, self.error()))
                self.query = None
            elif word == "expect" and rest.startswith("progress"):
                self.answers.append((number, self.progress(rest.split()[1:])))
            elif word == "expect" and rest.startswith("batches"):
                self.answers.append((number, self.batches(rest.split()[1:])))
            elif word == "expect" and not rest:
                self.answers.append((number, self.rows()))
            else:
                raise SystemExit(f"{self.path}:{number}: unknown step '{word} {rest}'")
        return self.answers

    def close(self):
        if self.query is not None:
            self.query.stop()
        for key in self.configuration:
            self.spark.conf.unset(key)


def differences(script, answers, recorded):
    if len(answers) != len(recorded["answers"]):
        yield f"{script}: {len(answers)} answers, {len(recorded['answers'])} recorded"
        return
    for (number, answer), expected in zip(answers, recorded["answers"]):
        if answer != expected:
            yield f"{script}:{number}: expected {json.dumps(expected, indent=1)}\n  but got {json.dumps(answer, indent=1)}"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    server = parser.add_mutually_exclusive_group(required=True)
    server.add_argument("--url", help="of a server that runs")
    server.add_argument("--binary", help="headrace, to start a server of it")
    parser.add_argument("--record", action="store_true", help="write the answers; only for real Spark")
    parser.add_argument("scripts", nargs="*")
    arguments = parser.parse_args()

    if arguments.binary:
        process = subprocess.Popen([arguments.binary, "server", "--port", "0"], stdout=subprocess.PIPE, text=True)
        try:
            failed = run_all(process.stdout.readline().split()[-1], arguments)
        finally:
            process.terminate()
            process.wait()
    else:
        failed = run_all(arguments.url, arguments)
    sys.exit(1 if failed else 0)


def run_all(url, arguments):
    """Runs the scripts, prints what differs and the count; gives the number of failures."""
    os.environ["SPARK_CONNECT_MODE_ENABLED"] = "1"
    from pyspark.sql import SparkSession

    spark = SparkSession.builder.remote(url).getOrCreate()
    spark.conf.set("spark.sql.session.timeZone", "UTC")
    paths = [pathlib.Path(p) for p in arguments.scripts] or sorted((HERE / "scripts").glob("*.stream"))
    passed, failed = 0, 0
    try:
        for path in paths:
            directory = pathlib.Path(tempfile.mkdtemp(prefix="headrace-stream-"))
            script = Script(spark, path, directory)
            try:
                answers = script.run()
                record = HERE / "answers" / f"{path.stem}.json"
                if arguments.record:
                    record.parent.mkdir(exist_ok=True)
                    text = json.dumps({"spark": spark.version, "answers": [answer for _, answer in answers]}, indent=1)
                    record.write_text(text + "\n")
                    wrong = []
                else:
                    wrong = list(differences(path.name, answers, json.loads(record.read_text())))
            except Exception as error:  # noqa: BLE001  (one script must not end the others)
                wrong = [f"{path.name}: {type(error).__name__}: {error}"]
            finally:
                script.close()
                shutil.rmtree(directory, ignore_errors=True)
            for line in wrong:
                print(line)
            passed, failed = (passed, failed + 1) if wrong else (passed + 1, failed)
    finally:
        # Before the server ends: a client whose server is gone retries for minutes.
        spark.stop()
    print(f"{passed} passed, {failed} failed")
    return failed


if __name__ == "__main__":
    main()
