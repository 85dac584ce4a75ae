#!/usr/bin/env bash
# sanitizers.sh [asan-ubsan|tsan]...: builds everything with these sanitizers (both, if none is named)
# and runs all that ctest knows. Either takes a two-core machine the better part of an hour.
source "$(dirname "$0")/prelude.sh"

# Frames are many times their usual size, and tests nest as deeply as users may.
ulimit -s 262144

scripts/install_packages.sh --tests
(($# > 0)) || set -- asan-ubsan tsan
for preset in "$@"; do
  say "Everything under $preset"
  build_preset "$preset" "build-${preset%-ubsan}"
  ctest --preset "$preset"
done
