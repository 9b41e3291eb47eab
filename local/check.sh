#!/usr/bin/env bash
# Is what `make setup` cannot install itself there? Names each thing that is missing, and how to get it.
# usage: check.sh PYTHON MAVEN
set -euo pipefail
python=$1 maven=$2 missing=0

miss() {
  printf '\033[31mmissing:\033[0m %s\n         %s\n' "$1" "$2" >&2
  missing=1
}

if ! "$python" -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))' 2>/dev/null; then
  miss "Python 3.11 (looked for \`$python\`)" "Debian: apt install python3.11 python3.11-venv. Elsewhere: make PYTHON=/path/to/python3.11"
elif ! "$python" -c 'import ensurepip, venv' 2>/dev/null; then
  miss "Python's venv module" "Debian: apt install python3.11-venv"
fi

java=${JAVA_HOME:+$JAVA_HOME/bin/}java javac=${JAVA_HOME:+$JAVA_HOME/bin/}javac
version=$("$java" -version 2>&1 | sed -n 's/.* version "\([0-9]*\).*/\1/p' || true)
if [ "$version" != 17 ] || ! command -v "$javac" >/dev/null; then
  miss "a JDK 17 (\`$java\` is ${version:-not there}; \`javac\` is needed, too)" \
    "Debian: apt install openjdk-17-jdk-headless. Where another Java comes first: export JAVA_HOME=/path/to/jdk-17"
fi

if ! command -v "$maven" >/dev/null; then
  miss "Maven (looked for \`$maven\`)" "Debian: apt install maven"
fi
exit $missing
