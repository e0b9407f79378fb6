"""A program for torchrun: one training step on this process's part of a batch.

    gradients.py NORM OUT

writes gradients and batch-norm statistics after the step to OUT, from the first process. Run
without torchrun, the whole batch is one part.
"""

from __future__ import annotations

import os
import sys

import torch
from torch import nn

from models import build_posenet
from models.engine.parallel import wrap_model
from models.runtime.dist import end_processes, init_processes

BATCH = 6


def small_network(norm: str) -> nn.Module:
    """Lite-HRNet with all its kinds of blocks, one module a stage, in double precision."""
    return build_posenet(
        {
            "type": "TopDown",
            "backbone": {
                "type": "LiteHRNet",
                "in_channels": 3,
                "norm_cfg": {"type": norm},
                "extra": {
                    "stem": {"stem_channels": 32, "out_channels": 32, "expand_ratio": 1},
                    "num_stages": 2,
                    "stages_spec": {
                        "num_modules": (1, 1),
                        "num_branches": (2, 3),
                        "num_blocks": (1, 1),
                        "module_type": ("LITE", "LITE"),
                        "with_fuse": (True, True),
                        "reduce_ratios": (8, 8),
                        "num_channels": ((40, 80), (40, 80, 160)),
                    },
                    "with_head": True,
                },
            },
            "keypoint_head": {
                "type": "TopDownSimpleHead",
                "in_channels": 40,
                "out_channels": 17,
                "num_deconv_layers": 0,
                "extra": {"final_conv_kernel": 1},
            },
            "loss_pose": {"type": "JointsMSELoss", "use_target_weight": True},
        }
    ).double()


def main(norm: str, out: str) -> None:
    torch.manual_seed(0)
    network = small_network(norm)
    batch = {
        "img": torch.randn(BATCH, 3, 64, 64).double(),
        "target": torch.rand(BATCH, 17, 16, 16).double(),
        "target_weight": torch.ones(BATCH, 17, 1).double(),
    }
    distributed = init_processes("pytorch" if "RANK" in os.environ else "none")
    rank = int(os.environ.get("RANK", 0))
    part = BATCH // int(os.environ.get("WORLD_SIZE", 1))
    mine = {key: value[rank * part : (rank + 1) * part] for key, value in batch.items()}
    network.train()
    if norm == "BN":  # each process would normalise by its own part
        for module in network.modules():
            if isinstance(module, nn.BatchNorm2d):
                module.eval()
    wrapped = wrap_model(network, distributed)
    wrapped.train_step(mine, None)["loss"].backward()
    if rank == 0:
        gradients = {name: p.grad for name, p in network.named_parameters()}
        torch.save({"gradients": gradients, "buffers": dict(network.named_buffers())}, out)
    end_processes()


if __name__ == "__main__":
    main(*sys.argv[1:])
