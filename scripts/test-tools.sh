#!/usr/bin/env bash
# Installs programs that some tests try the product against; no service is started, now or at the next boot.
# Best effort, for machines that are there for testing: without them those tests say that they are skipped.
set -uo pipefail

extras=()
need() { command -v "$1" >/dev/null 2>&1 || extras+=("$2"); } # COMMAND PACKAGE
need prometheus-alertmanager prometheus-alertmanager
need python3 python3-minimal
need openssl openssl
((${#extras[@]} > 0)) || exit 0

say() { printf 'test-tools: %s\n' "$*" >&2; }
if (($(id -u) != 0)) || ! command -v apt-get >/dev/null 2>&1; then
    say "missing: ${extras[*]}; not root on a Debian system, so the tests that work with them are skipped"
    exit 0
fi

# `policy-rc.d` forbids starting services while we are at it.
policy=/usr/sbin/policy-rc.d
if [[ ! -e $policy ]]; then
    printf '#!/bin/sh\nexit 101\n' >"$policy" && chmod 755 "$policy"
    trap 'rm -f "$policy"' EXIT
fi
install() {
    DEBIAN_FRONTEND=noninteractive timeout 300 apt-get -q -y -o DPkg::Lock::Timeout=120 -o Dpkg::Use-Pty=0 \
        install --no-install-recommends "${extras[@]}" >&2
}
say "installing, without starting a service: ${extras[*]}"
install || { apt-get -q update >&2 && install; } || say "could not install: ${extras[*]}; their tests are skipped"
systemctl disable prometheus-alertmanager.service >/dev/null 2>&1 || true
