#!/usr/bin/env bash
# Train on several GPUs of one machine or many, through torchrun; without GPUs, in as many processes.
#
#     bash tools/dist_train.sh CONFIG GPUS [arguments of tools/train.py]
#
# On N machines that share the run folder, run the same on each of them (0 … N-1), with
#     NNODES=N NODE_RANK=0 MASTER_ADDR=<address of machine 0> PORT=29500
# in front. On one machine, MAX_RESTARTS=3 starts failed processes again, from the newest checkpoint.
# SIGTERM and SIGUSR1 let the iteration end and save; the exit status is then 75.

set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/launch.sh"
check_usage "$0" 2 "$@"
config="$1" gpus="$2"
shift 2
launch "$gpus" "$TOOLS/train.py" "$config" --launcher pytorch "$@"
