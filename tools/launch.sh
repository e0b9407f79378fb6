# How the processes of dist_*.sh and slurm_*.sh are started; sourced by them.

TOOLS="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"

# check_usage SCRIPT LEAST [arguments]: shows the script's header for --help, or if it has fewer
# arguments than it needs, and ends it.
check_usage() {
    local script="$1" least="$2"
    shift 2
    if [ "${1:-}" = --help ] || [ "${1:-}" = -h ]; then _header "$script"; exit 0; fi
    if [ $# -lt "$least" ]; then _header "$script" >&2; exit 2; fi
}

_header() {
    awk 'NR > 1 { if (!/^#/) exit; sub(/^# ?/, ""); print }' "$1"
}

_choose_python() {
    if [ -n "${PYTHON:-}" ]; then
        echo "$PYTHON"
    elif [ -z "${VIRTUAL_ENV:-}${CONDA_PREFIX:-}" ] && [ -x "$TOOLS/../.venv/bin/python" ]; then
        echo "$TOOLS/../.venv/bin/python"
    else
        echo python
    fi
}

_is_free() {
    "$PYTHON" -c 'import socket, sys; socket.socket().bind(("", int(sys.argv[1])))' "$1" 2>/dev/null
}

# launch PROCESSES PROGRAM [arguments]: torchrun, and 75 as exit status after a stop on request.
#
# The environment says where, for several machines: NNODES NODE_RANK MASTER_ADDR PORT; PORT also on
# one machine. MAX_RESTARTS lets torchrun start processes again that failed. PYTHON is the Python to
# run, by default the active environment's, else the checkout's .venv.
launch() {
    local processes="$1" options status=0 child
    shift
    check_number GPUS "$processes"
    PYTHON="$(_choose_python)"
    options=(--nproc_per_node "$processes" --max_restarts "${MAX_RESTARTS:-0}")
    if [ "${NNODES:-1}" -gt 1 ]; then
        if [ -z "${NODE_RANK:-}" ] || [ -z "${MASTER_ADDR:-}" ]; then
            echo "error: NNODES=$NNODES needs NODE_RANK (0 … $((NNODES - 1))) and MASTER_ADDR," \
                "the address of machine 0" >&2
            return 2
        fi
        if [ "${MAX_RESTARTS:-0}" -gt 0 ]; then
            echo "error: MAX_RESTARTS is for one machine; on several, start all again with" \
                "--auto-resume" >&2
            return 2
        fi
        options+=(--nnodes "$NNODES" --node_rank "$NODE_RANK")
        options+=(--master_addr "$MASTER_ADDR" --master_port "${PORT:-29500}")
    elif [ -n "${PORT:-}" ] && _is_free "$PORT"; then
        options+=(--master_addr 127.0.0.1 --master_port "$PORT")
    else
        if [ -n "${PORT:-}" ]; then echo "Port $PORT is taken; a free one is used" >&2; fi
        options+=(--standalone --local_addr 127.0.0.1)  # takes a free port
    fi
    if [ "${NNODES:-1}" -le 1 ] && [ -e /sys/class/net/lo ]; then
        # All on this machine; its own name need not resolve.
        export GLOO_SOCKET_IFNAME="${GLOO_SOCKET_IFNAME:-lo}"
    fi
    export OMP_NUM_THREADS="${OMP_NUM_THREADS:-1}"

    # The training processes leave their numbers here, and a note when they stop on request.
    LITE_HRNET_LAUNCH_FOLDER="$(mktemp -d)"
    export LITE_HRNET_LAUNCH_FOLDER
    trap 'rm -rf "$LITE_HRNET_LAUNCH_FOLDER"' EXIT
    set -m  # torchrun gets a process group of its own, so that signals come here first
    "$PYTHON" -m torch.distributed.run "${options[@]}" "$@" &
    child=$!
    set +m
    trap '_pass_on USR1 '"$child" USR1
    trap '_pass_on TERM '"$child" TERM
    trap '_interrupt '"$child"'; exit 130' INT
    while :; do
        wait "$child" && status=0 || status=$?
        # A signal ends the wait, not torchrun.
        kill -0 "$child" 2>/dev/null || break
    done
    if [ -e "$LITE_HRNET_LAUNCH_FOLDER/stopped" ]; then status=75; fi
    return "$status"
}

# Signal the processes themselves: torchrun would give them no more than 30 s to save.
_pass_on() {
    _signal_processes "$1" || kill -TERM "$2" 2>/dev/null || true
}

# Ctrl-C: end at once, and without torchrun's account of it.
_interrupt() {
    if _signal_processes 0; then
        kill -KILL "$1" 2>/dev/null || true
        _signal_processes INT || true
    else
        kill -INT "$1" 2>/dev/null || true
    fi
}

# Signal the processes that have begun to train; fails if there are none.
_signal_processes() {
    local file any=1
    for file in "$LITE_HRNET_LAUNCH_FOLDER"/*.pid; do
        [ -e "$file" ] || continue
        kill -"$1" "$(basename "$file" .pid)" 2>/dev/null && any=0
    done
    return "$any"
}

# The N of --proc_per_gpu N or --proc_per_gpu=N among arguments, else 1; tools/test.py reads it too, to
# place its processes on the GPUs.
processes_per_gpu() {
    local number=1 before='' word
    for word in "$@"; do
        case "$before $word" in
            "--proc_per_gpu "*) number="$word" ;;
            *" --proc_per_gpu="*) number="${word#*=}" ;;
        esac
        before="$word"
    done
    check_number --proc_per_gpu "$number"
    echo "$number"
}

# Ends the script unless a setting is a number from 1.
check_number() {
    [[ "$2" =~ ^[1-9][0-9]*$ ]] || { echo "error: $1 $2: must be 1 or more" >&2; exit 2; }
}

# launch_slurm PARTITION JOB_NAME PROCESSES_PER_GPU PROGRAM [arguments]: srun in this process's place.
# Settings, from the environment: see tools/slurm_train.sh.
launch_slurm() {
    local partition="$1" job_name="$2" each="$3" gpus="${GPUS:-8}" per_node gres
    local options=() further=()
    shift 3
    check_number GPUS "$gpus"
    per_node="${GPUS_PER_NODE:-$((gpus < 8 ? gpus : 8))}"
    check_number GPUS_PER_NODE "$per_node"
    gres="${GRES:-gpu:$per_node}"
    [ "$gres" = none ] || options+=("--gres=$gres")
    # Several words in one variable: split on purpose, without expanding * and ?. At the end of its
    # input, read reports failure.
    read -r -d '' -a further <<< "${SRUN_ARGS:-}" || true
    # The processes are the parallelism, and loading processes come on top; torchrun does the same.
    export OMP_NUM_THREADS="${OMP_NUM_THREADS:-1}"
    # A process that dies leaves the others waiting for it forever: end them all.
    exec srun -p "$partition" --job-name="$job_name" \
        --ntasks="$((gpus * each))" --ntasks-per-node="$((per_node * each))" \
        --cpus-per-task="${CPUS_PER_TASK:-5}" --kill-on-bad-exit=1 \
        "${options[@]}" "${further[@]}" "${PYTHON:-python}" -u "$@"
}
