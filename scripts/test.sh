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

say "Stream scripts, against the answers of Apache Spark"
code=0
"$dependencies/python/client-4.3/bin/python" tests/stream/run.py --binary build/headrace 2>&1 |
  tee "$log" || code=$?
line=$(closing '^[0-9]+ passed, [0-9]+ failed$')
add "$(number passed "$line")" "$(number failed "$line")" 0 "$code"

say "What streams may not do, against the answers of Apache Spark"
code=0
"$dependencies/python/client-4.3/bin/python" tests/stream/checks.py --binary build/headrace 2>&1 |
  tee "$log" || code=$?
line=$(closing '^[0-9]+ passed, [0-9]+ failed$')
add "$(number passed "$line")" "$(number failed "$line")" 0 "$code"

# run_clients CLIENT...: their programs, one client after the other.
run_clients() {
  local client
  for client in "$@"; do
    "$dependencies/python/$client/bin/python" -m pytest tests/e2e 2>&1 |
      tee "$logs/$client" | sed --unbuffered "s/^/$client: /" || echo "$?" >"$logs/$client.code"
  done
}

say "PySpark programs with each client"
# The newest client asks about the engine, too, and takes longer than the others together.
run_clients client-4.3 &
run_clients client-3.5 client-4.0 spark-4.1
wait
for client in client-3.5 client-4.0 spark-4.1 client-4.3; do
  log=$logs/$client
  line=$(closing ' in [0-9.]+s')
  failures=$(($(number failed "$line") + $(number 'errors?' "$line")))
  code=$(cat "$log.code" 2>/dev/null || true)
  add "$(number passed "$line")" "$failures" "$(number skipped "$line")" "${code:-0}"
done

say "All tests"
echo "$passed passed, $failed failed, $skipped skipped"
((failed == 0))
