"""An anchor-free detector: one score map per class, and a box from every cell of a 16x16 grid."""

# TorchScript reads these annotations, so they must not become strings: no "from __future__ import annotations" here.
from typing import Final

import torch
from torch import Tensor, nn
from torch.nn import functional as F


def conv_norm(inputs: int, outputs: int, kernel: int, stride: int = 1, groups: int = 1) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(inputs, outputs, kernel, stride=stride, padding=kernel // 2, groups=groups, bias=False),
        nn.BatchNorm2d(outputs),
    )


class Residual(nn.Module):
    def __init__(self, inputs: int, outputs: int, stride: int) -> None:
        super().__init__()
        self.first = conv_norm(inputs, outputs, 3, stride)
        self.second = conv_norm(outputs, outputs, 3)
        same = stride == 1 and inputs == outputs
        self.shortcut: nn.Module = nn.Identity() if same else conv_norm(inputs, outputs, 1, stride)

    def forward(self, x: Tensor) -> Tensor:
        return F.relu(self.second(F.relu(self.first(x))) + self.shortcut(x))


class Separable(nn.Module):
    """A depthwise convolution over space, then a pointwise one over channels."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.depthwise = conv_norm(inputs, inputs, 5, groups=inputs)
        self.pointwise = conv_norm(inputs, outputs, 1)

    def forward(self, x: Tensor) -> Tensor:
        return F.relu(self.pointwise(F.relu(self.depthwise(x))))


class ShapesNet(nn.Module):
    """Picture [n, 3, 128, 128], values from 0 to 1 -> score logits [n, classes, 16, 16], raw boxes [n, 4, 16, 16]."""

    def __init__(self, classes: int) -> None:
        super().__init__()
        self.stem = conv_norm(3, 16, 3, stride=2)
        self.stage1 = Residual(16, 32, 2)
        self.stage2 = nn.Sequential(Residual(32, 48, 2), Residual(48, 48, 1))
        self.stage3 = nn.Sequential(Residual(48, 80, 2), Residual(80, 80, 1))
        self.lateral = conv_norm(48, 48, 1)
        self.neck = nn.Sequential(Separable(80 + 48, 80), Separable(80, 80))
        self.scores = nn.Conv2d(80, classes, 1)
        self.boxes = nn.Conv2d(80, 4, 1)
        nn.init.constant_(self.scores.bias, -4.0)

    def forward(self, picture: Tensor) -> tuple[Tensor, Tensor]:
        fine = self.stage2(self.stage1(F.relu(self.stem(picture - 0.5))))
        coarse = F.interpolate(self.stage3(fine), scale_factor=2.0, mode="nearest")
        x = self.neck(torch.cat([coarse, F.relu(self.lateral(fine))], 1))
        return self.scores(x), self.boxes(x)


class ShapesDetector(nn.Module):
    """The network with its post-processing: always `detections` boxes per picture, best first.

    Returns boxes [n, K, 4] as x1, y1, x2, y2 in pixels, scores [n, K] and class indices [n, K]. Where the score would
    be under `min_score`, box and score are 0 and the class is -1: the order of equally bad cells is nobody's promise.
    """

    stride: Final[int] = 8
    typical_size: Final[float] = 32.0
    detections: Final[int] = 16
    min_score: Final[float] = 0.05

    def __init__(self, net: ShapesNet) -> None:
        super().__init__()
        self.net = net

    def forward(self, picture: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        logits, raw = self.net(picture)
        width = logits.size(3)
        best, labels = torch.sigmoid(logits).max(1)
        peaks = F.max_pool2d(best.unsqueeze(1), 3, stride=1, padding=1).squeeze(1)
        scores = torch.where(best == peaks, best, torch.zeros_like(best)).flatten(1)
        scores, cells = scores.topk(self.detections, dim=1)
        labels = labels.flatten(1).gather(1, cells)
        raw = raw.flatten(2).gather(2, cells.unsqueeze(1).expand(-1, 4, -1))

        column = torch.remainder(cells, width).to(raw.dtype)
        row = torch.div(cells, width, rounding_mode="floor").to(raw.dtype)
        centre_x = (column + 0.5 + raw[:, 0]) * self.stride
        centre_y = (row + 0.5 + raw[:, 1]) * self.stride
        half_width = torch.exp(raw[:, 2]) * (self.typical_size / 2)
        half_height = torch.exp(raw[:, 3]) * (self.typical_size / 2)
        boxes = torch.stack(
            [centre_x - half_width, centre_y - half_height, centre_x + half_width, centre_y + half_height], 2
        )

        found = scores >= self.min_score
        boxes = boxes * found.unsqueeze(2).to(boxes.dtype)
        scores = scores * found.to(scores.dtype)
        labels = labels.masked_fill(found.logical_not(), -1)
        return boxes, scores, labels
