"""Runs a program written for classic Spark against a Spark Connect server.

`headrace submit` runs main() in a module of its own, in the Python process that becomes the user's
program: SPARK_REMOTE names the server, sys.argv holds the program and its arguments.
"""

import json
import os
import re
import socket
import struct
import sys
import threading
import traceback

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

    def addArchive(self, path):
        self._session.addArtifacts(path, archive=True)

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


class ProgramFunctions:
    """The functions of foreachBatch. The server calls them here, where they belong: they see the
    program's variables and print to its terminal."""

    def __init__(self, path):
        self._functions = []
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(path)
        self._listener.listen()
        threading.Thread(target=self._accept, daemon=True).start()

    def add(self, session, function):
        """What the server gets in place of a pickle."""
        self._functions.append((session, function))
        return b"headrace-function:%d" % (len(self._functions) - 1)

    def _accept(self):
        while True:
            connection, _ = self._listener.accept()
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection):
        """Calls one function for batch after batch until its query ends."""
        with connection, connection.makefile("rwb") as stream:
            session, function = self._functions[int(read_text(stream))]
            while dataframe_id := read_text(stream):
                (batch_id,) = struct.unpack(">q", stream.read(8))
                try:
                    function(session._create_remote_dataframe(dataframe_id.decode()), batch_id)
                    stream.write(struct.pack(">i", 0))
                except BaseException:
                    text = traceback.format_exc().encode()
                    stream.write(struct.pack(">ii", -2, len(text)) + text)
                stream.flush()


def read_text(stream):
    """Bytes behind their length; nothing at the end of the stream."""
    length = stream.read(4)
    return stream.read(struct.unpack(">i", length)[0]) if len(length) == 4 else b""


def patch_foreach_batch(functions):
    from pyspark.sql.connect.streaming.readwriter import DataStreamWriter

    def foreachBatch(self, func):
        python_function = self._write_proto.foreach_batch.python_function
        python_function.command = functions.add(self._session, func)
        python_function.python_ver = "%d.%d" % sys.version_info[:2]
        return self

    DataStreamWriter.foreachBatch = foreachBatch


def patch_pyspark(functions_socket):
    from pyspark.sql import SparkSession
    from pyspark.sql.connect.session import SparkSession as ServerSession

    patch_builder(type(SparkSession.builder))
    ServerSession.sparkContext = property(ServerContext)
    if functions_socket:
        patch_foreach_batch(ProgramFunctions(functions_socket))


def read_properties(path):
    """The settings of a spark-defaults.conf, as of --conf, which goes before them."""
    try:
        with open(path) as file:
            lines = [line.strip() for line in file if line.strip()[:1] not in ("", "#")]
    except OSError as error:
        fail(f"cannot read the properties file {path}: {error.strerror}")
    pairs = [re.split(r"\s*[=:\s]\s*", line, maxsplit=1) for line in lines]
    return [f"{pair[0]}={pair[-1] if len(pair) > 1 else ''}" for pair in pairs]


def start_session(settings):
    """The session exists before the program's own code: udf() and col() work at module level."""
    from pyspark.sql import SparkSession

    builder = SparkSession.builder
    if settings["name"]:
        builder = builder.appName(settings["name"])
    properties = read_properties(settings["properties_file"]) if settings["properties_file"] else []
    for pair in properties + settings["configuration"]:
        key, separator, value = pair.partition("=")
        if not separator:
            fail(f"--conf takes key=value, got {pair}")
        builder = builder.config(key.strip(), value.strip())
    session = builder.getOrCreate()
    # The options stay in the class-wide builder of 3.5 otherwise and would be set again and again.
    getattr(builder, "_options", {}).clear()
    for path in settings["python_files"]:
        sys.path.insert(1, os.path.abspath(path))
        # Workers need the modules too.
        session.addArtifacts(os.path.abspath(path), pyfile=True)
    for path in settings["files"]:
        session.addArtifacts(os.path.abspath(path), file=True)
    for path in settings["archives"]:
        session.addArtifacts(os.path.abspath(path), archive=True)
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
    patch_pyspark(settings["functions_socket"])
    start_session(settings)
    try:
        run_program(sys.argv[1:])
    finally:
        stop_session()
