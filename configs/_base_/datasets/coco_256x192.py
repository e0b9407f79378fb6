"""COCO keypoints at 256×192 (height × width).

Validation while training is on ground-truth boxes, `tools/test.py` on a detector's (human AP 56.4
on val2017): the same network scores about 2 AP higher on the former.

Faster loading that is not on by default, because something else changes with it:

- `data.train_dataloader.group_images=True`: each picture is decoded once an epoch. Another order.
- `data.train.crop_cache.dir=FOLDER`, after `tools/dataset/build_crop_cache.py`: decoded pixels on
  disk, at most 0.9 MB a picture of COCO, 53 GB for the training set. The same crops.
- `reduced=True` for LoadImageFromFile: JPEGs of large persons are decoded at 1/2, 1/4 or 1/8.
  Crops differ by little.
- `keep_uint8=True` for ToTensor, no NormalizeTensor, and its mean and std as `model.img_norm_cfg`:
  bytes go to the device. The same numbers.
"""

data_root = "data/coco"
data_cfg = dict(
    image_size=[192, 256],  # (w, h)
    sigma=2,
    soft_nms=False,
    oks_thr=0.9,
    vis_thr=0.2,
    use_gt_bbox=False,
    det_bbox_thr=0.0,
    bbox_file=f"{data_root}/person_detection_results/COCO_val2017_detections_AP_H_56_person.json",
)
train_pipeline = [
    dict(type="LoadImageFromFile"),
    dict(type="TopDownRandomShiftBboxCenter", shift_factor=0.2, prob=0.3, relative_to="box"),
    dict(type="TopDownRandomFlip", flip_prob=0.5),
    dict(type="TopDownHalfBodyTransform", num_joints_half_body=8, prob_half_body=0.3),
    dict(type="TopDownGetRandomScaleRotation", rot_factor=30, scale_factor=0.25),
    dict(type="TopDownAffine"),
    dict(type="ToTensor"),
    dict(type="NormalizeTensor", mean=[0.485, 0.456, 0.406], std=[0.229, 0.224, 0.225]),
    dict(type="TopDownGenerateTarget"),
    dict(
        type="Collect",
        keys=["img", "target", "target_weight"],
        meta_keys=[
            "image_file",
            "joints_3d",
            "joints_3d_visible",
            "center",
            "scale",
            "rotation",
            "bbox_score",
            "flip_pairs",
        ],
    ),
]
test_pipeline = [
    dict(type="LoadImageFromFile"),
    dict(type="TopDownAffine"),
    dict(type="ToTensor"),
    dict(type="NormalizeTensor", mean=[0.485, 0.456, 0.406], std=[0.229, 0.224, 0.225]),
    dict(
        type="Collect",
        keys=["img"],
        meta_keys=[
            "image_file",
            "center",
            "scale",
            "rotation",
            "bbox_score",
            "bbox_id",
            "image_id",
            "flip_pairs",
        ],
    ),
]
data = dict(
    samples_per_gpu=64,
    workers_per_gpu=4,
    train=dict(
        type="TopDownCocoDataset",
        ann_file=f"{data_root}/annotations/person_keypoints_train2017.json",
        img_prefix=f"{data_root}/train2017/",
        data_cfg=data_cfg,
        pipeline=train_pipeline,
    ),
    val=dict(
        type="TopDownCocoDataset",
        ann_file=f"{data_root}/annotations/person_keypoints_val2017.json",
        img_prefix=f"{data_root}/val2017/",
        data_cfg=dict(data_cfg, use_gt_bbox=True),
        pipeline=test_pipeline,
    ),
    test=dict(
        type="TopDownCocoDataset",
        ann_file=f"{data_root}/annotations/person_keypoints_val2017.json",
        img_prefix=f"{data_root}/val2017/",
        data_cfg=data_cfg,
        pipeline=test_pipeline,
    ),
)
evaluation = dict(interval=10, metric="mAP", save_best="AP")
