#!/usr/bin/env bash
# usage: python_environments.sh [NAME...]
#
# Makes the Python environments of scripts/requirements/NAME.txt (default: all of them) in
# <dependencies>/python/NAME. An environment whose requirements have not changed is left alone.
#
#   client-3.5 client-4.0 client-4.2 client-4.3   PySpark clients of these versions, without Java
#   spark-4.1                                     client 4.1 and Apache Spark itself (needs Java)
#   object-stores                                 emulators of stores of objects, no PySpark
source "$(dirname "$0")/prelude.sh"

make_environment() {
  local name=$1
  local requirements=scripts/requirements/$name.txt
  local environment=$dependencies/python/$name
  [[ -f $requirements ]] || fail "no environment is called $name"
  cmp --quiet "$requirements" "$environment/requirements.txt" && return

  say "Making the Python environment $name"
  rm -rf "$environment"
  mkdir -p "$dependencies/python"
  "${HEADRACE_PYTHON:-python3}" -m venv "$environment"
  "$environment/bin/pip" install --quiet --disable-pip-version-check --requirement "$requirements"
  # A client needs none of the engine's archives, which are most of the package; but the package
  # knows itself by the folder.
  [[ $name == spark-* ]] || rm -rf "$environment"/lib/python3*/site-packages/pyspark/jars/*
  cp "$requirements" "$environment/requirements.txt"
}

if (($# == 0)); then
  for requirements in scripts/requirements/*.txt; do
    set -- "$@" "$(basename "$requirements" .txt)"
  done
fi
for name in "$@"; do
  make_environment "$name"
done
