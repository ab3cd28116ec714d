#!/usr/bin/env bash
# Arrow's libraries for reading Parquet: those of a pinned pyarrow wheel, kept in the cache. The program
# is built and runs without them; meson finds them in build/tools (-Dparquet=auto).
set -euo pipefail
cd "$(dirname "$0")/.."
source scripts/packages.sh

version=26.0.1
cache=${XDG_CACHE_HOME:-$HOME/.cache}/kontor/pyarrow-$version
if [ ! -e "$cache/complete" ]; then
    install_packages g++ python3-venv ca-certificates
    echo "Fetching Arrow $version"
    rm -rf "$cache"
    python3 -m venv "$cache/venv"
    "$cache/venv/bin/pip" install -q --disable-pip-version-check --no-deps --only-binary :all: \
        --target "$cache/packages" "pyarrow==$version"
    rm -rf "$cache/venv"
    touch "$cache/complete"
fi
mkdir -p build/tools
ln -sfn "$cache/packages/pyarrow" build/tools/pyarrow
