"""People in pictures and videos: a picture in, joints out.

- `inferencer.py`: the class that does all of it. `opening.py` turns what a user has into a network
  with its description, `estimator.py` goes from boxes to joints, by `models.pipelines.Preprocessor`
  or, where a config's pipeline has steps of a user, by `pipeline_crops.py`.
- `api.py`: mmpose's three functions.
- `sources.py`: everything that gives pictures; `source.py` says what a source is,
  `picture_source.py` and `video_source.py` are its kinds.
- `detector.py`: who is where; `torchvision_detector.py`, and `box_files.py` with `box_json.py`,
  `box_csv.py` and `box_entry.py`.
- `follow.py`: through a video, with `tracker.py` and `smoothing.py`.
- `video_writer.py`, `video_results.py`, `results_form.py`, `drawn_files.py`: what is left on disk.
- `window.py`: what is shown on a screen. `device.py`: where PyTorch computes.

Importing any of it imports no torch; what needs it imports it when it is used.
"""
