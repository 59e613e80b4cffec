"""Average precision of detections, as the PASCAL VOC challenge computes it since 2010 (area under the whole curve)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

Array = np.ndarray


def intersection_over_union(box: Array, boxes: Array) -> Array:
    low = np.maximum(box[:2], boxes[:, :2])
    high = np.minimum(box[2:], boxes[:, 2:])
    shared = np.clip(high - low, 0, None).prod(1)
    areas = (boxes[:, 2:] - boxes[:, :2]).prod(1)
    return shared / ((box[2:] - box[:2]).prod() + areas - shared)


def average_precision(correct: Array, scores: Array, truths: int) -> float:
    """Area under the precision-recall curve, precision made monotonic from the right."""
    correct = correct[np.argsort(-scores, kind="stable")]
    hits = np.cumsum(correct)
    precision = np.maximum.accumulate((hits / np.arange(1, len(correct) + 1))[::-1])[::-1]
    return float(precision[correct].sum() / truths)


def matched(boxes: Array, scores: Array, truths: Array, threshold: float) -> Array:
    """Which detections of one class in one picture are right: best first, each picks the true box it overlaps most.

    A second detection of the same box is wrong.
    """
    correct = np.zeros(len(boxes), bool)
    taken = np.zeros(len(truths), bool)
    if len(truths) == 0:
        return correct
    for index in np.argsort(-scores, kind="stable"):
        overlaps = intersection_over_union(boxes[index], truths)
        best = int(overlaps.argmax())
        if overlaps[best] >= threshold and not taken[best]:
            correct[index] = taken[best] = True
    return correct


def average_precisions(
    detections: Sequence[tuple[Array, Array, Array]],
    truths: Sequence[tuple[Array, Array]],
    classes: int,
    threshold: float,
) -> list[float]:
    """Per class; `detections` has boxes, scores and labels of every picture, `truths` its boxes and labels."""
    result: list[float] = []
    for label in range(classes):
        correct: list[Array] = []
        confidence: list[Array] = []
        count = 0
        for (boxes, scores, labels), (true_boxes, true_labels) in zip(detections, truths, strict=True):
            mine, wanted = labels == label, true_boxes[true_labels == label]
            correct.append(matched(boxes[mine], scores[mine], wanted, threshold))
            confidence.append(scores[mine])
            count += len(wanted)
        result.append(average_precision(np.concatenate(correct), np.concatenate(confidence), count))
    return result
