#!/usr/bin/env python3
"""The C++ word count prints the same counts from its own engine and from a server.

usage: word_count_test.py WORD_COUNT_PROGRAM HEADRACE_PROGRAM
"""

import pathlib
import re
import subprocess
import sys
import tempfile

# As Apache Spark 4.1 prints it.
EXPECTED = """\
-------------------------------------------
Batch: 0
-------------------------------------------
+-----+-----+
| word|count|
+-----+-----+
|water|    3|
|  the|    2|
|mills|    1|
|turns|    1|
+-----+-----+

"""


def check(name: str, output: str) -> None:
    if output != EXPECTED:
        sys.exit(f"{name} printed\n{output}instead of\n{EXPECTED}")


def main() -> None:
    word_count, headrace = sys.argv[1:]
    with tempfile.TemporaryDirectory() as scratch:
        lines = pathlib.Path(scratch) / "lines"
        lines.mkdir()
        (lines / "a.txt").write_text("the water turns\nwater the\n")
        (lines / "b.txt").write_text("mills water\n")

        run = subprocess.run([word_count, str(lines)], capture_output=True, text=True, check=True)
        check("The engine in the process", run.stdout)

        server = subprocess.Popen(
            [headrace, "server", "--port", "0"], stdout=subprocess.PIPE, text=True
        )
        try:
            address = re.search(r"sc://\S+", server.stdout.readline())[0]
            subprocess.run([word_count, "--remote", address, str(lines)], check=True)
        finally:
            server.terminate()
            output, _ = server.communicate(timeout=60)
        check("The server", output)


if __name__ == "__main__":
    main()
