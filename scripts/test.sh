#!/usr/bin/env bash
# Everything quickstart.sh does, then all tests: ctest (unit tests, stream scripts, tidy), and the
# PySpark programs of tests/e2e with each client. The last line counts them.
source "$(dirname "$0")/prelude.sh"

scripts/install_packages.sh --tests
scripts/quickstart.sh
say "Building the tests"
build_preset release build
scripts/python_environments.sh

log=$(mktemp)
trap 'rm -f "$log"' EXIT
passed=0 failed=0 skipped=0

# count WORD: the number before WORD in the closing line of the run that was just logged.
count() { grep --only-matching --extended-regexp "[0-9]+ $1" <<<"$closing_line" | grep --only-matching --extended-regexp '^[0-9]+' || echo 0; }

# add PASSED FAILED SKIPPED EXIT_CODE: a run that ends badly without naming a failure counts as one.
add() {
  local failures=$2
  if (($4 != 0 && failures == 0)); then failures=1; fi
  passed=$((passed + $1)) failed=$((failed + failures)) skipped=$((skipped + $3))
}

say "Unit tests"
code=0
ctest --test-dir build --output-on-failure --parallel "$(nproc)" 2>&1 | tee "$log" || code=$?
closing_line=$(grep --extended-regexp 'tests passed, .* out of' "$log" | tail -n 1 || true)
total=$(sed -n 's/.* out of \([0-9]*\)$/\1/p' <<<"$closing_line")
not_run=$(grep --count '(Skipped)$' "$log" || true)
failures=$(count 'tests failed')
add $((${total:-0} - failures - not_run)) "$failures" "$not_run" "$code"

for client in client-3.5 client-4.0 spark-4.1 client-4.3; do
  say "PySpark programs with $client"
  code=0
  "$dependencies/python/$client/bin/python" -m pytest tests/e2e 2>&1 | tee "$log" || code=$?
  closing_line=$(tail -n 1 "$log")
  add "$(count passed)" "$(($(count failed) + $(count 'errors?')))" "$(count skipped)" "$code"
done

say "All tests"
echo "$passed passed, $failed failed$( ((skipped)) && echo ", $skipped skipped" || true)"
((failed == 0))
