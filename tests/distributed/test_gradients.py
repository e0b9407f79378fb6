"""Two processes train like one that has both their batches."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
import torch

from models.layers import SyncBatchNorm

PROGRAM = Path(__file__).with_name("gradients.py")


@pytest.mark.parametrize("norm", ["BN", "SyncBN"])
def test_gradients_of_the_joint_batch(run_tool, repository, tmp_path, norm):
    """Batch norm in eval mode, or synchronised; statistics after the step too."""
    launch = ["-m", "torch.distributed.run", "--standalone", "--local_addr", "127.0.0.1"]
    for processes in (1, 2, 3):
        start = [sys.executable]
        if processes > 1:
            start += [*launch, "--nproc_per_node", processes]
        run_tool(
            *(*start, PROGRAM, norm, tmp_path / f"{processes}.pth"),
            PYTHONPATH=str(repository),
            GLOO_SOCKET_IFNAME="lo",
        )
    alone = torch.load(tmp_path / "1.pth", weights_only=True)
    assert len(alone["gradients"]) > 100
    assert max(g.abs().max() for g in alone["gradients"].values()) > 1e-3
    for processes in (2, 3):
        together = torch.load(tmp_path / f"{processes}.pth", weights_only=True)
        for part in ("gradients", "buffers"):
            for name, value in alone[part].items():
                torch.testing.assert_close(
                    together[part][name], value, rtol=1e-6, atol=1e-12, msg=f"{processes} {name}"
                )


def test_alone_it_is_plain_batch_norm():
    torch.manual_seed(0)
    ours, plain = SyncBatchNorm(4), torch.nn.BatchNorm2d(4)
    x = torch.randn(3, 4, 5, 6)
    for _ in range(2):
        assert torch.equal(ours(x), plain(x))
    assert torch.equal(ours.eval()(x), plain.eval()(x))
    assert list(ours.state_dict()) == list(plain.state_dict())
