#!/usr/bin/env bash
# Installs one Helm, by its checksum: what a runner happens to have changes from week to week, and it gets the cluster.
set -euo pipefail

version=3.17.3
sha256=ee88b3c851ae6466a3de507f7be73fe94d54cbf2987cbaa3d1a3832ea331f2cd
target=${1:-${RUNNER_TEMP:-/tmp}/keelson-helm}

mkdir -p "$target"
curl --fail --silent --show-error --location --retry 3 --max-time 120 \
  --output "$target/helm.tar.gz" "https://get.helm.sh/helm-v$version-linux-amd64.tar.gz"
if ! printf '%s  %s\n' "$sha256" "$target/helm.tar.gz" | sha256sum --check --quiet -; then
  rm -f "$target/helm.tar.gz"
  echo "This is not the Helm $version that was recorded: look at https://github.com/helm/helm/releases before you change the checksum." >&2
  exit 1
fi
tar --extract --gzip --file "$target/helm.tar.gz" --directory "$target" --strip-components 1 linux-amd64/helm
rm "$target/helm.tar.gz"
[ -z "${GITHUB_PATH:-}" ] || echo "$target" >>"$GITHUB_PATH"
"$target/helm" version --short
