"""The sections, in the order of the report."""

from __future__ import annotations

from models.benchmark.sections import (
    decode,
    evaluate,
    inference,
    memory,
    pipeline,
    test_loop,
    train,
)

#: name on the command line → module
SECTIONS = {
    module.SECTION.name: module
    for module in (inference, train, pipeline, decode, test_loop, evaluate, memory)
}
