#!/usr/bin/env python3
"""Runs a program with SPARK_REMOTE pointing to a server that lives as long as the program.

usage: with_server.py headrace HEADRACE_PROGRAM PROGRAM [ARGUMENT...]
       with_server.py spark SPARK_CONNECT_SERVER_SCRIPT PROGRAM [ARGUMENT...]

Exit code: the program's; 77 if the server cannot run here, with the reason in words.
"""

import contextlib
import os
import re
import socket
import subprocess
import sys
from typing import Iterator

SKIPPED = 77
NO_JAVA = 3  # of spark_connect_server.sh


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


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
    port = str(free_port())
    code = subprocess.run([script, "start", port]).returncode
    if code == NO_JAVA:
        print("skipped: there is no Java here to run Apache Spark with")
        sys.exit(SKIPPED)
    if code != 0:
        sys.exit(f"{script} start {port} failed with exit code {code}")
    try:
        yield f"sc://localhost:{port}"
    finally:
        subprocess.run([script, "stop", port], check=True)


def main() -> int:
    kind, server, *program = sys.argv[1:]
    with {"headrace": headrace_server, "spark": spark_server}[kind](server) as address:
        environment = os.environ | {"SPARK_REMOTE": address}
        return subprocess.run(program, env=environment).returncode


if __name__ == "__main__":
    sys.exit(main())
