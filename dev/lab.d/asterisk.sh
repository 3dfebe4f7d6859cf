# Asterisk for dev/lab: 22 or 16, from Debian, in a tree of its own. dev/lab sources this file.
# shellcheck shell=bash

suite() { # VERSION — the Debian suite that has it
    case $1 in 22) echo sid ;; 16) echo bullseye ;; *) die "no Asterisk '$1' here; there are 22 and 16" ;; esac
}

# The machine's own source of Debian: nothing here names one. Without package lists apt would tell none.
mirror() { apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' 'Origin: Debian' 'Label: Debian' | head -n 1; }
need_mirror() {
    [ -n "$(mirror)" ] || apt-get update -qq >&2
    [ -n "$(mirror)" ] || die "apt knows no source of Debian packages"
}

root() { cat "$run/root"; }
home() { echo "$(root)/srv/lab-$offset"; }

switch_install() { # VERSION
    local version=$1 suite root=$cache/asterisk-$1
    suite=$(suite "$version")
    need_tool debootstrap debootstrap
    [ -e "$root/.complete" ] && return
    need_mirror
    say "installing Asterisk $version into $root"
    rm -rf "$root"
    debootstrap --variant=minbase "$suite" "$root" "$(mirror)" >"$cache/install-$version.log" 2>&1 \
        || die "debootstrap failed; see $cache/install-$version.log"
    cp /etc/resolv.conf "$root/etc/resolv.conf"
    # Nothing may start by itself in there.
    printf '#!/bin/sh\nexit 101\n' >"$root/usr/sbin/policy-rc.d" && chmod +x "$root/usr/sbin/policy-rc.d"
    DEBIAN_FRONTEND=noninteractive chroot "$root" apt-get install -y --no-install-recommends \
        asterisk asterisk-core-sounds-en-gsm >>"$cache/install-$version.log" 2>&1 \
        || die "installing asterisk failed; see $cache/install-$version.log"
    touch "$root/.complete"
}

switch_configure() { # VERSION
    local file
    echo "$cache/asterisk-$1" >"$run/root"
    rm -rf "$(home)"
    mkdir -p "$(home)"/{etc,db,log,run,spool/outgoing,spool/tmp}
    # Asterisk looks its own name up for every call: an answer from a file, never from the network.
    printf '127.0.0.1 localhost %s A.ROOT-SERVERS.NET\n' "$(hostname)" >"$(root)/etc/hosts.$offset"
    mv "$(root)/etc/hosts.$offset" "$(root)/etc/hosts" # another lab may be reading it
    rm -f "$(root)/etc/resolv.conf"
    python3 "$here/lab.d/media.py" sounds "$(root)/usr/share/asterisk/sounds" ulaw
    for file in "$here"/lab.d/asterisk/*.conf; do
        filled "$file" "/srv/lab-$offset" >"$(home)/etc/$(basename "$file")"
    done
}

switch_command() { # what is run, below the lab's time limit
    rm -f "$(home)/run/"*
    command=(chroot "$(root)" /usr/sbin/asterisk -f -C "/srv/lab-$offset/etc/asterisk.conf")
}

switch_ready() { listens -t "$control_port" && [ -e "$(home)/run/asterisk.pid" ] && switch_cli "core waitfullybooted" 2>/dev/null | grep -q "fully booted"; }

switch_pid() { cat "$(home)/run/asterisk.pid"; }

switch_addresses() {
    cat <<ADDRESSES
APICALL_LAB_AMI=127.0.0.1:$control_port
APICALL_LAB_AMI_USER=apicall
APICALL_LAB_AMI_SECRET=apicall-lab
APICALL_LAB_AGI=127.0.0.1:$agi_port
APICALL_LAB_DIAL=PJSIP/{number}@{trunk}
APICALL_LAB_SPOOL=$(home)/spool/outgoing
APICALL_LAB_ROOT=$(root)
APICALL_LAB_GREETINGS=$(home)/greetings
ADDRESSES
}

switch_cli() { chroot "$(root)" /usr/sbin/asterisk -C "/srv/lab-$offset/etc/asterisk.conf" -rx "$*"; }

switch_version() { switch_cli 'core show version' | head -n 1; }

switch_channels() { switch_cli 'core show channels count' | awk '/active channel/ {print $1}'; }

switch_end_sessions() {
    local session
    for session in $(switch_cli 'manager show connected' | awk '$1 == "apicall" {print $5}'); do
        switch_cli "manager kick session $session" >/dev/null
    done
}
