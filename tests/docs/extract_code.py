#!/usr/bin/env python3
"""Makes one C++ file of the C++ code that a page of the documentation shows.

usage: extract_code.py PAGE.md OUTPUT.cc

Whole programs become namespaces, fragments become functions that have a session `spark`, a DataFrame
`df` and the names of headrace and its functions.
"""

import pathlib
import re
import sys

BLOCK = re.compile(r"^```cpp\n(.*?)^```$", re.MULTILINE | re.DOTALL)
INCLUDE = re.compile(r"^#include .*\n", re.MULTILINE)

HEADER = """\
#include "headrace/arrow.h"
#include "headrace/headrace.h"
"""
FRAGMENT = """\
namespace code_{number} {{
using namespace headrace;
using namespace headrace::functions;
void Run(SparkSession spark, DataFrame df) {{
{code}}}
}}  // namespace code_{number}
"""


def program_of(number: int, code: str, line: int, page: pathlib.Path) -> str:
    place = f'#line {line} "{page.name}"\n'
    if re.search(r"^int main\(", code, re.MULTILINE):
        body = INCLUDE.sub("\n", code).replace("int main(", "int Main(")
        return f"namespace code_{number} {{\n{place}{body}}}\n"
    return FRAGMENT.format(number=number, code=place + code)


def main() -> None:
    page, output = map(pathlib.Path, sys.argv[1:])
    text = page.read_text()
    blocks = list(BLOCK.finditer(text))
    if not blocks:
        sys.exit(f"{page} shows no C++ code")
    includes = sorted({line for block in blocks for line in INCLUDE.findall(block[1])})
    programs = [
        program_of(number, block[1], text.count("\n", 0, block.start(1)) + 1, page)
        for number, block in enumerate(blocks)
    ]
    output.write_text(HEADER + "".join(includes) + "\n" + "\n".join(programs))


if __name__ == "__main__":
    main()
