#!/usr/bin/env bash
# Everything quickstart.sh does, then all tests: ctest (unit tests, stream scripts, tidy), and the
# PySpark programs of tests/e2e. The last line counts them.
source "$(dirname "$0")/prelude.sh"

scripts/install_packages.sh --tests
scripts/quickstart.sh
logs=$(mktemp --directory)
log=$logs/last
trap 'rm -rf "$logs"' EXIT

# The environments wait for the network while the compilers work.
scripts/python_environments.sh >"$logs/environments" 2>&1 &
environments=$!
say "Building the tests"
build_preset release build
code=0
wait "$environments" || code=$?
cat "$logs/environments"
((code == 0)) || fail "the Python environments could not be made"

passed=0 failed=0 skipped=0

# closing PATTERN: the last line of the logged run that matches.
closing() { grep --extended-regexp "$1" "$log" | tail -n 1 || true; }

# number WORDS LINE: the number before WORDS in LINE, 0 if there is none.
number() { sed --regexp-extended --quiet "s/(^|.*[^0-9])([0-9]+) ($1).*/\2/p;t;i0" <<<"$2"; }

# add PASSED FAILED SKIPPED EXIT_CODE: a run that ends badly without naming a failure counts as one.
add() {
  local failures=$2
  if (($4 != 0 && failures == 0)); then failures=1; fi
  passed=$((passed + $1)) failed=$((failed + failures)) skipped=$((skipped + $3))
}

say "Unit tests"
code=0
ctest --test-dir build --output-on-failure --parallel "$(nproc)" 2>&1 | tee "$log" || code=$?
line=$(closing 'tests passed, .* out of')
total=$(sed --quiet 's/.* out of //p' <<<"$line")
failures=$(number 'tests failed' "$line")
not_run=$(grep --count '(Skipped)$' "$log" || true)
add $((${total:-0} - failures - not_run)) "$failures" "$not_run" "$code"

# logged NAME COMMAND...: runs it; what it prints goes to the screen, named, and to $logs/NAME.
logged() {
  local name=$1
  shift
  "$@" 2>&1 | tee "$logs/$name" | sed --unbuffered "s/^/$name: /" || echo "$?" >"$logs/$name.code"
}

# python CLIENT ARGUMENT...: the Python with that client.
python() { "$dependencies/python/$1/bin/python" "${@:2}"; }

say "Stream scripts, what streams may not do, and PySpark programs with each client"
# Two lanes. The newest client asks about the engine, too, and takes longer than the others together.
logged client-4.3 python client-4.3 -m pytest tests/e2e &
logged scripts python client-4.3 tests/stream/run.py --binary build/headrace
logged checks python client-4.3 tests/stream/checks.py --binary build/headrace
for client in client-3.5 client-4.0 spark-4.1; do
  logged "$client" python "$client" -m pytest tests/e2e
done
wait

# count NAME PATTERN: adds a logged run whose closing line matches the pattern.
count() {
  log=$logs/$1
  local line failures
  line=$(closing "$2")
  failures=$(($(number failed "$line") + $(number 'errors?' "$line")))
  add "$(number passed "$line")" "$failures" "$(number skipped "$line")" \
    "$(cat "$log.code" 2>/dev/null || echo 0)"
}
for run in scripts checks; do count "$run" '^[0-9]+ passed, [0-9]+ failed$'; done
for client in client-3.5 client-4.0 spark-4.1 client-4.3; do count "$client" ' in [0-9.]+s'; done

say "All tests"
echo "$passed passed, $failed failed, $skipped skipped"
((failed == 0))
