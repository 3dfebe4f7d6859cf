# Debian packages in a tree of their own, from the machine's own source of them. dev/lab and dev/mariadb source this file.
# shellcheck shell=bash

need_tool() { # COMMAND PACKAGE
    command -v "$1" >/dev/null && return
    say "installing $2"
    apt-get update -qq >&2 && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$2" >&2
}

# The machine's own source of Debian: nothing here names one. Without package lists apt would tell none.
mirror() { apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' 'Origin: Debian' 'Label: Debian' | head -n 1; }
need_mirror() {
    [ -n "$(mirror)" ] || apt-get update -qq >&2
    [ -n "$(mirror)" ] || die "apt knows no source of Debian packages"
}

debian_tree() { # ROOT SUITE LOG PACKAGE… — makes the tree, unless it is whole already
    local root=$1 suite=$2 log=$3
    shift 3
    need_tool debootstrap debootstrap
    [ -e "$root/.complete" ] && return
    need_mirror
    say "installing $* into $root"
    rm -rf "$root"
    debootstrap --variant=minbase "$suite" "$root" "$(mirror)" >"$log" 2>&1 || die "debootstrap failed; see $log"
    cp /etc/resolv.conf "$root/etc/resolv.conf"
    # Nothing may start by itself in there.
    printf '#!/bin/sh\nexit 101\n' >"$root/usr/sbin/policy-rc.d" && chmod +x "$root/usr/sbin/policy-rc.d"
    DEBIAN_FRONTEND=noninteractive chroot "$root" apt-get install -y --no-install-recommends "$@" >>"$log" 2>&1 \
        || die "installing $* failed; see $log"
    touch "$root/.complete"
}
