#!/usr/bin/env bash
# usage: azurite.sh
#
# Fetches Azurite, an emulator of Azure's store of objects, into <dependencies>/azurite-<version> and
# prints that folder; one that is there is left alone. Exit code 3: there is no Node.js here.
source "$(dirname "$0")/prelude.sh"

version=3.35.0  # newer ones ask for a newer Node.js than Debian has
name=azurite-$version
need() { command -v "$1" >/dev/null || fail "Azurite needs Node.js, and there is no $1 command" 3; }

need node
echo "$dependencies/$name"
[[ -d $dependencies/$name ]] && exit

need npm
say "Fetching Azurite $version" >&2
mkdir -p "$dependencies"
# Several runs may want it at once: the folder appears whole.
scratch=$(mktemp --directory "$dependencies/$name-XXXXXX")
trap 'rm -rf "$scratch"' EXIT
npm install --prefix "$scratch" --omit=optional --ignore-scripts --no-audit --no-fund \
  --loglevel=error "azurite@$version" >&2
mv --no-target-directory "$scratch" "$dependencies/$name" 2>/dev/null || true
