"""PySpark programs against a Headrace server.

Run under the interpreter of each supported client: `python -m pytest tests/e2e`. HEADRACE_BINARY names
the program under test, build/headrace otherwise.
"""

import os
import pathlib
import subprocess
import sys

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
BINARY = pathlib.Path(os.environ.get("HEADRACE_BINARY", ROOT / "build" / "headrace")).resolve()

# Sessions are made by address; the environment must not point anywhere else.
for name in ("SPARK_REMOTE", "SPARK_CONNECT_MODE_ENABLED", "MASTER", "PYTHONPATH"):
    os.environ.pop(name, None)
os.environ["PYSPARK_PYTHON"] = sys.executable


def pytest_configure(config):
    config.addinivalue_line("markers", "newest_client: about the engine; other clients skip it")


def pytest_collection_modifyitems(items):
    import pyspark

    if tuple(int(part) for part in pyspark.__version__.split(".")[:2]) >= (4, 2):
        return
    skip = pytest.mark.skip(reason="about the engine, not the client: the newest client runs it")
    for item in items:
        if item.get_closest_marker("newest_client"):
            item.add_marker(skip)


def pytest_sessionfinish(session, exitstatus):
    session.config.final_status = int(exitstatus)


@pytest.hookimpl(trylast=True)
def pytest_unconfigure(config):
    # A client retries the release of its last result for minutes if the server was killed before it
    # arrived, in a thread for which the interpreter would wait.
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(getattr(config, "final_status", 1))


class Server:
    """A `headrace server` process on a free port."""

    def __init__(self, log_path, environment=None, arguments=(), directory=None):
        self.log_path = log_path
        self._log = open(log_path, "ab")
        self.process = subprocess.Popen(
            [BINARY, "server", "--port", "0", *arguments],
            stdout=subprocess.PIPE,
            stderr=self._log,
            env={**os.environ, **(environment or {})},
            cwd=directory,
        )
        self.first_line = self.process.stdout.readline().decode()
        self.url = self.first_line.split()[-1] if self.first_line else ""
        assert self.url.startswith("sc://"), f"the server did not start: {self.log()}"

    def log(self):
        return pathlib.Path(self.log_path).read_text(errors="replace")

    def stop(self):
        """Ends the server; gives the exit code and all that it printed to standard output."""
        self.process.terminate()
        output, _ = self.process.communicate(timeout=30)
        self._log.close()
        return self.process.returncode, output.decode()

    def kill(self):
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()
        self._log.close()


@pytest.fixture(scope="session")
def shared_server(tmp_path_factory):
    server = Server(tmp_path_factory.mktemp("server") / "server.log")
    yield server
    code, _ = server.stop()
    assert code == 0, server.log()


@pytest.fixture(scope="module")
def start_warehouse(tmp_path_factory):
    """A server in a directory of its own, with a warehouse that no other test sees."""
    directory = tmp_path_factory.mktemp("warehouse")
    server = Server(directory / "server.log", directory=directory)
    yield server
    code, _ = server.stop()
    assert code == 0, server.log()


@pytest.fixture
def start_server(tmp_path):
    """Makes servers of the test's own; they are gone after it."""
    servers = []

    def start(environment=None, arguments=()):
        log = tmp_path / f"server-{len(servers)}.log"
        servers.append(Server(log, environment, arguments))
        return servers[-1]

    yield start
    for server in servers:
        if server.process.poll() is None:
            server.kill()


# A session that the garbage collector finds closes the client's pool of threads and waits for them:
# before 4.3 it may do so on one of these threads, which is then waiting for itself.
sessions = []


def connect(url):
    from pyspark.sql import SparkSession
    from pyspark.sql.connect.session import SparkSession as RemoteSession

    # The new one is what functions without a session take, not one whose server was killed.
    RemoteSession._default_session = None
    RemoteSession._active_session.session = None
    sessions.append(SparkSession.builder.remote(url).create())
    return sessions[-1]


def disconnect(session):
    # 3.5 closes its channel and leaves queries running.
    for query in session.streams.active:
        query.stop()
    session.stop()


@pytest.fixture
def spark(shared_server):
    session = connect(shared_server.url)
    yield session
    disconnect(session)


@pytest.fixture(scope="session")
def kafka():
    """An Apache Kafka broker; the test is skipped where there is none to be had."""
    pytest.importorskip("confluent_kafka", reason="this client's environment has no Kafka client")
    from kafka_broker import Broker

    broker = Broker()
    broker.start()
    yield broker
    broker.stop()


@pytest.fixture(scope="session")
def client_version():
    import pyspark

    return tuple(int(part) for part in pyspark.__version__.split(".")[:2])


def rows(dataframe):
    """The rows as sorted tuples."""
    return sorted((tuple(row) for row in dataframe.collect()), key=repr)


def run_headrace(*arguments, environment=None, timeout=120, directory=None):
    return subprocess.run(
        [BINARY, *map(str, arguments)],
        env={**os.environ, **(environment or {})},
        capture_output=True,
        text=True,
        timeout=timeout,
        cwd=directory,
    )
