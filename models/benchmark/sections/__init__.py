"""One file a section: who takes part (`sides`), and what each does in its own process.

Each has `SECTION`, `sides(plan)` and, where files are needed first, `prepare(plan)`. The functions
that set sides up import what they need themselves: mmpose's run under another interpreter, and
what one side imports must not slow or alter another.
"""
