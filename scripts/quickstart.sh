#!/usr/bin/env bash
# From a fresh Debian 12 to a running stream: installs the packages, builds build/headrace, makes one
# small Python environment and runs the word count in it. A second run only runs the word count.
source "$(dirname "$0")/prelude.sh"

scripts/install_packages.sh
say "Building build/headrace"
build_preset release build --target headrace
scripts/python_environments.sh client-4.2

say "Running examples/python/word_count.py"
PYSPARK_PYTHON=$dependencies/python/client-4.2/bin/python \
  exec build/headrace submit examples/python/word_count.py
