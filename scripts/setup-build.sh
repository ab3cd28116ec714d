#!/usr/bin/env bash
# What building and running kontor needs, on Debian.
set -euo pipefail
cd "$(dirname "$0")/.."
source scripts/packages.sh

install_packages gcc libc6-dev meson ninja-build pkg-config python3 \
    libpq-dev libmicrohttpd-dev libcurl4-openssl-dev libjansson-dev libssl-dev libisal-dev libzstd-dev libarchive-dev libexpat1-dev librdkafka-dev \
    postgresql-15 postgresql-client-15

scripts/setup-ui.sh || echo "The web interface can't be built here; kontor will be built without it." >&2
