#!/usr/bin/env bash
# Everything that must hold: formats, warnings (errors in the release build; sanitizers make the
# compiler see ghosts), units, fuzz corpora, API and end-to-end tests against a server with sanitizers.
set -uo pipefail
cd "$(dirname "$0")/.."
scripts/setup-tests.sh || exit 1

failed=0
step() {
    local name=$1
    shift
    echo "== $name"
    "$@" || {
        echo "== $name FAILED"
        failed=1
    }
}

build_check() {
    test -f build/check/build.ninja ||
        meson setup build/check --buildtype=debugoptimized \
            -Db_sanitize=address,undefined -Db_lundef=false >/dev/null || return 1
    ninja -C build/check
}

build_release() {
    test -f build/release/build.ninja || meson setup build/release --buildtype=release -Dwerror=true >/dev/null ||
        return 1
    ninja -C build/release kontor && ln -sf release/kontor build/kontor
}

run_pytest() {
    ASAN_OPTIONS=detect_leaks=1:abort_on_error=0 \
        LSAN_OPTIONS=suppressions="$PWD/tests/lsan.supp":print_suppressions=0 \
        UBSAN_OPTIONS=print_stacktrace=1:halt_on_error=1 \
        KONTOR_BINARY="$PWD/build/check/kontor" KONTOR_RELEASE="$PWD/build/release/kontor" \
        build/venv/bin/python -m pytest -q tests/api tests/e2e tests/deploy tests/python tests/ui
}

run_units() {
    ASAN_OPTIONS=detect_leaks=1 LSAN_OPTIONS=suppressions="$PWD/tests/lsan.supp":print_suppressions=0 \
        UBSAN_OPTIONS=print_stacktrace=1:halt_on_error=1 \
        meson test -C build/check --no-rebuild --print-errorlogs --timeout-multiplier 5
}

check_ui() {
    local PATH=$PWD/build/node/bin:$PATH
    (cd ui && node node_modules/typescript/bin/tsc --noEmit && node test.mjs)
}

check_format() {
    git ls-files '*.c' '*.h' | xargs clang-format --dry-run --Werror
}

step "clang-format" check_format
step "ruff" build/venv/bin/ruff check tests clients deploy sql src ui
step "build with sanitizers" build_check
step "release build" build_release
step "units and fuzz corpora" run_units
step "web interface: types and units" check_ui
step "API and end-to-end tests" run_pytest
if [ $failed -eq 0 ]; then
    echo "== all checks passed"
else
    echo "== some checks FAILED"
fi
exit $failed
