#!/usr/bin/env bash
# From nothing to a trained, tested and drawn Lite-HRNet: environment, embedded data set, training
# (minutes on two cores; a GPU is used where there is one), test on a detector's boxes, complexity,
# pictures, a report. Run again, it reuses what is there: an interrupted training run is gone on with.
#
#     bash tools/quickstart.sh [options]
#
#     --work-dir DIR   run folder (work_dirs/quickstart)
#     --data DIR       where the embedded data set is written (data/synthetic)
#     --train N        training pictures (default of tools/dataset/make_synthetic.py)
#     --val N          validation pictures (likewise)
#     --epochs N       length of training (the config's)

set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

config=configs/top_down/lite_hrnet/synthetic/litehrnet_18_synthetic_128x96.py
work_dir=work_dirs/quickstart
data=data/synthetic
pictures=()
options=()
while [ $# -gt 0 ]; do
    case "$1" in
        -h | --help)
            sed -n '2,13s/^# \{0,1\}//p' "$0"
            exit 0
            ;;
        --work-dir | --data | --train | --val | --epochs)
            [ $# -ge 2 ] || { echo "error: $1 needs a value" >&2; exit 2; }
            ;;&
        --work-dir) work_dir="$2" ;;
        --data) data="$2" ;;
        --train | --val) pictures+=("$1" "$2") ;;
        --epochs) options+=("total_epochs=$2" "evaluation.interval=$2") ;;
        *)
            echo "error: unknown option $1; see --help" >&2
            exit 2
            ;;
    esac
    shift 2
done

source tools/environment.sh

"$PYTHON" tools/dataset/make_synthetic.py "$data" "${pictures[@]}"
for split in train val test; do
    pictures_of=$([ "$split" = train ] && echo train || echo val)
    options+=("data.$split.ann_file=$data/annotations/person_keypoints_$pictures_of.json")
    options+=("data.$split.img_prefix=$data/$pictures_of/")
    options+=("data.$split.data_cfg.bbox_file=$data/person_detections_val.json")
done

if [ ! -e "$work_dir/trained" ]; then
    start=("$PYTHON" tools/train.py "$config")
    cores="$(env -u OMP_NUM_THREADS nproc)"
    if ! "$PYTHON" -c 'import sys, torch; sys.exit(not torch.cuda.is_available())' \
        && [ "$cores" -ge 2 ]; then
        # The network's many small operations share out better between processes than threads.
        export OMP_NUM_THREADS="${OMP_NUM_THREADS:-$((cores / 2))}"
        start=(bash tools/dist_train.sh "$config" 2)
    fi
    "${start[@]}" --work-dir "$work_dir" --seed 0 --auto-resume --cfg-options "${options[@]}"
    touch "$work_dir/trained"
else
    echo "Already trained: $work_dir (remove $work_dir/trained to train anew)"
fi

checkpoint="$(ls "$work_dir"/best_AP_epoch_*.pth 2>/dev/null | tail -n 1)"
[ -n "$checkpoint" ] || checkpoint="$work_dir/latest.pth"
summary="$work_dir/summary.txt"
{
    echo "Lite-HRNet quick start: $config"
    echo "Checkpoint: $checkpoint"
    echo
    "$PYTHON" tools/get_flops.py "$config" --no-layers
    echo
    echo "COCO keypoint scores on held-out people:"
    "$PYTHON" tools/test.py "$config" "$checkpoint" --eval mAP --work-dir "$work_dir" \
        --out "$work_dir/results.json" --cfg-options "${options[@]}"
    echo
    "$PYTHON" tools/analysis/draw_results.py "$config" "$work_dir/results.json" \
        --out "$work_dir/pictures"
    "$PYTHON" tools/analysis/report.py "$work_dir"
} | tee "$summary.new"
mv "$summary.new" "$summary"
echo "Summary: $summary"
