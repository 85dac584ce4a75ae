# Sourced by the other scripts: strict mode, the repository's root as working directory, messages.

set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

dependencies="${HEADRACE_DEPS_DIR:-$PWD/.deps}"

say() { printf '\n== %s\n' "$*"; }

fail() {
  printf '%s: %s\n' "$(basename "$0")" "$1" >&2
  exit "${2:-1}"
}

# build_preset PRESET DIRECTORY [cmake --build option...]
build_preset() {
  local preset=$1 directory=$2
  shift 2
  # Ninja configures again by itself when a CMake file has changed.
  [[ -f $directory/build.ninja ]] || cmake --preset "$preset"
  cmake --build "$directory" "$@"
}
