#!/usr/bin/env bash
# Train under Slurm, one process for each GPU; runs in the foreground, as srun does.
#
#     bash tools/slurm_train.sh PARTITION JOB_NAME CONFIG WORK_DIR [arguments of tools/train.py]
#
# SIGTERM and SIGUSR1 let the iteration end and save; the exit status is then 75, and the same
# command with --auto-resume goes on. Settings, from the environment:
#
#     GPUS           processes in all (8)
#     GPUS_PER_NODE  processes on each node (8, or GPUS where that is less)
#     CPUS_PER_TASK  processor cores of each process (5)
#     GRES           generic resources of each node (gpu:$GPUS_PER_NODE); none: ask for none
#     SRUN_ARGS      further words for srun, such as "--exclude=node7 --signal=USR1@120"
#     PYTHON         the Python to run (python); the cluster's environment is used as it is

set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/launch.sh"
check_usage "$0" 4 "$@"
partition="$1" job_name="$2" config="$3" work_dir="$4"
shift 4
launch_slurm "$partition" "$job_name" 1 \
    "$TOOLS/train.py" "$config" --work-dir "$work_dir" --launcher slurm "$@"
