#!/usr/bin/env bash
# Installs what some tests start and stop themselves, unless it is there; fails when it cannot.
#   bash scripts/deploy/provide.sh redis-server pgbouncer
set -euo pipefail
export DEBIAN_FRONTEND=noninteractive
PATH=$PATH:/usr/sbin

as_root=()
[ "$(id -u)" = 0 ] || as_root=(sudo --non-interactive --preserve-env=DEBIAN_FRONTEND)

is_there() {
  command -v "$1" || { [ "$1" = chromium ] && command -v google-chrome; }
}

install() {
  timeout 300 "${as_root[@]}" apt-get install --quiet --yes --no-install-recommends "$@"
}

missing=()
for program in "$@"; do
  is_there "$program" || missing+=("$program")
done
[ "${#missing[@]}" -gt 0 ] || exit 0

# The lists of packages may be missing or old.
install "${missing[@]}" || { timeout 300 "${as_root[@]}" apt-get update --quiet && install "${missing[@]}"; } || true
for program in "${missing[@]}"; do
  if ! is_there "$program"; then
    echo "There is no $program, and apt-get did not install it. Install it, and run this again." >&2
    exit 1
  fi
  # The packages of servers start one each, on a port that a test may want.
  "${as_root[@]}" service "$program" stop >/dev/null 2>&1 || true
done
