#!/usr/bin/env bash
# Installs servers that some tests start and stop themselves:  bash scripts/deploy/provide.sh redis-server pgbouncer
set -euo pipefail
export DEBIAN_FRONTEND=noninteractive

as_root=()
[ "$(id -u)" = 0 ] || as_root=(sudo --non-interactive --preserve-env=DEBIAN_FRONTEND)
"${as_root[@]}" apt-get update --quiet
"${as_root[@]}" apt-get install --yes --no-install-recommends "$@"
# The packages start one each, on a port that a test may want.
for server in "$@"; do
  "${as_root[@]}" service "$server" stop || true
done
