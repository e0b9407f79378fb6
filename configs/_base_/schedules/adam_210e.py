"""Adam at 2e-3 for 210 epochs, for 8 GPUs; the rate falls tenfold at 170 and 200."""

optimizer = dict(type="Adam", lr=2e-3)
optimizer_config = dict(grad_clip=None)
lr_config = dict(
    policy="step",
    warmup="linear",
    warmup_iters=500,
    warmup_ratio=0.001,
    step=[170, 200],
)
total_epochs = 210
