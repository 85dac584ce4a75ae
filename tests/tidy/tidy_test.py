#!/usr/bin/env python3
"""The repository is tidy, and the checker finds each kind of breach when it is planted."""

import pathlib
import subprocess
import tempfile
import unittest

import tidy

ROOT = pathlib.Path(__file__).resolve().parents[2]

TABLE = """
| layer | folder | duty |
|---|---|---|
| 0 | `base/` | clock |
| 1 | `state/` | stores |
| 1 | `connectors/file/` | files |
| 2 | `client/` | C++ API |

1. `src/base/clock.h`
"""


class RepositoryTest(unittest.TestCase):
    def test_is_tidy(self):
        for line in tidy.large_files(ROOT):
            print("large:", line)
        self.assertEqual([], tidy.breaches(ROOT))


class PlantedBreachTest(unittest.TestCase):
    def setUp(self):
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.root = pathlib.Path(directory.name)
        subprocess.run(["git", "init", "--quiet"], cwd=self.root, check=True)
        self.write("docs/architecture.md", TABLE)
        self.write("src/base/clock.h", "#include <chrono>\n")
        self.write("src/state/store.h", '#include "base/clock.h"\n#include "state/store.h"\n')
        self.write("src/connectors/file/file.h", '#include "base/clock.h"\n')
        self.write("src/client/session.cc", '#include "headrace/session.h"\n')
        self.write("include/headrace/session.h", '#include "headrace/row.h"\n#include <string>\n')

    def write(self, name: str, text: str):
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    def assert_breach(self, name: str, text: str, expected: str):
        self.write(name, text)
        found = tidy.breaches(self.root)
        self.assertEqual(1, len(found), found)
        self.assertIn(expected, found[0])

    def test_nothing_planted(self):
        self.assertEqual([], tidy.breaches(self.root))

    def test_upward_include(self):
        self.assert_breach("src/base/a.cc", '\n#include "state/store.h"\n', "src/base/a.cc:2")

    def test_upward_include_of_a_test(self):
        self.assert_breach("src/base/a_test.cc", '#include "state/store.h"\n', "higher layer 1")

    def test_include_across_a_layer(self):
        self.assert_breach("src/state/a.cc", '#include "connectors/file/file.h"\n', "own layer 1")

    def test_tests_may_include_across_their_layer(self):
        self.write("src/state/a_test.cc", '#include "connectors/file/file.h"\n')
        self.assertEqual([], tidy.breaches(self.root))

    def test_include_of_public_headers_from_below(self):
        self.assert_breach("src/base/a.cc", '#include "headrace/session.h"\n', "higher layer 2")

    def test_public_header_that_shows_the_inside(self):
        self.assert_breach("include/headrace/row.h", '#include "base/clock.h"\n', "is public")

    def test_include_without_its_folder(self):
        self.assert_breach("src/base/a.cc", '#include "clock.h"\n', "in no folder")

    def test_folder_without_layer(self):
        self.assert_breach("src/spare/a.cc", '#include "base/clock.h"\n', "in no folder")

    def test_generated_headers_have_no_layer(self):
        self.write("src/base/a.cc", '#include "spark/connect/base.pb.h"\n')
        self.assertEqual([], tidy.breaches(self.root))

    def test_size(self):
        self.assert_breach("src/base/a.cc", "\n" * 801, "801 lines, 800 are allowed")

    def test_listed_size_may_not_grow(self):
        self.write(tidy.LARGE_FILES_LIST, "src/base/a.cc 810\n")
        self.assert_breach("src/base/a.cc", "\n" * 811, "811 lines, 810 are allowed")

    def test_listed_size_must_follow_when_it_shrinks(self):
        self.write(tidy.LARGE_FILES_LIST, "src/base/a.cc 810\n")
        self.assert_breach("src/base/a.cc", "\n" * 805, "has shrunk to 805")

    def test_listed_file_must_exist(self):
        self.assert_breach(tidy.LARGE_FILES_LIST, "src/base/a.cc 810\n", "does not exist")

    def test_empty_name(self):
        self.assert_breach("src/base/string_utils/utils.h", "\n", "not named after what it holds")

    def test_shell(self):
        self.assert_breach("src/base/a.cc", 'int a = std::system("ls");\n', "system()")

    def test_shell_in_a_comment_or_text_or_name(self):
        self.write("src/base/a.cc", '// system("x")\nauto a = "popen(";\nfile_system(1);\n')
        self.write("src/base/b.cc", 'b.system();\nauto c = R"(\n" system(1) ")";\n')
        self.assertEqual([], tidy.breaches(self.root))

    def test_machine_path(self):
        self.assert_breach("scripts/a.sh", "cd /wo" + "rk/main\n", "a path of one machine")

    def test_unfinished_work(self):
        self.assert_breach("src/base/a.cc", "// TO" + "DO: later\n", "belongs into an issue")

    def test_registry_host(self):
        self.assert_breach("README.md", "see py" + "pi.org\n", "registry")

    def test_named_file_that_is_gone(self):
        (self.root / "src/base/clock.h").rename(self.root / "src/base/time.h")
        found = tidy.breaches(self.root)
        self.assertIn("docs/architecture.md:9: src/base/clock.h does not exist", found)

    def test_folder_that_is_gone(self):
        table = TABLE.replace("| 2 |", "| 1 | `python/` | workers |\n| 2 |")
        self.assert_breach("docs/architecture.md", table, "src/python does not exist")


if __name__ == "__main__":
    unittest.main()
