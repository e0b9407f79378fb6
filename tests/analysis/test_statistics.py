"""Counts of a data set, done by hand."""

from __future__ import annotations

import io

import numpy as np

from models.analysis.distributions import distributions
from models.analysis.statistics import dataset_statistics, statistics_text
from models.structures import COCO_17


def test_counts(person, picture, standing):
    standing[0, 2], standing[1:5, 2] = 1, 0
    people = (
        person(joints=standing, area=31.9**2),
        person(id=2, area=96.0**2),
        person(id=3, joints=np.zeros((17, 3)), bbox=np.zeros(4)),
    )
    images = [picture(*people, crowds=[4]), picture(person()), picture()]
    facts = dataset_statistics(images, COCO_17, samples=3)
    assert facts["images"] == 3
    assert facts["images_without_people"] == 1
    assert (facts["people"], facts["people_with_joints"], facts["crowds"]) == (4, 3, 1)
    assert facts["people_in_an_image"] == {"0": 1, "1": 1, "3": 1}
    assert facts["labelled_joints_of_a_person"] == {"0": 1, "13": 1, "17": 2}
    assert facts["joints"]["nose"] == {"labelled": 3, "visible": 2, "occluded": 1}
    assert facts["joints"]["left_eye"]["labelled"] == 2
    assert facts["size"] == {"small": 1, "medium": 1, "large": 1}
    assert facts["box_width"]["50%"] == 70
    assert facts["box_aspect"]["95%"] == round(70 / 170, 4)
    text = statistics_text(facts)
    assert "3 images (1 without people), 4 people (3 with labelled joints), 1 crowds" in text
    assert len(distributions(images, facts, "title").axes) == 6


def test_nobody(picture):
    images = [picture()]
    facts = dataset_statistics(images, COCO_17, samples=0)
    assert facts["size"] == {"small": 0, "medium": 0, "large": 0}
    assert "0 people" in statistics_text(facts)
    distributions(images, facts, "nobody").savefig(io.BytesIO())
