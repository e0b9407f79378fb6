#!/usr/bin/env bash
# A real Slurm of one node on this host, for tests: its configuration, key, state, logs and process
# ids are all in one folder. Needs neither systemd nor cgroups, nor to be root.
#
#     bash tests/integration/slurm.sh start FOLDER   # returns when the partition "cpu" is idle
#     bash tests/integration/slurm.sh stop FOLDER
#
# Afterwards SLURM_CONF=FOLDER/slurm.conf makes srun, sinfo, ... talk to it. The node claims more
# processors than the host may have, so that a job of several tasks starts on the smallest one.

set -euo pipefail

usage() {
    sed -n '2,9s/^# \{0,1\}//p' "${BASH_SOURCE[0]}"
}

fail() {
    echo "error: $*" >&2
    exit 1
}

require_programs() {
    # The daemons' folder is missing from many users' PATH.
    PATH="$PATH:/usr/local/sbin:/usr/sbin:/sbin"
    local program missing=()
    for program in munged slurmctld slurmd srun sinfo scontrol python3; do
        command -v "$program" >/dev/null || missing+=("$program")
    done
    if [ ${#missing[@]} -gt 0 ]; then
        echo "error: ${missing[*]} not found (Debian: apt-get install slurmctld slurmd" \
            "slurm-client munge python3)" >&2
        exit 3
    fi
}

# Two ports nobody listens on; both are held until both are known, so they differ.
free_ports() {
    python3 -c '
import socket
sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(2)]
print(*(s.getsockname()[1] for s in sockets))'
}

write_configuration() {
    local host node user controller_port node_port
    host="$(hostname -s)"
    user="$(id -un)"
    # Jobs look their first node up by this name; a container's own name need not resolve.
    node="$host"
    getent hosts "$node" >/dev/null || node=localhost
    read -r controller_port node_port < <(free_ports)
    cat > "$folder/slurm.conf" <<EOF
ClusterName=tests
SlurmctldHost=$host(127.0.0.1)
SlurmctldPort=$controller_port
SlurmdPort=$node_port
SlurmUser=$user
SlurmdUser=$user
AuthType=auth/munge
AuthInfo=socket=$folder/munge.socket
StateSaveLocation=$folder/state
SlurmdSpoolDir=$folder/spool
SlurmctldPidFile=$folder/slurmctld.pid
SlurmdPidFile=$folder/slurmd.pid
SlurmctldLogFile=$folder/slurmctld.log
SlurmdLogFile=$folder/slurmd.log
AccountingStorageType=accounting_storage/none
JobAcctGatherType=jobacct_gather/none
JobCompType=jobcomp/none
MpiDefault=none
# These two need no cgroups.
ProctrackType=proctrack/pgid
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
SlurmdParameters=config_overrides
# From SIGTERM to SIGKILL; a training run must have its time to save.
KillWait=60
ReturnToService=2
NodeName=$node NodeHostname=$host NodeAddr=127.0.0.1 CPUs=8 State=UNKNOWN
PartitionName=cpu Nodes=$node Default=YES MaxTime=INFINITE State=UP
EOF
}

wait_for() {
    local end=$((SECONDS + $1))
    shift
    while ! "$@"; do
        [ "$SECONDS" -lt "$end" ] || return 1
        sleep 0.2
    done
}

# Without a limit, sinfo waits for a controller that is not there.
is_idle() {
    [ "$(timeout 5 sinfo --noheader --partition=cpu --format=%T 2>/dev/null)" = idle ]
}

start() {
    require_programs
    mkdir -p "$folder"
    folder="$(cd "$folder" && pwd)"
    [[ "$folder" != *[[:space:]]* ]] || fail "Slurm takes no folder with a space: $folder"
    # A socket's path has at most 107 characters.
    [ ${#folder} -le 90 ] || fail "the folder's path is too long for a socket: $folder"
    [ ! -e "$folder/slurm.conf" ] || fail "$folder is in use or was not stopped"
    mkdir -p "$folder/state" "$folder/spool"
    write_configuration
    export SLURM_CONF="$folder/slurm.conf"
    trap 'echo "error: Slurm did not start" >&2; show_logs; stop' ERR

    (umask 077 && head -c 1024 /dev/urandom > "$folder/munge.key")
    # --force: temporary folders are private, which munged takes for a mistake.
    munged --force --socket="$folder/munge.socket" --key-file="$folder/munge.key" \
        --pid-file="$folder/munged.pid" --log-file="$folder/munged.log" \
        --seed-file="$folder/munge.seed" --num-threads=2 2>> "$folder/munged.log"
    slurmctld -c
    slurmd -c
    wait_for 30 is_idle
    trap - ERR
    sinfo
}

show_logs() {
    local log
    for log in "$folder"/*.log; do
        echo "--- $log" >&2
        tail -n 20 "$log" >&2
    done
}

# In a container whose first process collects no children, what ended remains as a zombie.
ended() {
    ! kill -0 "$1" 2>/dev/null || grep -qs '^State:[[:space:]]*Z' "/proc/$1/status"
}

# Ends one daemon, if it is still there, and waits for its end.
end() {
    local id
    [ -e "$folder/$1.pid" ] || return 0
    id="$(cat "$folder/$1.pid")"
    kill "$id" 2>/dev/null || return 0
    wait_for 10 ended "$id" || kill -KILL "$id" 2>/dev/null || true
}

stop() {
    trap - ERR
    PATH="$PATH:/usr/local/sbin:/usr/sbin:/sbin"
    [ -d "$folder" ] || fail "no folder $folder"
    folder="$(cd "$folder" && pwd)"
    export SLURM_CONF="$folder/slurm.conf"
    # Jobs outlive the daemons otherwise.
    if [ -e "$folder/slurmctld.pid" ]; then
        timeout 10 scancel --quiet --full --signal=KILL --partition=cpu 2>/dev/null || true
    fi
    end slurmd
    end slurmctld
    end munged
    rm -f "$folder/slurm.conf"
}

case "${1:-}" in
    -h | --help)
        usage
        exit 0
        ;;
    start | stop) ;;
    *)
        usage >&2
        exit 2
        ;;
esac
[ $# -eq 2 ] || { usage >&2; exit 2; }
folder="$2"
"$1"
