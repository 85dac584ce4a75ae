#!/usr/bin/env python3
"""Runs examples/cpp/visits twice: the second run ends a visit that the first one began.

usage: visits_test.py VISITS_PROGRAM
"""

import json
import pathlib
import subprocess
import sys
import tempfile


def write(path: pathlib.Path, *pages: tuple[str, str]) -> None:
    lines = (json.dumps({"visitor": visitor, "time": f"2024-01-01 {time}"}) for visitor, time in pages)
    path.write_text("".join(f"{line}\n" for line in lines))


def rows(output: str) -> list[list[str]]:
    """The cells of all tables that the console sink printed, without their heads."""
    tables = [line.strip("|\n").split("|") for line in output.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in row] for row in tables if row[0].strip() != "visitor"]


def main() -> None:
    program = sys.argv[1]
    with tempfile.TemporaryDirectory() as name:
        scratch = pathlib.Path(name)
        pages = scratch / "pages"
        pages.mkdir()

        def run() -> list[list[str]]:
            command = [program, str(pages), str(scratch / "checkpoint")]
            return rows(subprocess.run(command, check=True, capture_output=True, text=True).stdout)

        write(pages / "a.json", ("ada", "10:00:00"), ("bob", "10:01:00"), ("ada", "10:03:00"))
        assert run() == [], "nobody has left yet"
        write(pages / "b.json", ("cyd", "10:09:30"))
        expected = [["bob", "2024-01-01 10:01:00", "1"], ["ada", "2024-01-01 10:00:00", "2"]]
        found = run()
        assert sorted(found) == sorted(expected), found


if __name__ == "__main__":
    main()
