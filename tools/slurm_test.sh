#!/usr/bin/env bash
# Test a checkpoint under Slurm, one process for each GPU; runs in the foreground, as srun does.
#
#     bash tools/slurm_test.sh PARTITION JOB_NAME CONFIG CHECKPOINT [arguments of tools/test.py]
#
# With --proc_per_gpu N among the arguments, N processes are started for each GPU.
# Settings, from the environment:
#
#     GPUS           GPUs in all (8)
#     GPUS_PER_NODE  GPUs of each node (8, or GPUS where that is less)
#     CPUS_PER_TASK  processor cores of each process (5)
#     GRES           generic resources of each node (gpu:$GPUS_PER_NODE); none: ask for none
#     SRUN_ARGS      further words for srun, such as "--exclude=node7 --mem-per-cpu=4G"
#     PYTHON         the Python to run (python); the cluster's environment is used as it is

set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/launch.sh"
check_usage "$0" 4 "$@"
partition="$1" job_name="$2" config="$3" checkpoint="$4"
shift 4
each="$(processes_per_gpu "$@")"
launch_slurm "$partition" "$job_name" "$each" \
    "$TOOLS/test.py" "$config" "$checkpoint" --launcher slurm "$@"
