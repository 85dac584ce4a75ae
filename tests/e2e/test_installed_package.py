"""The package for tests of programs as a user gets it: installed by pip into an environment of its own."""

import os
import pathlib
import re
import shutil
import subprocess
import sys

import pytest

from conftest import BINARY, ROOT

pytestmark = pytest.mark.newest_client

DEPENDENCIES = pathlib.Path(os.environ.get("HEADRACE_DEPS_DIR", ROOT / ".deps"))
SPARK = DEPENDENCIES / "python" / "spark-4.1" / "bin" / "python"
PAGE = (ROOT / "docs" / "testing.md").read_text()


def run(*command, **options):
    return subprocess.run(
        list(map(str, command)), capture_output=True, text=True, timeout=400, **options
    )


@pytest.fixture(scope="module")
def install(tmp_path_factory):
    """Makes an environment with the package, and with the PySpark of an interpreter."""

    def install(interpreter):
        directory = tmp_path_factory.mktemp("installed")
        # Building leaves files beside the sources.
        shutil.copytree(ROOT / "python", directory / "python")
        assert run(interpreter, "-m", "venv", directory / "venv").returncode == 0
        python = directory / "venv" / "bin" / "python"
        installed = run(python, "-m", "pip", "install", directory / "python")
        if installed.returncode != 0 and "No matching distribution" in installed.stderr:
            pytest.skip("there is no package index to be had")
        assert installed.returncode == 0, installed.stderr
        places = "import sysconfig; print(sysconfig.get_path('purelib'))"
        theirs = run(interpreter, "-c", places).stdout
        own = pathlib.Path(run(python, "-c", places).stdout.strip())
        (own / "pyspark_of_another_environment.pth").write_text(theirs)
        return python

    return install


def run_page(python, directory, **environment):
    (code,) = re.findall(r"^```python\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    (directory / "test_page.py").write_text(code)
    # The client in this process leaves variables behind that make others clients of its server.
    variables = {
        name: value
        for name, value in os.environ.items()
        if name != "PYTHONPATH" and not name.startswith("SPARK_")
    }
    variables.update(environment)
    result = run(
        python, "-m", "pytest", "-q", "-rs", "-p", "no:cacheprovider", "test_page.py",
        cwd=directory, env=variables,
    )  # fmt: skip
    return result.stdout + result.stderr


def test_it_is_all_that_a_user_needs(install, tmp_path):
    python = install(sys.executable)
    place = run(python, "-c", "import headrace.testing; print(headrace.testing.__file__)").stdout
    assert place.startswith(str(python.parent.parent))
    told = run_page(python, tmp_path, HEADRACE_BINARY=str(BINARY))
    assert re.search(r"^5 passed", told, re.MULTILINE), told


@pytest.mark.timeout(500)
def test_the_same_page_on_spark(install, tmp_path):
    if not SPARK.exists() or shutil.which("java") is None:
        pytest.skip("there is no Apache Spark here, or no Java")
    told = run_page(install(SPARK), tmp_path, HEADRACE_TEST_ENGINE="spark")
    # Spark has no clock to move, and nobody kills it.
    assert re.search(r"^3 passed, 2 skipped", told, re.MULTILINE), told
