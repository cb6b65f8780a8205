#!/usr/bin/env bash
# Installs what a fresh Debian 12 with a Swift toolchain still lacks to build, test and run segdrift.
# Says what it installs, asks for sudo only when not root, and is silent when nothing is missing.
set -euo pipefail

say() { printf 'setup: %s\n' "$*" >&2; }
fail() { printf 'setup: error: %s\n' "$*" >&2; exit 1; }

command -v swift >/dev/null 2>&1 ||
    fail "no Swift toolchain in PATH; install Swift 6.2 or newer from https://www.swift.org/install/linux/ and run again"
swift_version=$(swift --version 2>/dev/null | sed -n 's/.*Swift version \([0-9]*\)\.\([0-9]*\).*/\1 \2/p' | head -n 1)
read -r swift_major swift_minor <<<"${swift_version:-0 0}"
if ((swift_major * 100 + swift_minor < 602)); then
    fail "Swift ${swift_major}.${swift_minor} is too old; segdrift needs 6.2 or newer (https://www.swift.org/install/linux/)"
fi

missing=()
need_package() { # NAME: a library, known by its package
    dpkg-query -W -f='${db:Status-Status}' "$1" 2>/dev/null | grep -qx installed || missing+=("$1")
}
need_command() { # COMMAND PACKAGE
    command -v "$1" >/dev/null 2>&1 || missing+=("$2")
}

if ! command -v dpkg-query >/dev/null 2>&1; then
    say "not a Debian system: going on in the hope that the headers of SQLite, libsystemd, simdjson, expat, zstd and zlib," \
        "g++, pkg-config, sqlite3 and tzdata are there"
    exit 0
fi

for package in libsqlite3-dev libsystemd-dev libsimdjson-dev libexpat1-dev libzstd-dev zlib1g-dev; do need_package "$package"; done
need_command g++ g++
need_command pkg-config pkg-config
need_command sqlite3 sqlite3
need_command git git
[[ -e /usr/share/zoneinfo/Europe/London ]] || missing+=(tzdata)
[[ -e /etc/ssl/certs/ca-certificates.crt ]] || missing+=(ca-certificates)

((${#missing[@]} == 0)) && exit 0

as_root=()
if (($(id -u) != 0)); then
    command -v sudo >/dev/null 2>&1 ||
        fail "missing: ${missing[*]}; neither root nor sudo here. Run as root: apt-get install ${missing[*]}"
    as_root=(sudo)
fi
apt_get() {
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -q -y -o DPkg::Lock::Timeout=300 -o Dpkg::Use-Pty=0 "$@"
}
known() { # every missing package has a candidate in the lists we already have
    local package
    for package in "${missing[@]}"; do
        apt-cache policy "$package" 2>/dev/null | grep -q 'Candidate: [^(]' || return 1
    done
}
install_missing() { apt_get install --no-install-recommends "${missing[@]}"; }

say "installing with apt-get: ${missing[*]}"
if known && install_missing >&2; then
    say "done"
    exit 0
fi
say "package lists are missing or old: apt-get update first"
apt_get update >&2
install_missing >&2 || fail "apt-get could not install: ${missing[*]} (messages above)"
say "done"
