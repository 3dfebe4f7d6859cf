# FreeSWITCH for dev/lab: the one that is on the machine, with a configuration of our own. dev/lab sources this file.
# shellcheck shell=bash

home() { echo "$run/freeswitch"; }

# FREESWITCH_HOME is what it was installed into: bin/freeswitch is there, and its modules.
binary() {
    if [ -n "${FREESWITCH_HOME:-}" ]; then
        [ -x "$FREESWITCH_HOME/bin/freeswitch" ] || die "FREESWITCH_HOME is $FREESWITCH_HOME, and has no bin/freeswitch"
        echo "$FREESWITCH_HOME/bin/freeswitch"
    else
        command -v freeswitch || die "no FreeSWITCH on this machine; install one, or let FREESWITCH_HOME say where it is"
    fi
}

# Where its modules are, for the layouts it is installed in.
modules() {
    local binary top dir
    binary=$(binary)
    top=$(dirname "$(dirname "$(readlink -f "$binary")")")
    for dir in "$top/lib/freeswitch/mod" "$top/mod" /usr/lib/freeswitch/mod; do
        [ -e "$dir/mod_event_socket.so" ] && { echo "$dir"; return; }
    done
    die "$binary has no module mod_event_socket in $top"
}

switch_install() {
    local modules needed missing=()
    modules=$(modules)
    for needed in logfile event_socket commands dptools dialplan_xml sofia loopback sndfile tone_stream; do
        [ -e "$modules/mod_$needed.so" ] || missing+=("mod_$needed")
    done
    [ ${#missing[@]} -eq 0 ] || die "this FreeSWITCH has no ${missing[*]}, see docs/freeswitch.md"
}

switch_configure() {
    mkdir -p "$(home)"/{conf,db,log,run,storage,tmp,sounds,recordings}
    python3 "$here/lab.d/media.py" sounds "$(home)/sounds" wav
    filled "$here/lab.d/freeswitch/freeswitch.xml" "$(home)" >"$(home)/conf/freeswitch.xml"
}

switch_command() { # what is run, below the lab's time limit
    local binary modules dir
    binary=$(binary) modules=$(modules) dir=$(home)
    rm -f "$dir/run/"*
    command=("$binary" -nf -nc -nonat -nonatmap -conf "$dir/conf" -log "$dir/log" -run "$dir/run" -db "$dir/db"
        -storage "$dir/storage" -temp "$dir/tmp" -sounds "$dir/sounds" -recordings "$dir/recordings" -cache "$dir/tmp"
        -mod "$modules")
}

switch_ready() { listens -t "$control_port" && [ -s "$(home)/run/freeswitch.pid" ] && switch_cli status 2>/dev/null | grep -q "is ready"; }

switch_pid() { cat "$(home)/run/freeswitch.pid"; }

switch_addresses() {
    cat <<ADDRESSES
APICALL_LAB_ESL=127.0.0.1:$control_port
APICALL_LAB_ESL_PASSWORD=apicall-lab
APICALL_LAB_VISITORS=127.0.0.1:$agi_port
APICALL_LAB_DIAL=sofia/gateway/{trunk}/{number}
APICALL_LAB_SOUNDS=$(home)/sounds
APICALL_LAB_RECORDINGS=$(home)/recordings
ADDRESSES
}

switch_cli() { python3 "$here/lab.d/esl.py" "$control_port" apicall-lab "$*"; }

switch_version() { switch_cli version | head -n 1; }

switch_channels() { switch_cli 'show channels count' | awk '/ total/ {print $1}'; }

# The module ends its connections when it is loaded anew, which a connection of its own may not ask for.
switch_end_sessions() { switch_cli 'sched_api +1 none reload mod_event_socket' >/dev/null; }
