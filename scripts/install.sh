#!/usr/bin/env bash
# install.sh BINARY DESTDIR PREFIX SYSCONFDIR UNITDIR     puts segdrift where a service manager finds it
# install.sh --remove DESTDIR PREFIX SYSCONFDIR UNITDIR   takes it away again; configuration and data stay
set -euo pipefail
cd "$(dirname "$0")/.."

if [[ $1 == --remove ]]; then
    destdir=$2 prefix=$3 sysconfdir=$4 unitdir=$5
    for unit in systemd/*.service systemd/*.socket; do rm -f "$destdir$unitdir/$(basename "$unit")"; done
    rm -f "$destdir$prefix/bin/segdrift" "$destdir$prefix/lib/sysusers.d/segdrift.conf" \
        "$destdir$prefix/lib/tmpfiles.d/segdrift.conf" "$destdir$prefix/lib/systemd/catalog/segdrift.catalog" \
        "$destdir$prefix/share/man/man1/segdrift.1" "$destdir$prefix/share/man/man5/segdrift.yaml.5" \
        "$destdir$prefix/share/man/man8/segdriftd.8" "$destdir$prefix/share/man/man8/segdrift.8" \
        "$destdir$prefix/share/bash-completion/completions/segdrift" \
        "$destdir$prefix/share/zsh/site-functions/_segdrift" \
        "$destdir$prefix/share/fish/vendor_completions.d/segdrift.fish"
    echo "removed segdrift from $destdir$prefix; $destdir$sysconfdir/segdrift and the data stay"
    exit 0
fi

binary=$1 destdir=$2 prefix=$3 sysconfdir=$4 unitdir=$5
install -D -m 0755 "$binary" "$destdir$prefix/bin/segdrift"

# Units name the executable by its path under /usr; say where it really is.
for unit in systemd/*.service systemd/*.socket; do
    [[ -e $unit ]] || continue
    install -d "$destdir$unitdir"
    sed "s#/usr/bin/segdrift#$prefix/bin/segdrift#g" "$unit" >"$destdir$unitdir/$(basename "$unit")"
    chmod 0644 "$destdir$unitdir/$(basename "$unit")"
done
place() { [[ ! -f $1 ]] || install -D -m 0644 "$1" "$2"; }
place systemd/sysusers.d/segdrift.conf "$destdir$prefix/lib/sysusers.d/segdrift.conf"
place systemd/tmpfiles.d/segdrift.conf "$destdir$prefix/lib/tmpfiles.d/segdrift.conf"
place systemd/segdrift.catalog "$destdir$prefix/lib/systemd/catalog/segdrift.catalog"

for page in docs/man/*.[1-8]; do
    place "$page" "$destdir$prefix/share/man/man${page##*.}/$(basename "$page")"
done

# An administrator's configuration is never overwritten.
if [[ ! -e $destdir$sysconfdir/segdrift/segdrift.yaml ]]; then
    for file in config/segdrift.yaml config/models/*.yaml config/*.schema.json; do
        [[ -f $file ]] && install -D -m 0644 "$file" "$destdir$sysconfdir/segdrift/${file#config/}"
    done
fi

if [[ -z $destdir ]] || "$binary" --help >/dev/null 2>&1; then
    for shell in bash zsh fish; do
        case $shell in
        bash) target=share/bash-completion/completions/segdrift ;;
        zsh) target=share/zsh/site-functions/_segdrift ;;
        fish) target=share/fish/vendor_completions.d/segdrift.fish ;;
        esac
        install -d "$(dirname "$destdir$prefix/$target")"
        "$binary" --generate-completion-script "$shell" >"$destdir$prefix/$target"
        chmod 0644 "$destdir$prefix/$target"
    done
fi

echo "installed segdrift under $destdir$prefix"
if [[ -z $destdir ]]; then
    echo "next: systemd-sysusers; systemd-tmpfiles --create; journalctl --update-catalog;"
    echo "      systemctl daemon-reload; systemctl enable --now segdriftd"
fi
