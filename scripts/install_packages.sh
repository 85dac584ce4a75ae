#!/usr/bin/env bash
# Installs the Debian packages that the build needs, and with --tests those of the tests too.
# Asks for nothing when everything is there, so that it can stand at the head of every run.
source "$(dirname "$0")/prelude.sh"

packages=(
  # tools
  ca-certificates ccache cmake g++ git mold ninja-build pkg-config
  protobuf-compiler protobuf-compiler-grpc python3 python3-pip python3-venv
  # libraries
  libabsl-dev libcli11-dev libfast-float-dev libfmt-dev libgmock-dev libgrpc++-dev libgtest-dev
  libhowardhinnant-date-dev liblzma-dev libprotobuf-dev librdkafka-dev libre2-dev librocksdb-dev
  libsimdjson-dev nlohmann-json3-dev tzdata zlib1g-dev
)
if [[ ${1:-} == --tests ]]; then
  packages+=(maven openjdk-17-jre-headless procps)
fi

missing=()
for package in "${packages[@]}"; do
  status=$(dpkg-query --show --showformat='${db:Status-Status}' "$package" 2>/dev/null || true)
  [[ $status == installed ]] || missing+=("$package")
done
((${#missing[@]})) || exit 0

as_root=()
if ((EUID != 0)); then
  command -v sudo >/dev/null || fail "run this as root, or install sudo: ${missing[*]} missing"
  as_root=(sudo)
fi
say "Installing ${missing[*]}"
export DEBIAN_FRONTEND=noninteractive
"${as_root[@]}" apt-get update --quiet
"${as_root[@]}" apt-get install --quiet --yes --no-install-recommends "${missing[@]}"
