"""What a streaming test runs on: a private Headrace server, or Apache Spark."""

import os
import pathlib
import shutil
import subprocess
import unittest

INJECTED = 137  # exit code of a server that was told to crash
SETTINGS = {"spark.sql.session.timeZone": "UTC", "spark.sql.shuffle.partitions": "2"}


def find_binary():
    named = os.environ.get("HEADRACE_BINARY")
    built = pathlib.Path(__file__).resolve().parents[3] / "build" / "headrace"
    for candidate in (named, shutil.which("headrace"), built):
        if candidate and os.access(candidate, os.X_OK):
            return str(candidate)
    raise FileNotFoundError("no headrace program: name it with HEADRACE_BINARY or put it on the PATH")


class Headrace:
    """A server of the test's own, with the facilities for tests switched on."""

    can_crash = can_set_clock = True

    def __init__(self, directory, clock_us):
        self._log_path = pathlib.Path(directory) / "server.log"
        self._clock_us = clock_us
        self._process = None
        self.session = None

    def start(self, configuration):
        arguments = [find_binary(), "server", "--port", "0", "--testing"]
        if self._clock_us is not None:
            arguments += ["--testing-clock", str(self._clock_us)]
        environment = {name: value for name, value in os.environ.items() if name != "SPARK_REMOTE"}
        with open(self._log_path, "ab") as log:
            self._process = subprocess.Popen(
                arguments, stdout=subprocess.PIPE, stderr=log, env=environment
            )
        line = self._process.stdout.readline().decode()
        if "sc://" not in line:
            raise RuntimeError(f"the server did not start: {self._log_path.read_text()}")
        self.session = connect(line.split()[-1])
        for key, value in {**SETTINGS, **configuration}.items():
            self.session.conf.set(key, value)

    def died(self):
        """Whether the server was just told to crash, and did."""
        if self._process is None:
            return False
        try:
            code = self._process.wait(timeout=1)
        except subprocess.TimeoutExpired:
            return False
        self._forget()
        if code != INJECTED:
            raise RuntimeError(f"the server ended with {code}: {self._log_path.read_text()}")
        return True

    def kill(self):
        self._process.kill()
        self._process.wait()
        self._forget()

    def stop(self):
        if self._process is None:
            return
        try:
            self.session.stop()
        except Exception:  # the server may have crashed meanwhile
            pass
        self._process.terminate()
        self._process.wait(timeout=30)
        self._forget()

    def _forget(self):
        self._process.stdout.close()
        self._process, self.session = None, None

    def injection_points(self):
        return self.session.conf.get("headrace.testing.injectionPoints").split(",")

    def inject(self, point, passage):
        self.session.conf.set("headrace.testing.inject", f"{point}:{passage}")

    def now_us(self):
        return self._clock_us

    def set_clock(self, now_us):
        # A server that starts anew goes on at this time.
        self._clock_us = now_us
        self.session.conf.set("headrace.testing.clock", str(now_us))

    def add(self, frame, path):
        frame.coalesce(1).write.format("headrace-test").mode("append").save(path)

    def read_stream(self, path, schema):
        return self.session.readStream.format("headrace-test").schema(schema).load(path)

    def write_stream(self, writer, path):
        return writer.format("headrace-test").option("path", path)

    def batches(self, path):
        return numbers(path, ".arrow")

    def read(self, path, schema, first):
        reader = self.session.read.format("headrace-test").schema(schema).option("first", first)
        return reader.load(path)


class Spark:
    """Apache Spark at SPARK_REMOTE, or in this process. Rows go through files."""

    can_crash = can_set_clock = False

    def __init__(self, directory, clock_us):
        if clock_us is not None:
            raise unittest.SkipTest("the clock of Apache Spark cannot be set")
        self.session = None

    def start(self, configuration):
        if "SPARK_REMOTE" in os.environ:
            self.session = connect(os.environ["SPARK_REMOTE"])
        else:
            from pyspark.sql import SparkSession

            self.session = SparkSession.builder.master("local[2]").getOrCreate().newSession()
        for key, value in {**SETTINGS, **configuration}.items():
            self.session.conf.set(key, value)

    def died(self):
        return False

    def stop(self):
        if self.session is not None and "SPARK_REMOTE" in os.environ:
            self.session.stop()
        self.session = None

    def add(self, frame, path):
        frame.coalesce(1).write.mode("append").parquet(path)

    def read_stream(self, path, schema):
        os.makedirs(path, exist_ok=True)
        return self.session.readStream.schema(schema).parquet(path)

    def write_stream(self, writer, path):
        # Under its number a batch that comes again replaces itself; defined here, so that it is sent
        # by its content.
        def write(batch, number):
            batch.write.mode("overwrite").parquet(f"{path}/{number}")

        return writer.foreachBatch(write)

    def batches(self, path):
        return [number for number in numbers(path, "") if (pathlib.Path(path) / f"{number}" / "_SUCCESS").exists()]

    def read(self, path, schema, first):
        paths = [f"{path}/{number}" for number in self.batches(path) if number >= first]
        if not paths:
            return self.session.createDataFrame([], schema)
        return self.session.read.schema(schema).parquet(*paths)


def connect(url):
    from pyspark.sql import SparkSession
    from pyspark.sql.connect.client.retries import DefaultPolicy
    from pyspark.sql.connect.session import SparkSession as RemoteSession

    # What functions without a session take is this one, not one whose server is gone.
    RemoteSession._default_session = None
    RemoteSession._active_session.session = None
    session = SparkSession.builder.remote(url).create()
    # A server that crashed is not waited for.
    session.client.set_retry_policies([DefaultPolicy(max_retries=1, initial_backoff=10)])
    return session


def numbers(path, suffix):
    directory = pathlib.Path(path)
    if not directory.is_dir():
        return []
    names = [entry.name for entry in directory.iterdir() if entry.name.endswith(suffix)]
    stems = [name[: len(name) - len(suffix)] for name in names]
    return sorted(int(stem) for stem in stems if stem.isdigit())


def make_engine(directory, clock_us):
    wanted = os.environ.get("HEADRACE_TEST_ENGINE", "headrace").lower()
    if wanted not in ("headrace", "spark"):
        raise ValueError(f"HEADRACE_TEST_ENGINE is headrace or spark, not {wanted}")
    return (Headrace if wanted == "headrace" else Spark)(directory, clock_us)
