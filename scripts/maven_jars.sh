#!/usr/bin/env bash
# usage: maven_jars.sh NAME GROUP:ARTIFACT:VERSION...
#
# Fetches Java archives with all that they need into <dependencies>/NAME and prints that folder. One
# that is there is left alone. Exit code 3: there is no Maven here.
source "$(dirname "$0")/prelude.sh"

(($# >= 2)) || fail "usage: maven_jars.sh NAME GROUP:ARTIFACT:VERSION..." 2
name=$1
shift
echo "$dependencies/$name"
[[ -d $dependencies/$name ]] && exit

command -v mvn >/dev/null || fail "$name is fetched with Maven, and there is no mvn command" 3
say "Fetching $*" >&2
mkdir -p "$dependencies"
# Several runs may want them at once: the folder appears whole.
scratch=$(mktemp --directory "$dependencies/$name-XXXXXX")
trap 'rm -rf "$scratch"' EXIT
{
  cat <<'END'
<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>headrace</groupId>
  <artifactId>jars</artifactId>
  <version>1</version>
  <packaging>pom</packaging>
  <dependencies>
END
  for coordinate; do
    IFS=: read -r group artifact version <<<"$coordinate"
    echo "<dependency><groupId>$group</groupId><artifactId>$artifact</artifactId>" \
      "<version>$version</version></dependency>"
  done
  echo '</dependencies></project>'
} >"$scratch/pom.xml"
mvn --quiet --batch-mode --file "$scratch/pom.xml" dependency:copy-dependencies \
  -DoutputDirectory="$scratch/lib" >&2
mv --no-target-directory "$scratch/lib" "$dependencies/$name" 2>/dev/null || true
