#!/usr/bin/env bash
# Test on several GPUs of one machine or many, through torchrun; without GPUs, in as many processes.
#
#     bash tools/dist_test.sh CONFIG CHECKPOINT GPUS [arguments of tools/test.py]
#
# --proc_per_gpu N starts N processes on each GPU. Several machines: as for tools/dist_train.sh, with
# --gpu_collect or a --tmpdir that they share. The scores do not depend on the number of processes.

set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/launch.sh"
check_usage "$0" 3 "$@"
config="$1" checkpoint="$2" gpus="$3"
shift 3
check_number GPUS "$gpus"
each="$(processes_per_gpu "$@")"
launch "$((gpus * each))" \
    "$TOOLS/test.py" "$config" "$checkpoint" --launcher pytorch "$@"
