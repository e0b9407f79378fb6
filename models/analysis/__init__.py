"""What a data set holds, and what a run has learnt and gets wrong.

- `browse.py` looks at a data set: `samples.py` and `sample_pictures.py` show it, `statistics.py`
  and `distributions.py` count it, `suspicious.py` with `sides.py` and `findings.py` doubts it, and
  `suspicious_pictures.py` shows why.
- `logs.py` reads what runs logged, `plot.py` draws it.
- `results.py` reads the results of a test; `errors.py`, `curves.py` and `charts.py` take them
  apart, as far as the data set offers a comparison. `scores.py` knows what scores mean.
- `run_folder.py`, `measure.py`, `published.py`: all that is known of a run; `report.py` makes a
  page of it, whose parts are in `page`.
- `model_card.py` with `own_scores.py`: what is published beside a checkpoint.
"""
