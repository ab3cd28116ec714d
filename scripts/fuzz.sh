#!/usr/bin/env bash
# Lets libFuzzer look for inputs that break a parser: scripts/fuzz.sh [SECONDS [TARGET…]]
# Each target of tests/fuzz (or those named) gets SECONDS, 60 if not told. What it learns stays in
# build/fuzz/learnt; a file that breaks one lies in build/fuzz/found: fix the bug, and put the file
# into tests/fuzz/corpus/TARGET under a name that says what it is.
set -euo pipefail
cd "$(dirname "$0")/.."
seconds=${1:-60}
shift || true
targets=("$@")
if [ ${#targets[@]} -eq 0 ]; then
    mapfile -t targets < <(ls tests/fuzz/corpus)
fi

test -f build/fuzz/build.ninja || CC=clang meson setup build/fuzz -Dfuzz=true >/dev/null
failed=0
for target in "${targets[@]}"; do
    ninja -C build/fuzz --quiet "tests/fuzz/fuzz_$target"
    mkdir -p "build/fuzz/learnt/$target" build/fuzz/found
    echo "== $target"
    build/fuzz/tests/fuzz/fuzz_"$target" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 \
        -artifact_prefix="build/fuzz/found/$target-" -verbosity=0 \
        "build/fuzz/learnt/$target" "tests/fuzz/corpus/$target" || failed=1
done
exit $failed
