"""Trains an object detector on generated scenes and exports it: `python train.py`.

Takes about ten minutes on one core. Everything is seeded: the same versions give the same files.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from average_precision import average_precisions
from detector import ShapesDetector, ShapesNet
from scenes import CLASSES, SIZE, Scene, draw_scenes

sys.path.append(str(Path(__file__).resolve().parents[1]))
from example_files import Example, write_example  # noqa: E402

SEED = 3
TRAIN_SCENES, TRAIN_SEED = 6000, 1
TEST_SCENES, TEST_SEED = 500, 2
EPOCHS = 7
BATCH = 16
SAMPLES = 10
SHOWN_SCORE = 0.4
IOU_THRESHOLD = 0.5
STRIDE = ShapesDetector.stride
TYPICAL_SIZE = ShapesDetector.typical_size
GRID = SIZE // STRIDE


def targets(scene: Scene) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """What the network should answer: scores with a bump at every centre, raw boxes, and each cell's weight."""
    scores = np.zeros((len(CLASSES), GRID, GRID), np.float32)
    boxes = np.zeros((4, GRID, GRID), np.float32)
    weights = np.zeros((1, GRID, GRID), np.float32)
    cells = np.arange(GRID)
    for box, label in zip(scene.boxes, scene.labels):
        centre, size = (box[:2] + box[2:]) / 2, box[2:] - box[:2]
        column, row = (centre // STRIDE).astype(int)
        sigma = max(0.5, 0.16 * float(size.mean()) / STRIDE)
        bump = np.exp(-((cells[None, :] - column) ** 2 + (cells[:, None] - row) ** 2) / (2 * sigma**2))
        scores[label] = np.maximum(scores[label], bump)
        near = (bump > weights[0]) & (bump > 0.1)
        offset_x = centre[0] / STRIDE - (cells[None, :] + 0.5) + np.zeros((GRID, 1))
        offset_y = centre[1] / STRIDE - (cells[:, None] + 0.5) + np.zeros((1, GRID))
        width, height = np.log(size / TYPICAL_SIZE)
        for channel, value in enumerate((offset_x, offset_y, np.full_like(bump, width), np.full_like(bump, height))):
            boxes[channel][near] = value[near]
        weights[0][near] = bump[near]
    return scores, boxes, weights


def score_loss(logits: Tensor, wanted: Tensor) -> Tensor:
    """The focal loss of CenterNet (Zhou et al., 2019, arXiv:1904.07850): cells near a centre are punished less."""
    centre = wanted == 1
    likely = torch.sigmoid(logits)
    missed = (1 - likely) ** 2 * F.logsigmoid(logits) * centre
    false = (1 - wanted) ** 4 * likely**2 * F.logsigmoid(-logits) * ~centre
    return -(missed + false).sum() / centre.sum().clamp(min=1)


def box_loss(raw: Tensor, wanted: Tensor, weights: Tensor) -> Tensor:
    return ((raw - wanted).abs() * weights).sum() / weights.sum().clamp(min=1)


def augmented(
    pictures: Tensor, scores: Tensor, boxes: Tensor, weights: Tensor, random: np.random.Generator
) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Mirrors the batch and swaps its colours at random; scenes have no up, no down and no favourite colour."""
    pictures = pictures[:, torch.from_numpy(random.permutation(3))]
    if random.random() < 0.5:
        pictures = 1 - pictures
    for axis, channel in ((3, 0), (2, 1)):
        if random.random() < 0.5:
            pictures, scores, boxes, weights = (x.flip(axis) for x in (pictures, scores, boxes, weights))
            boxes[:, channel] *= -1
    if random.random() < 0.5:
        pictures, scores, boxes, weights = (x.transpose(2, 3) for x in (pictures, scores, boxes, weights))
        boxes = boxes[:, [1, 0, 3, 2]]
    return pictures.contiguous(), scores, boxes, weights


def train(net: nn.Module, scenes: list[Scene], random: np.random.Generator) -> None:
    pictures = torch.from_numpy(np.stack([scene.picture for scene in scenes]))
    scores, boxes, weights = (torch.from_numpy(np.stack(x)) for x in zip(*map(targets, scenes)))
    optimizer = torch.optim.AdamW(net.parameters(), lr=1e-3, weight_decay=1e-3)
    steps = EPOCHS * -(-len(scenes) // BATCH)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, max_lr=3e-3, total_steps=steps, pct_start=0.2)
    net.train()
    for epoch in range(EPOCHS):
        score_sum = box_sum = 0.0
        for batch in torch.from_numpy(random.permutation(len(scenes))).split(BATCH):
            x, wanted_scores, wanted_boxes, box_weights = augmented(
                pictures[batch].float() / 255, scores[batch], boxes[batch], weights[batch], random
            )
            logits, raw = net(x)
            of_scores = score_loss(logits, wanted_scores)
            of_boxes = box_loss(raw, wanted_boxes, box_weights)
            optimizer.zero_grad()
            (of_scores + of_boxes).backward()
            nn.utils.clip_grad_norm_(net.parameters(), 5.0)
            optimizer.step()
            schedule.step()
            score_sum += of_scores.item() * len(batch)
            box_sum += of_boxes.item() * len(batch)
        print(
            f"epoch {epoch + 1:2d}: score loss {score_sum / len(scenes):.3f}, box loss {box_sum / len(scenes):.3f}",
            flush=True,
        )


def model_input(scenes: list[Scene]) -> np.ndarray:
    return np.stack([scene.picture for scene in scenes]).astype(np.float32) / 255


def evaluate(model: nn.Module, scenes: list[Scene]) -> list[float]:
    """Average precision per class."""
    detections = []
    with torch.no_grad():
        for batch in torch.from_numpy(model_input(scenes)).split(50):
            detections += [tuple(x.numpy() for x in picture) for picture in zip(*model(batch))]
    truths = [(scene.boxes, scene.labels) for scene in scenes]
    return average_precisions(detections, truths, len(CLASSES), IOU_THRESHOLD)


def main() -> None:
    torch.manual_seed(SEED)
    torch.set_num_threads(1)
    net = ShapesNet(len(CLASSES))
    train(net, draw_scenes(TRAIN_SCENES, TRAIN_SEED), np.random.default_rng(SEED))

    model = ShapesDetector(net).eval()
    test = draw_scenes(TEST_SCENES, TEST_SEED)
    precisions = evaluate(model, test)
    mean = float(np.mean(precisions))
    print("average precision: " + ", ".join(f"{name} {value:.3f}" for name, value in zip(CLASSES, precisions)))
    shapes = sum(len(scene.labels) for scene in test)
    print(f"mAP@{IOU_THRESHOLD}: {mean:.4f} over {shapes} shapes in {len(test)} test scenes")

    example = Example(
        name="shapes-detector",
        title="Shapes in cluttered scenes (detector)",
        task="detection",
        classes=CLASSES,
        input_meaning="RGB picture 128x128, values from 0 to 1",
        output_meanings=(
            "boxes as x1, y1, x2, y2 in pixels, best first",
            "scores from 0 to 1",
            "class indices, -1 where there is no detection",
        ),
        metric=f"mAP@{IOU_THRESHOLD}",
        metric_value=mean,
        metric_samples=len(test),
        extra={
            "detection": {
                "minScore": ShapesDetector.min_score,
                "shownScore": SHOWN_SCORE,
                "iouThreshold": IOU_THRESHOLD,
            }
        },
    )
    truths = [
        {
            "boxes": [[round(float(edge), 2) for edge in box] for box in scene.boxes],
            "labels": scene.labels.tolist(),
            "names": [CLASSES[label] for label in scene.labels],
        }
        for scene in test[:SAMPLES]
    ]
    write_example(Path(__file__).resolve().parent, example, model, model_input(test[:SAMPLES]), truths, scripted=True)


if __name__ == "__main__":
    main()
