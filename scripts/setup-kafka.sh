#!/usr/bin/env bash
# A Kafka broker for the tests, from its published jars; where Java and Maven are.
set -euo pipefail
cd "$(dirname "$0")/.."

if ! command -v java >/dev/null || ! command -v mvn >/dev/null; then
    echo "No Java or no Maven here: the tests against a Kafka broker will be skipped"
    exit 0
fi
cache=${XDG_CACHE_HOME:-$HOME/.cache}/kontor/kafka-3.9.1
if [ ! -e "$cache/complete" ]; then
    echo "Fetching Kafka for the tests"
    mkdir -p "$cache"
    if ! mvn -q -B -f tests/support/kafka/pom.xml dependency:copy-dependencies \
        -DoutputDirectory="$cache/libs" >"$cache/log" 2>&1; then
        echo "Kafka can't be fetched ($cache/log says why): its tests will be skipped"
        exit 0
    fi
    touch "$cache/complete"
fi
mkdir -p build/tools
ln -sfn "$cache/libs" build/tools/kafka
