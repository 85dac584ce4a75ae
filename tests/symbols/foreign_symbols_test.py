#!/usr/bin/env python3
"""Arrow's libraries export none of what they bundle, and a library that does is found out.

usage: foreign_symbols_test.py ARROW_LIBRARY_DIRECTORY CXX_COMPILER
"""

import pathlib
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "cmake"))

import hide_foreign_symbols as symbols  # noqa: E402

# One function each of what Arrow bundles, and one of Arrow's own.
LIBRARY_SOURCE = """
extern "C" int EVP_DigestInit() { return 1; }
namespace re2 { int Match() { return 2; } }
namespace absl { namespace lts { int Now() { return 3; } } }
namespace simdjson { int Parse() { return 4; } }
namespace arrow { int Build() { return EVP_DigestInit() + re2::Match(); } }
"""
FOREIGN = [b"EVP_DigestInit", b"_ZN3re25MatchEv", b"_ZN4absl3lts3NowEv", b"_ZN8simdjson5ParseEv"]

arrow_directory: pathlib.Path
compiler: str


class ForeignSymbolsTest(unittest.TestCase):
    def test_arrow_exports_none(self):
        libraries = sorted(arrow_directory.glob("*.so"))
        self.assertGreaterEqual(len(libraries), 6)
        for library in libraries:
            with self.subTest(library=library.name):
                self.assertEqual([], symbols.exported_foreign_symbols(str(library)))

    def test_unprocessed_library_is_found_out_and_cured(self):
        with tempfile.TemporaryDirectory() as directory:
            library, cured = f"{directory}/before.so", f"{directory}/after.so"
            subprocess.run(
                [compiler, "-shared", "-fPIC", "-x", "c++", "-", "-o", library],
                input=LIBRARY_SOURCE.encode(),
                check=True,
            )
            self.assertEqual(sorted(FOREIGN), sorted(symbols.exported_foreign_symbols(library)))

            self.assertEqual(len(FOREIGN), symbols.hide_foreign_symbols(library, cured))
            self.assertEqual([], symbols.exported_foreign_symbols(cured))
            image = pathlib.Path(cured).read_bytes()
            exported = [s.name for s in symbols.defined_symbols(image) if not s.hidden]
            self.assertIn(b"_ZN5arrow5BuildEv", exported)

    def test_other_files_are_refused(self):
        with self.assertRaises(ValueError):
            list(symbols.defined_symbols(b"not a library"))


if __name__ == "__main__":
    compiler = sys.argv.pop()
    arrow_directory = pathlib.Path(sys.argv.pop())
    unittest.main()
