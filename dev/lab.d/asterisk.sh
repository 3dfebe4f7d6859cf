# Asterisk for dev/lab: 22 or 16, from Debian, in a tree of its own. dev/lab sources this file.
# shellcheck shell=bash

suite() { # VERSION — the Debian suite that has it
    case $1 in 22) echo sid ;; 16) echo bullseye ;; *) die "no Asterisk '$1' here; there are 22 and 16" ;; esac
}

root() { cat "$run/root"; }
home() { echo "$(root)/srv/lab-$offset"; }

switch_install() { # VERSION
    local suite
    suite=$(suite "$1")
    debian_tree "$cache/asterisk-$1" "$suite" "$cache/install-$1.log" asterisk asterisk-core-sounds-en-gsm
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
