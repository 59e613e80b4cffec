# SPDX-License-Identifier: Apache-2.0
"""Blocks that several networks share."""

from typing import Optional, Type

import torch
from torch import Tensor, nn


def conv_norm(
    inputs: int,
    outputs: int,
    kernel: int,
    stride: int = 1,
    groups: int = 1,
    dilation: int = 1,
    activation: Optional[Type[nn.Module]] = nn.ReLU,
) -> nn.Sequential:
    """Convolution without bias, BatchNorm, activation in place; the size stays but for the stride."""
    layers = [
        nn.Conv2d(
            inputs,
            outputs,
            kernel,
            stride=stride,
            padding=dilation * (kernel // 2),
            groups=groups,
            dilation=dilation,
            bias=False,
        ),
        nn.BatchNorm2d(outputs),
    ]
    if activation is not None:
        layers.append(activation(inplace=True))
    else:
        layers[-1].gain = 0.5  # these end a branch that is added to another
    return nn.Sequential(*layers)


def rounded_to_eight(channels: float) -> int:
    """The nearest multiple of eight that is not more than a tenth smaller."""
    rounded = max(8, int(channels + 4) // 8 * 8)
    return rounded + 8 if rounded < 0.9 * channels else rounded


class SqueezeExcite(nn.Module):
    """Hu et al., 2017, arXiv:1709.01507."""

    def __init__(
        self,
        channels: int,
        squeezed: int,
        activation: Type[nn.Module] = nn.ReLU,
        gate: Type[nn.Module] = nn.Sigmoid,
    ) -> None:
        super().__init__()
        self.pool = nn.AdaptiveAvgPool2d(1)
        self.reduce = nn.Conv2d(channels, squeezed, 1)
        self.activation = activation()
        self.expand = nn.Conv2d(squeezed, channels, 1)
        self.gate = gate()

    def forward(self, x: Tensor) -> Tensor:
        return x * self.gate(self.expand(self.activation(self.reduce(self.pool(x)))))


class InvertedResidual(nn.Module):
    """MobileNetV2's block, with MobileNetV3's squeeze-and-excite where asked for."""

    def __init__(
        self,
        inputs: int,
        outputs: int,
        expanded: int,
        kernel: int = 3,
        stride: int = 1,
        dilation: int = 1,
        activation: Type[nn.Module] = nn.ReLU6,
        excite: Optional[nn.Module] = None,
    ) -> None:
        super().__init__()
        layers = []
        if expanded != inputs:
            layers.append(conv_norm(inputs, expanded, 1, activation=activation))
        layers.append(
            conv_norm(expanded, expanded, kernel, stride, groups=expanded, dilation=dilation, activation=activation)
        )
        if excite is not None:
            layers.append(excite)
        layers.append(conv_norm(expanded, outputs, 1, activation=None))
        self.block = nn.Sequential(*layers)
        self.residual = stride == 1 and inputs == outputs

    def forward(self, x: Tensor) -> Tensor:
        if self.residual:
            return x + self.block(x)
        return self.block(x)


class ResidualBlock(nn.Module):
    """Two 3x3 convolutions and a shortcut: He et al., 2015, arXiv:1512.03385."""

    expansion = 1

    def __init__(self, inputs: int, width: int, stride: int = 1, dilation: int = 1) -> None:
        super().__init__()
        self.conv1 = conv_norm(inputs, width, 3, stride, dilation=dilation)
        self.conv2 = conv_norm(width, width, 3, dilation=dilation, activation=None)
        self.shortcut = (
            conv_norm(inputs, width, 1, stride, activation=None) if stride != 1 or inputs != width else nn.Identity()
        )
        self.relu = nn.ReLU(inplace=True)

    def forward(self, x: Tensor) -> Tensor:
        y = self.conv2(self.conv1(x))
        y += self.shortcut(x)
        return self.relu(y)


class Bottleneck(nn.Module):
    """1x1, 3x3, 1x1 with four times as many outputs."""

    expansion = 4

    def __init__(self, inputs: int, width: int, stride: int = 1, dilation: int = 1) -> None:
        super().__init__()
        outputs = self.expansion * width
        self.conv1 = conv_norm(inputs, width, 1)
        self.conv2 = conv_norm(width, width, 3, stride, dilation=dilation)
        self.conv3 = conv_norm(width, outputs, 1, activation=None)
        self.shortcut = (
            conv_norm(inputs, outputs, 1, stride, activation=None)
            if stride != 1 or inputs != outputs
            else nn.Identity()
        )
        self.relu = nn.ReLU(inplace=True)

    def forward(self, x: Tensor) -> Tensor:
        y = self.conv3(self.conv2(self.conv1(x)))
        return self.relu(y + self.shortcut(x))


class Classifier(nn.Module):
    """Global average pooling, dropout, one linear layer."""

    def __init__(self, channels: int, classes: int, dropout: float = 0.2) -> None:
        super().__init__()
        self.pool = nn.AdaptiveAvgPool2d((1, 1))
        self.dropout = nn.Dropout(dropout)
        self.fc = nn.Linear(channels, classes)

    def forward(self, x: Tensor) -> Tensor:
        return self.fc(self.dropout(torch.flatten(self.pool(x), 1)))
