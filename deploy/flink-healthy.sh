#!/usr/bin/env bash
# flink-healthy.sh HOST PORT PATH TEXT: whether Flink's REST interface answers with TEXT. The image has no HTTP client for sure.
set -euo pipefail
exec 3<>"/dev/tcp/$1/$2"
printf 'GET %s HTTP/1.0\r\nHost: %s\r\nConnection: close\r\n\r\n' "$3" "$1" >&3
# all of it is read before grep decides, or the pipe would break
answer=$(cat <&3)
grep -qF -- "$4" <<<"$answer"
