#!/usr/bin/env bash
# What the tests need beside a build: cmocka, Python packages, an S3 server.
set -euo pipefail
cd "$(dirname "$0")/.."
source scripts/packages.sh

scripts/setup-build.sh
install_packages libcmocka-dev groff-base clang-format python3-venv curl jq git ca-certificates strace openssl dpkg-dev patchelf zstd \
    chromium fonts-inter fonts-dejavu-core

venv=build/venv
if ! cmp -s tests/requirements.txt "$venv/requirements.txt"; then
    rm -rf "$venv"
    python3 -m venv "$venv"
    "$venv/bin/pip" install -q --disable-pip-version-check -r tests/requirements.txt
    cp tests/requirements.txt "$venv/requirements.txt"
fi

source scripts/go-tools.sh
go_tool versitygw github.com/versity/versitygw/cmd/versitygw v1.8.0
# The chart is rendered by Helm, and checked against the schemas of Kubernetes (a Python package has
# them), of OpenShift's routes and of the Prometheus operator.
go_tool helm helm.sh/helm/v3/cmd/helm v3.16.4
go_tool kubeconform github.com/yannh/kubeconform/cmd/kubeconform v0.6.7
go_file route-crd.yaml github.com/openshift/api v0.0.0-20240830023148-b7d0481c9094 \
    route/v1/zz_generated.crd-manifests/routes-Default.crd.yaml
go_file servicemonitor-crd.yaml github.com/prometheus-operator/prometheus-operator v0.76.0 \
    example/prometheus-operator-crd/monitoring.coreos.com_servicemonitors.yaml

scripts/setup-kafka.sh
scripts/setup-parquet.sh || echo "No Arrow: the tests of Parquet will be skipped"
