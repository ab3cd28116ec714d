#!/usr/bin/env bash
# Validates a deployment from the bucket to the answer; --help tells the options. Needs Python 3.11 and nothing else.
set -eu
here=$(cd "$(dirname "$0")/.." && pwd)
export PYTHONPATH="$here/clients/python${PYTHONPATH:+:$PYTHONPATH}"
exec python3 -m e2e_validator.cli "$@"
