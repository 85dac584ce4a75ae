"""Tests of streaming programs: rows in, rows out, restarts and crashes in between.

The same test runs on a private Headrace server and, with HEADRACE_TEST_ENGINE=spark, on Apache Spark.
docs/testing.md of the project shows how.
"""

from headrace.testing.everywhere import stream_test
from headrace.testing.stream import StreamTest

__all__ = ["StreamTest", "stream_test"]
