"""Draws scenes of coloured shapes on cluttered backgrounds, with the true box and class of every shape."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

SIZE = 128
CLASSES = ("circle", "square", "triangle", "star", "cross")
MIN_RADIUS, MAX_RADIUS = 9.0, 27.0
MAX_SHAPES = 6
MAX_OVERLAP = 0.05
MIN_CONTRAST = 0.25
SUBPIXELS = 3

Array = np.ndarray


@dataclass(frozen=True)
class Scene:
    """`picture` is uint8 [3, SIZE, SIZE]; `boxes` float32 [n, 4] as x1, y1, x2, y2 in pixels; `labels` int64 [n]."""

    picture: Array
    boxes: Array
    labels: Array


def outline(label: int, random: np.random.Generator) -> Array:
    """The corners of a shape of radius one around the origin."""
    name = CLASSES[label]
    if name == "circle":
        return ring(np.ones(48))
    if name == "square":
        return ring(np.ones(4))
    if name == "triangle":
        return ring(np.ones(3))
    if name == "star":
        return ring(np.where(np.arange(10) % 2 == 0, 1.0, random.uniform(0.38, 0.48)))
    arm = random.uniform(0.28, 0.38)
    quarter = np.array([[1.0, -arm], [1.0, arm], [arm, arm]])
    turns = [np.array([[0.0, -1.0], [1.0, 0.0]])] * 4
    corners = [quarter @ np.linalg.matrix_power(turn, index).T for index, turn in enumerate(turns)]
    return np.concatenate(corners)


def ring(radii: Array) -> Array:
    angles = np.arange(len(radii)) * 2 * np.pi / len(radii)
    return np.stack([radii * np.cos(angles), radii * np.sin(angles)], 1)


def rotated(points: Array, angle: float) -> Array:
    cos, sin = np.cos(angle), np.sin(angle)
    return points @ np.array([[cos, sin], [-sin, cos]])


def coverage(corners: Array) -> Array:
    """How much of every pixel lies inside the polygon, from 0 to 1 (even-odd rule on a grid of sub-pixels)."""
    mask = np.zeros((SIZE, SIZE), np.float32)
    x0, y0 = np.maximum(np.floor(corners.min(0)).astype(int), 0)
    x1, y1 = np.minimum(np.ceil(corners.max(0)).astype(int), SIZE)
    if x0 >= x1 or y0 >= y1:
        return mask
    xs = x0 + (np.arange((x1 - x0) * SUBPIXELS) + 0.5) / SUBPIXELS
    ys = y0 + (np.arange((y1 - y0) * SUBPIXELS) + 0.5) / SUBPIXELS
    inside = np.zeros((len(ys), len(xs)), bool)
    for (ax, ay), (bx, by) in zip(corners, np.roll(corners, -1, 0)):
        if ay == by:
            continue
        crosses = (ys < ay) != (ys < by)
        where = ax + (ys - ay) * (bx - ax) / (by - ay)
        inside ^= crosses[:, None] & (xs[None, :] < where[:, None])
    mask[y0:y1, x0:x1] = inside.reshape(y1 - y0, SUBPIXELS, x1 - x0, SUBPIXELS).mean((1, 3))
    return mask


def background(random: np.random.Generator) -> Array:
    """A colour gradient, blotches, thin strokes and small specks: clutter that is none of the classes."""
    corners = random.uniform(0, 1, (3, 2, 2))
    t = np.linspace(0, 1, SIZE)
    rows = corners[:, 0, :, None] * (1 - t) + corners[:, 1, :, None] * t
    picture = rows[:, 0, :, None] * (1 - t) + rows[:, 1, :, None] * t
    cells = int(random.choice([4, 8, 16]))
    blotches = random.normal(0, random.uniform(0, 0.12), (3, cells, cells))
    picture += np.kron(blotches, np.ones((SIZE // cells, SIZE // cells)))
    for _ in range(random.integers(0, 8)):
        start, angle = random.uniform(0, SIZE, 2), random.uniform(0, np.pi)
        half_length, half_width = random.uniform(10, 70), random.uniform(0.5, 1.5)
        stroke = np.array(
            [
                [-half_length, -half_width],
                [half_length, -half_width],
                [half_length, half_width],
                [-half_length, half_width],
            ]
        )
        paint(picture, coverage(rotated(stroke, angle) + start), random.uniform(0, 1, 3), 0.8)
    for _ in range(random.integers(0, 12)):
        speck = ring(random.uniform(0.5, 1, 7)) * random.uniform(1, 3.5)
        paint(picture, coverage(speck + random.uniform(0, SIZE, 2)), random.uniform(0, 1, 3), 0.9)
    return picture


def paint(picture: Array, mask: Array, colour: Array, opacity: float) -> None:
    alpha = mask * opacity
    picture *= 1 - alpha
    picture += alpha * colour[:, None, None]


def overlap(box: Array, boxes: list[Array]) -> float:
    """The largest share of either box that `box` and one of `boxes` have in common."""
    largest = 0.0
    for other in boxes:
        width = min(box[2], other[2]) - max(box[0], other[0])
        height = min(box[3], other[3]) - max(box[1], other[1])
        if width > 0 and height > 0:
            areas = [(b[2] - b[0]) * (b[3] - b[1]) for b in (box, other)]
            largest = max(largest, width * height / min(areas))
    return largest


def contrasting(behind: Array, random: np.random.Generator) -> Array:
    while True:
        colour = random.uniform(0, 1, 3)
        if np.abs(colour - behind).max() >= MIN_CONTRAST:
            return colour


def draw_scene(random: np.random.Generator) -> Scene:
    picture = background(random)
    boxes: list[Array] = []
    labels: list[int] = []
    wanted = random.integers(1, MAX_SHAPES + 1)
    for _ in range(8 * MAX_SHAPES):
        if len(boxes) == wanted:
            break
        label = int(random.integers(len(CLASSES)))
        radius = np.exp(random.uniform(np.log(MIN_RADIUS), np.log(MAX_RADIUS)))
        stretch = random.uniform(0.85, 1.15, 2) if CLASSES[label] not in ("circle", "square") else np.ones(2)
        corners = rotated(outline(label, random) * radius * stretch, random.uniform(0, 2 * np.pi))
        low, high = -corners.min(0) + 1, SIZE - 1 - corners.max(0)
        corners += random.uniform(low, high)
        box = np.concatenate([corners.min(0), corners.max(0)])
        if overlap(box, boxes) > MAX_OVERLAP:
            continue
        mask = coverage(corners)
        behind = (picture * mask).sum((1, 2)) / mask.sum()
        paint(picture, mask, contrasting(behind, random), random.uniform(0.85, 1.0))
        boxes.append(box)
        labels.append(label)
    picture = picture * random.uniform(0.7, 1.1) + random.normal(0, random.uniform(0.005, 0.05), picture.shape)
    return Scene(
        np.round(np.clip(picture, 0, 1) * 255).astype(np.uint8),
        np.array(boxes, np.float32).reshape(-1, 4),
        np.array(labels, np.int64),
    )


def draw_scenes(count: int, seed: int) -> list[Scene]:
    """Every scene has a seed of its own: the first n scenes do not depend on how many are drawn."""
    return [draw_scene(np.random.default_rng([seed, index])) for index in range(count)]
