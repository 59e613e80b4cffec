"""Trains a small VGG-style network on the handwritten digits of scikit-learn and exports it: `python train.py`.

Takes about a minute and a half on one core. Everything is seeded: the same versions give the same files.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import torch
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split
from torch import Tensor, nn
from torch.nn import functional as F

sys.path.append(str(Path(__file__).resolve().parents[1]))
from example_files import Example, write_example  # noqa: E402

SEED = 11
EPOCHS = 40
BATCH = 64
TEST_SHARE = 0.3
SAMPLES = 100
CLASSES = tuple(str(digit) for digit in range(10))


class DigitsVgg(nn.Module):
    """Takes the 8x8 picture as the data set has it (ink from 0 to 16); scaling and enlarging are part of the model."""

    INK = 16.0
    SIZE = 32

    def __init__(self) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        inputs = 1
        for outputs in (16, 32, 64):
            for _ in range(2):
                layers += [nn.Conv2d(inputs, outputs, 3, padding=1), nn.BatchNorm2d(outputs), nn.ReLU()]
                inputs = outputs
            layers.append(nn.MaxPool2d(2))
        self.features = nn.Sequential(*layers)
        self.classifier = nn.Sequential(
            nn.Linear(64 * 4 * 4, 32), nn.ReLU(), nn.Dropout(0.3), nn.Linear(32, len(CLASSES))
        )

    def forward(self, x: Tensor) -> Tensor:
        x = F.interpolate(x / self.INK, size=(self.SIZE, self.SIZE), mode="bilinear", align_corners=False)
        return self.classifier(torch.flatten(self.features(x), 1))


def augmented(pictures: Tensor, generator: torch.Generator) -> Tensor:
    """Turns, scales and moves every picture a little."""
    count = len(pictures)
    angle = (torch.rand(count, generator=generator) - 0.5) * 0.35
    scale = 1 + (torch.rand(count, generator=generator) - 0.5) * 0.2
    shift = (torch.rand(count, 2, generator=generator) - 0.5) * 0.25
    cos, sin = scale * angle.cos(), scale * angle.sin()
    matrix = torch.stack([cos, -sin, shift[:, 0], sin, cos, shift[:, 1]], 1).view(count, 2, 3)
    grid = F.affine_grid(matrix, list(pictures.shape), align_corners=False)
    return F.grid_sample(pictures, grid, align_corners=False)


def train(model: nn.Module, pictures: Tensor, labels: Tensor, generator: torch.Generator) -> None:
    optimizer = torch.optim.AdamW(model.parameters(), lr=2e-3, weight_decay=1e-3)
    steps = EPOCHS * -(-len(pictures) // BATCH)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, max_lr=4e-3, total_steps=steps)
    model.train()
    for epoch in range(EPOCHS):
        loss_sum = 0.0
        for batch in torch.randperm(len(pictures), generator=generator).split(BATCH):
            loss = F.cross_entropy(model(augmented(pictures[batch], generator)), labels[batch])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
            loss_sum += loss.item() * len(batch)
        print(f"epoch {epoch + 1:2d}: training loss {loss_sum / len(pictures):.4f}", flush=True)


def main() -> None:
    torch.manual_seed(SEED)
    torch.set_num_threads(1)
    generator = torch.Generator().manual_seed(SEED)
    digits = load_digits()
    train_x, test_x, train_y, test_y = train_test_split(
        digits.images.astype(np.float32)[:, None],
        digits.target,
        test_size=TEST_SHARE,
        stratify=digits.target,
        random_state=SEED,
    )
    model = DigitsVgg()
    train(model, torch.from_numpy(train_x), torch.from_numpy(train_y), generator)

    model.eval()
    with torch.no_grad():
        predicted = model(torch.from_numpy(test_x)).argmax(1).numpy()
    accuracy = float((predicted == test_y).mean())
    print(f"test accuracy: {accuracy:.4f} ({(predicted == test_y).sum()} of {len(test_y)})")

    example = Example(
        name="digits-vgg",
        title="Handwritten digits (VGG)",
        task="classification",
        classes=CLASSES,
        input_meaning="8x8 grey picture, ink from 0 to 16",
        output_meanings=("one logit per class",),
        metric="accuracy",
        metric_value=accuracy,
        metric_samples=len(test_y),
        extra={},
    )
    truths = [{"label": int(label), "name": CLASSES[label]} for label in test_y[:SAMPLES]]
    write_example(Path(__file__).resolve().parent, example, model, test_x[:SAMPLES], truths, scripted=False)


if __name__ == "__main__":
    main()
