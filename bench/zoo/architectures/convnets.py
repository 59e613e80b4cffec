# SPDX-License-Identifier: Apache-2.0
"""Convolutional image classifiers."""

from typing import List, Tuple, Type, Union

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from .layers import (
    Bottleneck,
    Classifier,
    InvertedResidual,
    ResidualBlock,
    SqueezeExcite,
    conv_norm,
    rounded_to_eight,
)
from .registry import add, pictures

CLASSES = 100
BATCH = ({0: torch.export.Dim("batch", min=1, max=64)},)


def add_classifier(name: str, title: str, paper: str, build, size: int = 64) -> None:
    add(
        name,
        title,
        paper,
        build,
        pictures(2, 3, size, size),
        inputs_b=pictures(3, 3, size, size),
        dynamic=BATCH,
    )


class ResNet(nn.Module):
    def __init__(self, block: Type[Union[ResidualBlock, Bottleneck]], depths: Tuple[int, ...], width: int) -> None:
        super().__init__()
        self.stem = nn.Sequential(conv_norm(3, width, 7, 2), nn.MaxPool2d(3, stride=2, padding=1))
        stages = []
        inputs = width
        for stage, depth in enumerate(depths):
            blocks = []
            for index in range(depth):
                blocks.append(block(inputs, width << stage, 2 if stage > 0 and index == 0 else 1))
                inputs = (width << stage) * block.expansion
            stages.append(nn.Sequential(*blocks))
        self.stages = nn.Sequential(*stages)
        self.head = Classifier(inputs, CLASSES, 0.0)

    def forward(self, x: Tensor) -> Tensor:
        return self.head(self.stages(self.stem(x)))


add_classifier(
    "resnet18", "ResNet-18, a quarter as wide", "He et al. 2015, arXiv:1512.03385",
    lambda: ResNet(ResidualBlock, (2, 2, 2, 2), 16),
)
add_classifier(
    "resnet50", "ResNet-50, an eighth as wide", "He et al. 2015, arXiv:1512.03385",
    lambda: ResNet(Bottleneck, (3, 4, 6, 3), 8),
)


class Vgg11(nn.Module):
    def __init__(self, width: int = 16) -> None:
        super().__init__()
        layers = []
        inputs = 3
        for stage in ((1,), (2,), (4, 4), (8, 8), (8, 8)):
            for times in stage:
                layers += [nn.Conv2d(inputs, width * times, 3, padding=1), nn.ReLU(inplace=True)]
                inputs = width * times
            layers.append(nn.MaxPool2d(2))
        self.features = nn.Sequential(*layers)
        self.pool = nn.AdaptiveAvgPool2d((7, 7))
        self.classifier = nn.Sequential(
            nn.Linear(inputs * 49, 128),
            nn.ReLU(inplace=True),
            nn.Dropout(),
            nn.Linear(128, 128),
            nn.ReLU(inplace=True),
            nn.Dropout(),
            nn.Linear(128, CLASSES),
        )

    def forward(self, x: Tensor) -> Tensor:
        x = self.pool(self.features(x))
        return self.classifier(x.view(x.size(0), -1))


add_classifier("vgg11", "VGG-11, a quarter as wide", "Simonyan & Zisserman 2014, arXiv:1409.1556", Vgg11)


class AlexNet(nn.Module):
    """With local response normalisation, as published."""

    def __init__(self) -> None:
        super().__init__()
        self.features = nn.Sequential(
            nn.Conv2d(3, 24, 11, stride=4, padding=2),
            nn.ReLU(inplace=True),
            nn.LocalResponseNorm(5, k=2.0),
            nn.MaxPool2d(3, stride=2),
            nn.Conv2d(24, 64, 5, padding=2, groups=2),
            nn.ReLU(inplace=True),
            nn.LocalResponseNorm(5, k=2.0),
            nn.MaxPool2d(3, stride=2),
            nn.Conv2d(64, 96, 3, padding=1),
            nn.ReLU(inplace=True),
            nn.Conv2d(96, 96, 3, padding=1, groups=2),
            nn.ReLU(inplace=True),
            nn.Conv2d(96, 64, 3, padding=1, groups=2),
            nn.ReLU(inplace=True),
            nn.MaxPool2d(3, stride=2),
        )
        self.classifier = nn.Sequential(
            nn.Dropout(), nn.Linear(64 * 9, 128), nn.ReLU(inplace=True), nn.Dropout(), nn.Linear(128, CLASSES)
        )

    def forward(self, x: Tensor) -> Tensor:
        return F.log_softmax(self.classifier(self.features(x).flatten(1)), dim=1)


