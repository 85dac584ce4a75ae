#!/usr/bin/env python3
"""Checks what compilers do not: layers, sizes, names, forbidden calls and words, stale documentation.

usage: tidy.py [ROOT]    prints one line a breach; exit code 1 if there is any
"""

import pathlib
import re
import subprocess
import sys
from typing import Iterator

LARGEST_FILE = 800  # lines; the exceptions in large_files.txt may only shrink
LARGE_FILE = 400  # reported, no breach
LARGE_FILES_LIST = "tests/tidy/large_files.txt"
ARCHITECTURE = "docs/architecture.md"
PUBLIC_HEADERS_FOLDER = "client"

CPP_SUFFIXES = {".cc", ".h"}
SOURCE_SUFFIXES = CPP_SUFFIXES | {".py", ".sh", ".cmake"}
# Headers generated from .proto files, not ours to place in layers.
GENERATED_ROOTS = {"generated", "google", "org", "spark"}

TABLE_ROW = re.compile(r"^\| (\d+) \| `([\w/]+)/` \|", re.MULTILINE)
NAMED_SOURCE = re.compile(r"`((?:src|include)/[\w./]+)`")
INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]+"([^"]+)"', re.MULTILINE)
COMMENT_OR_TEXT = re.compile(
    r'//[^\n]*|/\*.*?\*/|R"(\w*)\(.*?\)\1"|"(?:\\.|[^"\\\n])*"', re.DOTALL
)
SHELL_CALL = re.compile(r"(?<![\w.>])(?:std::|::)?(system|popen)\s*\(")
# A name that says nothing collects everything.
EMPTY_NAMES = {"common", "helper", "helpers", "misc", "util", "utilities", "utils"}
# These three are written so that this file does not match itself.
UNFINISHED = re.compile(r"\b(?:TO[D]O|FIX[M]E)\b")
MACHINE_PATH = re.compile(r"(?<![\w.}:/-])/(?:work|root|Users)/\w|(?<![\w.}:/-])/home/\w+/")
REGISTRY_HOST = re.compile(
    r"pypi\.org|pythonhosted\.org|repo1?\.maven|crates\.io|proxy\.golang\.org|npmjs\.org|deb\.debian"
)


def tracked_files(root: pathlib.Path) -> list[str]:
    """Files that are committed or would be by `git add`."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    output = subprocess.run(command, cwd=root, check=True, capture_output=True).stdout
    return sorted(
        name for name in set(output.decode().split("\0")) if name and (root / name).is_file()
    )


def text_of(path: pathlib.Path) -> str | None:
    """The file's text, or nothing if it is binary."""
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        return None


def line_of(text: str, position: int) -> int:
    return text.count("\n", 0, position) + 1


class Layers:
    """The folder table of docs/architecture.md."""

    def __init__(self, table: str):
        self.layer_of = {folder: int(layer) for layer, folder in TABLE_ROW.findall(table)}

    def folder_of(self, path: str) -> str | None:
        """The folder of the table that a path relative to src/ lies in."""
        parts = path.split("/")
        if parts[0] == "headrace":
            return PUBLIC_HEADERS_FOLDER
        return next(
            (
                "/".join(parts[:depth])
                for depth in range(len(parts) - 1, 0, -1)
                if "/".join(parts[:depth]) in self.layer_of
            ),
            None,
        )

    def breach(self, source: str, included: str) -> str | None:
        """Why a file may not include a header, both relative to src/; nothing if it may."""
        if included.split("/")[0] in GENERATED_ROOTS:
            return None
        own, other = self.folder_of(source), self.folder_of(included)
        if own is None:
            return f"lies in no folder of the table in {ARCHITECTURE}"
        if other is None:
            return f'includes "{included}", which lies in no folder of the table in {ARCHITECTURE}'
        own_layer, other_layer = self.layer_of[own], self.layer_of[other]
        if other_layer > own_layer:
            return f'includes "{included}" of the higher layer {other_layer}'
        if other_layer == own_layer and other != own and not source.endswith("_test.cc"):
            return f'includes "{included}" of another folder of its own layer {own_layer}'
        return None


