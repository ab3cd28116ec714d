#!/usr/bin/env bash
# Puts the module for Parquet, with Arrow's two libraries and their licences, where a package or an image has it:
#   scripts/install-module.sh MODULE FOLDER DOCUMENTS
# Prints the version of the Python package that the libraries are of.
set -euo pipefail
module=$1
folder=$2
documents=$3

mkdir -p "$folder" "$documents"
install -m 755 "$module" "$folder/kontor-parquet.so"
for path in $(ldd "$module" | sed -n 's/.*=> \(\S*\/lib\(arrow\|parquet\)\.so\S*\) .*/\1/p'); do
    install -m 644 "$path" "$folder/$(basename "$path")"
done
strip --strip-unneeded "$folder"/*.so*
# shellcheck disable=SC2016  the dynamic linker's word
patchelf --set-rpath '$ORIGIN' "$folder/kontor-parquet.so"
origin=$(echo "$(dirname "$(readlink -f "$path")")"-*.dist-info)
install -m 644 -t "$documents" "$origin"/licenses/*
sed -n 's/^Version: //p' "$origin/METADATA"
