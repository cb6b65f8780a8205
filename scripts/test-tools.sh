#!/usr/bin/env bash
# Fetches what some tests try the product against, into .build/tools: nothing is installed, no service is started.
# Best effort: without it those tests say that they are skipped.
set -uo pipefail
cd "$(dirname "$0")/.."
tools=.build/tools
package=prometheus-alertmanager

[[ -x $tools/usr/bin/$package || -x /usr/bin/$package ]] && exit 0
command -v apt-get >/dev/null 2>&1 || exit 0
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
if (cd "$work" && timeout 120 apt-get -q download "$package" >/dev/null 2>&1) && mkdir -p "$tools" &&
    dpkg-deb -x "$work/$package"_*.deb "$tools"; then
    printf 'test-tools: %s is in %s\n' "$package" "$tools" >&2
else
    printf 'test-tools: %s could not be fetched; its tests are skipped\n' "$package" >&2
fi