add_classifier("alexnet", "AlexNet with LRN, a quarter as wide", "Krizhevsky et al. 2012, NeurIPS", AlexNet, 127)


class LeNet5(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(1, 6, 5)
        self.conv2 = nn.Conv2d(6, 16, 5)
        self.fc1 = nn.Linear(400, 120)
        self.fc2 = nn.Linear(120, 84)
        self.fc3 = nn.Linear(84, 10)

    def forward(self, x: Tensor) -> Tensor:
        x = F.avg_pool2d(torch.tanh(self.conv1(x)), 2)
        x = F.avg_pool2d(torch.tanh(self.conv2(x)), 2)
        x = x.view(-1, 400)
        return self.fc3(torch.tanh(self.fc2(torch.tanh(self.fc1(x)))))


add(
    "lenet5", "LeNet-5", "LeCun et al. 1998, Proc. IEEE 86(11)", LeNet5,
    pictures(2, 1, 32, 32), inputs_b=pictures(5, 1, 32, 32), dynamic=BATCH,
)


class MobileNetV2(nn.Module):
    def __init__(self, width: float = 0.35) -> None:
        super().__init__()
        inputs = rounded_to_eight(32 * width)
        layers = [conv_norm(3, inputs, 3, 2, activation=nn.ReLU6)]
        for factor, channels, repeats, stride in (
            (1, 16, 1, 1),
            (6, 24, 2, 2),
            (6, 32, 3, 2),
            (6, 64, 4, 2),
            (6, 96, 3, 1),
            (6, 160, 3, 2),
            (6, 320, 1, 1),
        ):
            outputs = rounded_to_eight(channels * width)
            for index in range(repeats):
                layers.append(
                    InvertedResidual(inputs, outputs, inputs * factor, stride=stride if index == 0 else 1)
                )
                inputs = outputs
        layers.append(conv_norm(inputs, 320, 1, activation=nn.ReLU6))
        self.features = nn.Sequential(*layers)
        self.head = Classifier(320, CLASSES)

    def forward(self, x: Tensor) -> Tensor:
        return self.head(self.features(x))


add_classifier("mobilenet_v2", "MobileNetV2 x0.35", "Sandler et al. 2018, arXiv:1801.04381", MobileNetV2)


def mobilenet_v3_small_features(width: float) -> nn.Sequential:
    """Table 2 of the paper, without the head."""
    relu, swish = nn.ReLU, nn.Hardswish
    inputs = rounded_to_eight(16 * width)
    layers = [conv_norm(3, inputs, 3, 2, activation=swish)]
    for kernel, expanded, channels, excite, activation, stride in (
        (3, 16, 16, True, relu, 2),
        (3, 72, 24, False, relu, 2),
        (3, 88, 24, False, relu, 1),
        (5, 96, 40, True, swish, 2),
        (5, 240, 40, True, swish, 1),
        (5, 240, 40, True, swish, 1),
        (5, 120, 48, True, swish, 1),
        (5, 144, 48, True, swish, 1),
        (5, 288, 96, True, swish, 2),
        (5, 576, 96, True, swish, 1),
        (5, 576, 96, True, swish, 1),
    ):
        middle, outputs = rounded_to_eight(expanded * width), rounded_to_eight(channels * width)
        gate = SqueezeExcite(middle, rounded_to_eight(middle / 4), gate=nn.Hardsigmoid) if excite else None
        layers.append(
            InvertedResidual(inputs, outputs, middle, kernel, stride, activation=activation, excite=gate)
        )
        inputs = outputs
    return nn.Sequential(*layers)


class MobileNetV3Small(nn.Module):
    def __init__(self, width: float = 0.5) -> None:
        super().__init__()
        self.features = mobilenet_v3_small_features(width)
        self.last = conv_norm(48, 288, 1, activation=nn.Hardswish)
        self.pool = nn.AdaptiveAvgPool2d(1)
        self.classifier = nn.Sequential(
            nn.Linear(288, 256), nn.Hardswish(inplace=True), nn.Dropout(0.2, inplace=True), nn.Linear(256, CLASSES)
        )

    def forward(self, x: Tensor) -> Tensor:
        return self.classifier(torch.flatten(self.pool(self.last(self.features(x))), 1))


add_classifier(
    "mobilenet_v3_small", "MobileNetV3-small x0.5", "Howard et al. 2019, arXiv:1905.02244", MobileNetV3Small
)


class StochasticDepth(nn.Module):
    """Drops whole samples of a branch while training: Huang et al., 2016, arXiv:1603.09382."""

    def __init__(self, probability: float) -> None:
        super().__init__()
        self.probability = probability

    def forward(self, x: Tensor) -> Tensor:
        if not self.training or self.probability == 0.0:
            return x
        kept = torch.empty([x.shape[0], 1, 1, 1], dtype=x.dtype, device=x.device).bernoulli_(1.0 - self.probability)
        return x * kept.div_(1.0 - self.probability)


class MBConv(nn.Module):
    def __init__(self, inputs: int, outputs: int, factor: int, kernel: int, stride: int, drop: float) -> None:
        super().__init__()
        expanded = inputs * factor
        layers = [conv_norm(inputs, expanded, 1, activation=nn.SiLU)] if factor != 1 else []
        layers += [
            conv_norm(expanded, expanded, kernel, stride, groups=expanded, activation=nn.SiLU),
            SqueezeExcite(expanded, max(1, inputs // 4), activation=nn.SiLU),
            conv_norm(expanded, outputs, 1, activation=None),
        ]
        self.block = nn.Sequential(*layers)
        self.drop = StochasticDepth(drop)
        self.residual = stride == 1 and inputs == outputs

    def forward(self, x: Tensor) -> Tensor:
        y = self.block(x)
        if self.residual:
            y = self.drop(y)
            y += x
        return y


class EfficientNetB0(nn.Module):
    def __init__(self, width: float = 0.5) -> None:
        super().__init__()
        inputs = rounded_to_eight(32 * width)
        layers = [conv_norm(3, inputs, 3, 2, activation=nn.SiLU)]
        rows = (
            (1, 3, 1, 16, 1),
            (6, 3, 2, 24, 2),
            (6, 5, 2, 40, 2),
            (6, 3, 2, 80, 3),
            (6, 5, 1, 112, 3),
            (6, 5, 2, 192, 4),
            (6, 3, 1, 320, 1),
        )
        total = sum(row[4] for row in rows)
        done = 0
        for factor, kernel, stride, channels, repeats in rows:
            outputs = rounded_to_eight(channels * width)
            for index in range(repeats):
                layers.append(
                    MBConv(inputs, outputs, factor, kernel, stride if index == 0 else 1, 0.2 * done / total)
                )
                inputs = outputs
                done += 1
        layers.append(conv_norm(inputs, 4 * inputs, 1, activation=nn.SiLU))
        self.features = nn.Sequential(*layers)
        self.head = Classifier(4 * inputs, CLASSES)

    def forward(self, x: Tensor) -> Tensor:
        return self.head(self.features(x))


add_classifier(
    "efficientnet_b0", "EfficientNet-B0, half as wide", "Tan & Le 2019, arXiv:1905.11946", EfficientNetB0
)


class ShuffleUnit(nn.Module):
    def __init__(self, inputs: int, outputs: int, stride: int) -> None:
        super().__init__()
        self.stride = stride
        half = outputs // 2
        if stride > 1:
            self.branch1 = nn.Sequential(
                conv_norm(inputs, inputs, 3, stride, groups=inputs, activation=None), conv_norm(inputs, half, 1)
            )
        else:
            self.branch1 = nn.Sequential()
        self.branch2 = nn.Sequential(
            conv_norm(inputs if stride > 1 else half, half, 1),
            conv_norm(half, half, 3, stride, groups=half, activation=None),
            conv_norm(half, half, 1),
        )

    def forward(self, x: Tensor) -> Tensor:
        if self.stride == 1:
            left, right = x.chunk(2, dim=1)
            y = torch.cat((left, self.branch2(right)), dim=1)
        else:
            y = torch.cat((self.branch1(x), self.branch2(x)), dim=1)
        batch, channels, height, width = y.size()
        y = y.view(batch, 2, channels // 2, height, width)
        return torch.transpose(y, 1, 2).contiguous().view(batch, channels, height, width)


class ShuffleNetV2(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Sequential(conv_norm(3, 24, 3, 2), nn.MaxPool2d(3, 2, 1))
        units = []
        inputs = 24
        for outputs, repeats in ((48, 4), (96, 8), (192, 4)):
            for index in range(repeats):
                units.append(ShuffleUnit(inputs, outputs, 2 if index == 0 else 1))
                inputs = outputs
        self.units = nn.Sequential(*units)
        self.last = conv_norm(192, 512, 1)
        self.fc = nn.Linear(512, CLASSES)

    def forward(self, x: Tensor) -> Tensor:
        return self.fc(self.last(self.units(self.stem(x))).mean([2, 3]))


add_classifier("shufflenet_v2", "ShuffleNetV2 x0.5", "Ma et al. 2018, arXiv:1807.11164", ShuffleNetV2)


class DenseLayer(nn.Module):
    def __init__(self, inputs: int, growth: int) -> None:
        super().__init__()
        self.norm1 = nn.BatchNorm2d(inputs)
        self.conv1 = nn.Conv2d(inputs, 4 * growth, 1, bias=False)
        self.norm2 = nn.BatchNorm2d(4 * growth)
        self.conv2 = nn.Conv2d(4 * growth, growth, 3, padding=1, bias=False)
        self.relu = nn.ReLU(inplace=True)

    def forward(self, earlier: List[Tensor]) -> Tensor:
        x = self.conv1(self.relu(self.norm1(torch.cat(earlier, 1))))
        return self.conv2(self.relu(self.norm2(x)))


class DenseBlock(nn.Module):
    def __init__(self, inputs: int, growth: int, layers: int) -> None:
        super().__init__()
        self.layers = nn.ModuleList([DenseLayer(inputs + index * growth, growth) for index in range(layers)])

    def forward(self, x: Tensor) -> Tensor:
        features = [x]
        for layer in self.layers:
            features.append(layer(features))
        return torch.cat(features, 1)


class DenseNet121(nn.Module):
    def __init__(self, growth: int = 8) -> None:
        super().__init__()
        channels = 2 * growth
        layers = [conv_norm(3, channels, 7, 2), nn.MaxPool2d(3, 2, 1)]
        for index, depth in enumerate((6, 12, 24, 16)):
            if index > 0:
                layers += [
                    nn.BatchNorm2d(channels),
                    nn.ReLU(inplace=True),
                    nn.Conv2d(channels, channels // 2, 1, bias=False),
                    nn.AvgPool2d(2),
                ]
                channels //= 2
            layers.append(DenseBlock(channels, growth, depth))
            channels += depth * growth
        layers.append(nn.BatchNorm2d(channels))
        self.features = nn.Sequential(*layers)
        self.head = Classifier(channels, CLASSES, 0.0)

    def forward(self, x: Tensor) -> Tensor:
        return self.head(F.relu(self.features(x), inplace=True))


add_classifier("densenet121", "DenseNet-121, growth 8", "Huang et al. 2016, arXiv:1608.06993", DenseNet121)


class InceptionModule(nn.Module):
    def __init__(self, inputs: int, one: int, reduce3: int, three: int, reduce5: int, five: int, pool: int) -> None:
        super().__init__()
        self.branch1 = conv_norm(inputs, one, 1)
        self.branch3 = nn.Sequential(conv_norm(inputs, reduce3, 1), conv_norm(reduce3, three, 3))
        self.branch5 = nn.Sequential(conv_norm(inputs, reduce5, 1), conv_norm(reduce5, five, 5))
        self.branch_pool = nn.Sequential(nn.MaxPool2d(3, 1, 1, ceil_mode=True), conv_norm(inputs, pool, 1))

    def forward(self, x: Tensor) -> Tensor:
        return torch.cat([self.branch1(x), self.branch3(x), self.branch5(x), self.branch_pool(x)], 1)


class GoogLeNet(nn.Module):
    """Table 1 of the paper with all channels divided by four; its auxiliary heads exist only for training."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Sequential(
            conv_norm(3, 16, 7, 2),
            nn.MaxPool2d(3, 2, ceil_mode=True),
            conv_norm(16, 16, 1),
            conv_norm(16, 48, 3),
            nn.MaxPool2d(3, 2, ceil_mode=True),
        )
        rows = (
            (64, 96, 128, 16, 32, 32),
            (128, 128, 192, 32, 96, 64),
            None,
            (192, 96, 208, 16, 48, 64),
            (160, 112, 224, 24, 64, 64),
            (128, 128, 256, 24, 64, 64),
            (112, 144, 288, 32, 64, 64),
            (256, 160, 320, 32, 128, 128),
            None,
            (256, 160, 320, 32, 128, 128),
            (384, 192, 384, 48, 128, 128),
        )
        modules = []
        inputs = 48
        for row in rows:
            if row is None:
                modules.append(nn.MaxPool2d(3, 2, ceil_mode=True))
            else:
                one, reduce3, three, reduce5, five, pool = (channels // 4 for channels in row)
                modules.append(InceptionModule(inputs, one, reduce3, three, reduce5, five, pool))
                inputs = one + three + five + pool
        self.modules_ = nn.Sequential(*modules)
        self.head = Classifier(inputs, CLASSES)

    def forward(self, x: Tensor) -> Tensor:
        return self.head(self.modules_(self.stem(x)))


add_classifier("googlenet", "GoogLeNet, a quarter as wide", "Szegedy et al. 2014, arXiv:1409.4842", GoogLeNet)


def conv(inputs: int, outputs: int, kernel: Tuple[int, int], stride: int = 1, padding: Tuple[int, int] = (0, 0)):
    return nn.Sequential(
        nn.Conv2d(inputs, outputs, kernel, stride, padding, bias=False),
        nn.BatchNorm2d(outputs, eps=1e-3),
        nn.ReLU(inplace=True),
    )


class FactorisedInception(nn.Module):
    """Figure 6 of the paper: 7x7 convolutions as 1x7 and 7x1."""

    def __init__(self, inputs: int, middle: int, outputs: int) -> None:
        super().__init__()
        self.branch1 = conv(inputs, outputs, (1, 1))
        self.branch7 = nn.Sequential(
            conv(inputs, middle, (1, 1)),
            conv(middle, middle, (1, 7), padding=(0, 3)),
            conv(middle, outputs, (7, 1), padding=(3, 0)),
        )
        self.branch7double = nn.Sequential(
            conv(inputs, middle, (1, 1)),
            conv(middle, middle, (7, 1), padding=(3, 0)),
            conv(middle, middle, (1, 7), padding=(0, 3)),
            conv(middle, middle, (7, 1), padding=(3, 0)),
            conv(middle, outputs, (1, 7), padding=(0, 3)),
        )
        self.branch_pool = conv(inputs, outputs, (1, 1))

    def forward(self, x: Tensor) -> Tensor:
        pooled = self.branch_pool(F.avg_pool2d(x, kernel_size=3, stride=1, padding=1))
        return torch.cat([self.branch1(x), self.branch7(x), self.branch7double(x), pooled], 1)


class ExpandedInception(nn.Module):
    """Figure 7 of the paper: the branches fan out."""

    def __init__(self, inputs: int, width: int) -> None:
        super().__init__()
        self.branch1 = conv(inputs, width, (1, 1))
        self.branch3 = conv(inputs, width, (1, 1))
        self.branch3a = conv(width, width, (1, 3), padding=(0, 1))
        self.branch3b = conv(width, width, (3, 1), padding=(1, 0))
        self.branch_pool = conv(inputs, width, (1, 1))

    def forward(self, x: Tensor) -> Tensor:
        three = self.branch3(x)
        pooled = self.branch_pool(F.avg_pool2d(x, 3, 1, 1))
        return torch.cat([self.branch1(x), torch.cat([self.branch3a(three), self.branch3b(three)], 1), pooled], 1)


class GridReduction(nn.Module):
    def __init__(self, inputs: int, width: int) -> None:
        super().__init__()
        self.branch3 = conv(inputs, width, (3, 3), stride=2)
        self.branch_double = nn.Sequential(
            conv(inputs, width, (1, 1)),
            conv(width, width, (3, 3), padding=(1, 1)),
            conv(width, width, (3, 3), stride=2),
        )

    def forward(self, x: Tensor) -> Tensor:
        return torch.cat([self.branch3(x), self.branch_double(x), F.max_pool2d(x, kernel_size=3, stride=2)], 1)


class InceptionV3(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Sequential(
            conv(3, 8, (3, 3), stride=2),
            conv(8, 8, (3, 3)),
            conv(8, 16, (3, 3), padding=(1, 1)),
            nn.MaxPool2d(3, 2),
            conv(16, 20, (1, 1)),
            conv(20, 32, (3, 3)),
        )
        self.blocks = nn.Sequential(
            InceptionModule(32, 16, 12, 16, 12, 24, 16),
            InceptionModule(72, 16, 12, 16, 12, 24, 16),
            GridReduction(72, 24),
            FactorisedInception(120, 16, 24),
            FactorisedInception(96, 16, 24),
            GridReduction(96, 32),
            ExpandedInception(160, 40),
            ExpandedInception(160, 40),
        )
        self.head = Classifier(160, CLASSES, 0.5)

    def forward(self, x: Tensor) -> Tensor:
        x = torch.cat([x[:, 0:1] * 0.458 - 0.030, x[:, 1:2] * 0.448 - 0.088, x[:, 2:3] * 0.45 - 0.188], 1)
        return self.head(self.blocks(self.stem(x)))


add_classifier(
    "inception_v3", "Inception v3, narrow, fewer repeats", "Szegedy et al. 2015, arXiv:1512.00567", InceptionV3, 96
)


class Fire(nn.Module):
    def __init__(self, inputs: int, squeezed: int, expanded: int) -> None:
        super().__init__()
        self.squeeze = nn.Conv2d(inputs, squeezed, 1)
        self.expand1 = nn.Conv2d(squeezed, expanded, 1)
        self.expand3 = nn.Conv2d(squeezed, expanded, 3, padding=1)
        self.relu = nn.ReLU(inplace=True)

    def forward(self, x: Tensor) -> Tensor:
        x = self.relu(self.squeeze(x))
        return torch.cat([self.relu(self.expand1(x)), self.relu(self.expand3(x))], 1)


class SqueezeNet(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.features = nn.Sequential(
            nn.Conv2d(3, 64, 3, stride=2),
            nn.ReLU(inplace=True),
            nn.MaxPool2d(3, stride=2, ceil_mode=True),
            Fire(64, 16, 64),
            Fire(128, 16, 64),
            nn.MaxPool2d(3, stride=2, ceil_mode=True),
            Fire(128, 32, 128),
            Fire(256, 32, 128),
            nn.MaxPool2d(3, stride=2, ceil_mode=True),
            Fire(256, 48, 192),
            Fire(384, 48, 192),
            Fire(384, 64, 256),
            Fire(512, 64, 256),
        )
        self.classifier = nn.Sequential(
            nn.Dropout(0.5), nn.Conv2d(512, CLASSES, 1), nn.ReLU(inplace=True), nn.AdaptiveAvgPool2d((1, 1))
        )

    def forward(self, x: Tensor) -> Tensor:
        return torch.flatten(self.classifier(self.features(x)), 1)


add_classifier("squeezenet1_1", "SqueezeNet 1.1", "Iandola et al. 2016, arXiv:1602.07360", SqueezeNet)


class RegNetBlock(nn.Module):
    def __init__(self, inputs: int, outputs: int, stride: int, group_width: int) -> None:
        super().__init__()
        self.conv1 = conv_norm(inputs, outputs, 1)
        self.conv2 = conv_norm(outputs, outputs, 3, stride, groups=outputs // group_width)
        self.excite = SqueezeExcite(outputs, max(1, inputs // 4))
        self.conv3 = conv_norm(outputs, outputs, 1, activation=None)
        self.shortcut = (
            conv_norm(inputs, outputs, 1, stride, activation=None)
            if stride != 1 or inputs != outputs
            else nn.Identity()
        )

    def forward(self, x: Tensor) -> Tensor:
        return F.relu(self.shortcut(x) + self.conv3(self.excite(self.conv2(self.conv1(x)))))


class RegNetY(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        layers = [conv_norm(3, 16, 3, 2)]
        inputs = 16
        for depth, width in ((1, 24), (3, 56), (6, 104), (6, 216)):
            for index in range(depth):
                layers.append(RegNetBlock(inputs, width, 2 if index == 0 else 1, 8))
                inputs = width
        self.features = nn.Sequential(*layers)
        self.head = Classifier(inputs, CLASSES, 0.0)

    def forward(self, x: Tensor) -> Tensor:
        return self.head(self.features(x))


add_classifier(
    "regnet_y_400mf", "RegNetY-400MF, half as wide", "Radosavovic et al. 2020, arXiv:2003.13678", RegNetY
)


class MnasNet(nn.Module):
    def __init__(self, width: float = 0.5) -> None:
        super().__init__()
        inputs = rounded_to_eight(32 * width)
        layers = [
            conv_norm(3, inputs, 3, 2),
            conv_norm(inputs, inputs, 3, groups=inputs),
            conv_norm(inputs, rounded_to_eight(16 * width), 1, activation=None),
        ]
        inputs = rounded_to_eight(16 * width)
        for channels, kernel, stride, factor, repeats in (
            (24, 3, 2, 3, 3),
            (40, 5, 2, 3, 3),
            (80, 5, 2, 6, 3),
            (96, 3, 1, 6, 2),
            (192, 5, 2, 6, 4),
            (320, 3, 1, 6, 1),
        ):
            outputs = rounded_to_eight(channels * width)
            for index in range(repeats):
                layers.append(
                    InvertedResidual(
                        inputs, outputs, inputs * factor, kernel, stride if index == 0 else 1, activation=nn.ReLU
                    )
                )
                inputs = outputs
        layers.append(conv_norm(inputs, 320, 1))
        self.features = nn.Sequential(*layers)
        self.fc = nn.Sequential(nn.Dropout(0.2, inplace=True), nn.Linear(320, CLASSES))

    def forward(self, x: Tensor) -> Tensor:
        return self.fc(self.features(x).mean([2, 3]))


add_classifier("mnasnet", "MNASNet x0.5", "Tan et al. 2018, arXiv:1807.11626", MnasNet)


class LayerNorm2d(nn.LayerNorm):
    """Over the channels of each pixel."""

    def forward(self, x: Tensor) -> Tensor:
        x = x.permute(0, 2, 3, 1)
        x = F.layer_norm(x, self.normalized_shape, self.weight, self.bias, self.eps)
        return x.permute(0, 3, 1, 2)


class ConvNeXtBlock(nn.Module):
    def __init__(self, width: int) -> None:
        super().__init__()
        self.depthwise = nn.Conv2d(width, width, 7, padding=3, groups=width)
        self.norm = nn.LayerNorm(width, eps=1e-6)
        self.expand = nn.Linear(width, 4 * width)
        self.reduce = nn.Linear(4 * width, width)
        self.scale = nn.Parameter(torch.linspace(0.2, 0.6, width))

    def forward(self, x: Tensor) -> Tensor:
        y = self.depthwise(x).permute(0, 2, 3, 1)
        y = self.reduce(F.gelu(self.expand(self.norm(y))))
        return x + (self.scale * y).permute(0, 3, 1, 2)


class ConvNeXt(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        layers = []
        inputs = 3
        for depth, width in ((3, 24), (3, 48), (9, 96), (3, 192)):
            if inputs == 3:
                layers += [nn.Conv2d(3, width, 4, 4), LayerNorm2d(width, eps=1e-6)]
            else:
                layers += [LayerNorm2d(inputs, eps=1e-6), nn.Conv2d(inputs, width, 2, 2)]
            layers += [ConvNeXtBlock(width) for _ in range(depth)]
            inputs = width
        self.features = nn.Sequential(*layers)
        self.norm = nn.LayerNorm(inputs, eps=1e-6)
        self.fc = nn.Linear(inputs, CLASSES)

    def forward(self, x: Tensor) -> Tensor:
        return self.fc(self.norm(self.features(x).mean([-2, -1])))


add_classifier("convnext_tiny", "ConvNeXt-T, a quarter as wide", "Liu et al. 2022, arXiv:2201.03545", ConvNeXt)
