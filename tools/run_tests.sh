#!/usr/bin/env bash
# Install what tests need, then lint and run all tests. Arguments go to pytest.
#
#     bash tools/run_tests.sh                  # everything but the long ones, on all cores
#     bash tools/run_tests.sh -m slow          # the long ones
#     bash tools/run_tests.sh -m integration   # those on a real Slurm, Open MPI, Chromium, MLflow ...
#     bash tools/run_tests.sh tests/codecs -x  # some

set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
if [ "${1:-}" = --help ] || [ "${1:-}" = -h ]; then
    sed -n '2,7s/^# \{0,1\}//p' "$0"
    exit 0
fi
source tools/environment.sh

"$PYTHON" -m ruff check .
"$PYTHON" -m ruff format --check .
# One thread a process: the processes are the parallelism. nproc obeys OMP_NUM_THREADS, so first it.
processes="$(env -u OMP_NUM_THREADS nproc)"
export OMP_NUM_THREADS=1
if [[ " $* " == *" -m "* ]]; then selection=(); else selection=(-m "not slow and not integration"); fi
"$PYTHON" -m pytest -n "$processes" --dist loadfile "${selection[@]}" "$@"