def include_breaches(root: pathlib.Path, files: list[str]) -> Iterator[str]:
    layers = Layers((root / ARCHITECTURE).read_text())
    for name in files:
        top, _, inside = name.partition("/")
        if pathlib.Path(name).suffix not in CPP_SUFFIXES or top not in ("src", "include"):
            continue
        text = (root / name).read_text()
        for match in INCLUDE.finditer(text):
            included = match[1]
            if top == "include" and not included.startswith("headrace/"):
                reason = f'is public, yet includes "{included}"'
            else:
                reason = layers.breach(inside, included)
            if reason:
                yield f"{name}:{line_of(text, match.start())}: {reason}"


def size_breaches(root: pathlib.Path, files: list[str]) -> Iterator[str]:
    allowed = {}
    if (root / LARGE_FILES_LIST).exists():
        for line in (root / LARGE_FILES_LIST).read_text().splitlines():
            if line and not line.startswith("#"):
                name, lines = line.split()
                allowed[name] = int(lines)
    for name in files:
        if pathlib.Path(name).suffix not in SOURCE_SUFFIXES:
            continue
        lines = len((root / name).read_text().splitlines())
        limit = allowed.pop(name, LARGEST_FILE)
        if lines > limit:
            yield f"{name}: {lines} lines, {limit} are allowed"
        elif limit > LARGEST_FILE and lines < limit:
            yield f"{LARGE_FILES_LIST}: {name} has shrunk to {lines} lines, so must its entry"
    for name in allowed:
        yield f"{LARGE_FILES_LIST}: {name} does not exist"


def name_breaches(files: list[str]) -> Iterator[str]:
    for name in files:
        if any(pathlib.Path(part).stem in EMPTY_NAMES for part in name.split("/")):
            yield f"{name}: is not named after what it holds"


def text_breaches(root: pathlib.Path, files: list[str]) -> Iterator[str]:
    for name in files:
        text = text_of(root / name)
        if text is None:
            continue
        for pattern, what in (
            (UNFINISHED, "unfinished work belongs into an issue"),
            (MACHINE_PATH, "a path of one machine"),
            (REGISTRY_HOST, "names a package registry's host; the clients' settings know it"),
        ):
            for match in pattern.finditer(text):
                yield f"{name}:{line_of(text, match.start())}: {what}: {match[0]}"
        if pathlib.Path(name).suffix in CPP_SUFFIXES:
            # Blanked out, not removed: line numbers stay.
            code = COMMENT_OR_TEXT.sub(lambda match: re.sub(r"[^\n]", " ", match[0]), text)
            for match in SHELL_CALL.finditer(code):
                yield f"{name}:{line_of(code, match.start())}: starts a shell with {match[1]}()"


def documentation_breaches(root: pathlib.Path) -> Iterator[str]:
    text = (root / ARCHITECTURE).read_text()
    for match in NAMED_SOURCE.finditer(text):
        if not (root / match[1]).exists():
            yield f"{ARCHITECTURE}:{line_of(text, match.start())}: {match[1]} does not exist"
    for _, folder in TABLE_ROW.findall(text):
        if not (root / "src" / folder).is_dir():
            yield f"{ARCHITECTURE}: src/{folder} does not exist"


def breaches(root: pathlib.Path) -> list[str]:
    files = tracked_files(root)
    return [
        *include_breaches(root, files),
        *size_breaches(root, files),
        *name_breaches(files),
        *text_breaches(root, files),
        *documentation_breaches(root),
    ]


def large_files(root: pathlib.Path) -> Iterator[str]:
    for name in tracked_files(root):
        if pathlib.Path(name).suffix in SOURCE_SUFFIXES:
            lines = len((root / name).read_text().splitlines())
            if lines > LARGE_FILE:
                yield f"{name}: {lines} lines"


def main() -> int:
    default_root = pathlib.Path(__file__).resolve().parents[2]
    root = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else default_root
    for line in large_files(root):
        print("large:", line)
    found = breaches(root)
    for line in found:
        print(line)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
