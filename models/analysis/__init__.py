"""What a data set holds, and what a run has learnt and gets wrong.

- `browse.py` looks at a data set: `samples.py` and `sample_pictures.py` show it, `statistics.py`
  and `distributions.py` count it, `suspicious.py` with `sides.py` and `findings.py` doubts it, and
  `suspicious_pictures.py` shows why.
- `logs.py` reads what runs logged, `plot.py` draws it.
- `errors.py`, `curves.py` and `charts.py`: the results of a test, taken apart.
- `run_folder.py`, `measure.py`, `published.py`: all that is known of a run; `report.py` makes a
  page of it, whose parts are in `page`.
- `model_card.py` with `own_scores.py`: what is published beside a checkpoint.
"""
