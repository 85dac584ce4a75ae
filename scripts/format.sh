#!/usr/bin/env bash
# Formats every tracked C++ source; with --check only reports what would change.
source "$(dirname "$0")/prelude.sh"

mode=(-i)
[[ ${1:-} == --check ]] && mode=(--dry-run --Werror)
git ls-files -z '*.cc' '*.h' | xargs --null --no-run-if-empty clang-format "${mode[@]}"
