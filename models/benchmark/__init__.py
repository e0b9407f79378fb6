"""The benchmark: this project against its peers, on one machine, in turns.

    plan → sections: sides → one process a side → rounds → ratios → bars → json and Markdown

- `plan.py`, `network.py`, `inputs.py`, `pictures.py`, `coco_problem.py`: what all sides share.
- `sections/`: one file a section, listed in `catalogue.py`; `mmpose_side.py`, `exporting.py`,
  `training.py`, `data.py`, `persons.py`: what their sides are made of. `peers.py` finds the peers.
- `side.py`, `worker.py`, `process.py`: a side, its process, and the parent's end of it.
- `rounds.py` runs them in turns; `agreement.py` makes sure that they do the same work;
  `statistics.py` makes medians and ratios of it.
- `bars.py` and `table.py` report; `machine.py` says where; `report.py` keeps files.

tools/benchmark.py is the command.
"""
