#!/usr/bin/env bash
# Manual pages and completions of a built program: install-pages.sh PROGRAM PREFIX (such as /usr/local)
set -euo pipefail
program=$1
prefix=$2
man=$prefix/share/man/man1
install -d "$man" "$prefix/share/bash-completion/completions" "$prefix/share/zsh/vendor-completions" \
    "$prefix/share/fish/vendor_completions.d"
"$program" man | gzip -9n >"$man/kontor.1.gz"
"$program" --help | sed -n 's/^  \([a-z0-9_-]*\) .*/\1/p' | while read -r verb; do
    "$program" man "$verb" | gzip -9n >"$man/kontor-$verb.1.gz"
done
"$program" completion bash >"$prefix/share/bash-completion/completions/kontor"
"$program" completion zsh >"$prefix/share/zsh/vendor-completions/_kontor"
"$program" completion fish >"$prefix/share/fish/vendor_completions.d/kontor.fish"
