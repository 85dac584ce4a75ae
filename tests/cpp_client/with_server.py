#!/usr/bin/env python3
"""Runs a program with SPARK_REMOTE pointing to a server that lives as long as the program.

usage: with_server.py headrace HEADRACE_PROGRAM PROGRAM [ARGUMENT...]
       with_server.py spark SPARK_CONNECT_SERVER_SCRIPT PROGRAM [ARGUMENT...]

Apache Spark comes out of the Python environment spark-4.1 of $HEADRACE_DEPS_DIR.

Exit code: the program's; 77 if the server cannot run here, with the reason in words.
"""

import contextlib
import os
import pathlib
import re
import shutil
import socket
import subprocess
import sys
from typing import Iterator

SKIPPED = 77


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def skip(reason: str) -> None:
    print(f"skipped: {reason}")
    sys.exit(SKIPPED)


@contextlib.contextmanager
def headrace_server(program: str) -> Iterator[str]:
    """Yields the address that the server says it listens on."""
    server = subprocess.Popen([program, "server", "--port", "0"], stdout=subprocess.PIPE, text=True)
    try:
        line = server.stdout.readline()
        address = re.search(r"sc://\S+", line)
        if not address:
            sys.exit(f"{program} server did not tell its address but {line!r}")
        yield address[0]
    finally:
        server.terminate()
        server.wait(timeout=60)


@contextlib.contextmanager
def spark_server(script: str) -> Iterator[str]:
    if shutil.which("java") is None:
        skip("there is no Java here to run Apache Spark with")
    environment = pathlib.Path(os.environ["HEADRACE_DEPS_DIR"]) / "python/spark-4.1"
    if not (environment / "requirements.txt").exists():
        skip(f"there is no {environment}: scripts/python_environments.sh spark-4.1 makes it")
    port = str(free_port())
    code = subprocess.run([script, "start", port]).returncode
    if code != 0:
        sys.exit(f"{script} start {port} failed with exit code {code}")
    try:
        yield f"sc://localhost:{port}"
    finally:
        subprocess.run([script, "stop", port], check=True)


def main() -> int:
    kind, server, *program = sys.argv[1:]
    with {"headrace": headrace_server, "spark": spark_server}[kind](server) as address:
        environment = os.environ | {"SPARK_REMOTE": address, "HEADRACE_TEST_SERVER": kind}
        return subprocess.run(program, env=environment).returncode


if __name__ == "__main__":
    sys.exit(main())
