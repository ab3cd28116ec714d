#!/usr/bin/env bash
# Pictures of the web interface for docs/screenshots: every page in light and dark, over the sample
# data. Needs a release build with the interface, and what scripts/setup-tests.sh installs.
set -euo pipefail
cd "$(dirname "$0")/.."
exec build/venv/bin/python ui/screenshots.py "${@:-docs/screenshots}"
