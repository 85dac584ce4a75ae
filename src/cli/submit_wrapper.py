"""Runs a program written for classic Spark against a Spark Connect server.

`headrace submit` runs main() in a module of its own, in the Python process that becomes the user's
program: SPARK_REMOTE names the server, sys.argv holds the program and its arguments.
"""

import json
import os
import sys

PIP_COMMAND = 'pip install "pyspark[connect]==4.1.*"'
# Settings of the builder that choose where classic Spark runs; the server is chosen already.
PLACE_SETTINGS = {"spark.master", "spark.remote", "spark.submit.deployMode", "spark.api.mode"}


def fail(text):
    print(f"headrace submit: {text}", file=sys.stderr)
    sys.exit(1)


def import_pyspark():
    try:
        import pyspark.sql.connect.session  # noqa: F401
    except ImportError as error:
        fail(
            f"{sys.executable} has no PySpark that can talk to a server ({error}).\n"
            f"Install it with: {sys.executable} -m {PIP_COMMAND}\n"
            "or set PYSPARK_PYTHON to a Python that has it."
        )


class ServerContext:
    """What programs commonly do with spark.sparkContext, as far as it makes sense for a server."""

    def __init__(self, session):
        self._session = session

    def setLogLevel(self, level):
        pass

    def addPyFile(self, path):
        self._session.addArtifacts(path, pyfile=True)

    def addFile(self, path, recursive=False):
        self._session.addArtifacts(path, file=True)

    def setJobGroup(self, groupId, description, interruptOnCancel=False):
        pass

    def setLocalProperty(self, key, value):
        pass

    def getLocalProperty(self, key):
        return None

    def setCheckpointDir(self, dirName):
        pass

    def getConf(self):
        from pyspark import SparkConf

        return SparkConf(loadDefaults=False).setAll(list(self._session.conf.getAll.items()))

    def stop(self):
        self._session.stop()

    @property
    def version(self):
        return self._session.version

    @property
    def appName(self):
        return self._session.conf.get("spark.app.name", "headrace")

    @property
    def master(self):
        return os.environ["SPARK_REMOTE"]

    @property
    def applicationId(self):
        return "headrace-" + self._session.session_id

    @property
    def uiWebUrl(self):
        return None

    @property
    def defaultParallelism(self):
        return os.cpu_count() or 1

    def __getattr__(self, name):
        raise NotImplementedError(
            f"sparkContext.{name} is not supported: there is no JVM, and RDDs are not available. "
            "Use DataFrames."
        )


def patch_builder(builder):
    """Lets the program choose a master and Hive, without effect."""
    original_config = builder.config
    builder.master = lambda self, master: self
    builder.enableHiveSupport = lambda self: self

    def config(self, key=None, value=None, conf=None, *, map=None):
        if conf is not None:
            pairs = conf.getAll()
        elif map is not None:
            pairs = map.items()
        else:
            pairs = [(key, value)]
        for name, setting in pairs:
            if name not in PLACE_SETTINGS or str(setting).startswith("sc://"):
                original_config(self, name, setting)
        return self

    builder.config = config


def patch_pyspark():
    from pyspark.sql import SparkSession
    from pyspark.sql.connect.session import SparkSession as ServerSession

    patch_builder(type(SparkSession.builder))
    ServerSession.sparkContext = property(ServerContext)


def start_session(settings):
    """The session exists before the program's own code: udf() and col() work at module level."""
    from pyspark.sql import SparkSession

    builder = SparkSession.builder
    if settings["name"]:
        builder = builder.appName(settings["name"])
    for pair in settings["configuration"]:
        key, separator, value = pair.partition("=")
        if not separator:
            fail(f"--conf takes key=value, got {pair}")
        builder = builder.config(key.strip(), value.strip())
    session = builder.getOrCreate()
    # The options stay in the class-wide builder of 3.5 otherwise and would be set again and again.
    getattr(builder, "_options", {}).clear()
    for path in settings["python_files"]:
        sys.path.insert(1, os.path.abspath(path))
    return session


def stop_session():
    """Ends queries and the threads of listeners, which would keep this process alive."""
    from pyspark.sql.connect.session import SparkSession

    session = SparkSession.getActiveSession() or getattr(SparkSession, "_default_session", None)
    if session is None:
        return
    try:
        session.stop()
    except Exception as error:  # the program has ended, its outcome stands
        print(f"headrace submit: the session did not stop cleanly: {error}", file=sys.stderr)


def run_program(arguments):
    program = arguments[0]
    try:
        with open(program, "rb") as file:
            code = compile(file.read(), program, "exec")
    except OSError as error:
        fail(f"cannot read the program {program}: {error.strerror}")
    sys.argv = arguments
    sys.path[0] = os.path.dirname(os.path.abspath(program))
    main_module = sys.modules["__main__"]
    for name in [name for name in vars(main_module) if not name.startswith("__")]:
        delattr(main_module, name)
    main_module.__file__ = program
    exec(code, vars(main_module))


def main():
    settings = json.loads(os.environ.pop("HEADRACE_SUBMIT_SETTINGS"))
    os.environ["SPARK_CONNECT_MODE_ENABLED"] = "1"
    os.environ.pop("MASTER", None)
    import_pyspark()
    patch_pyspark()
    start_session(settings)
    try:
        run_program(sys.argv[1:])
    finally:
        stop_session()
