# SPDX-License-Identifier: Apache-2.0
"""An answer per pixel: segmentation, and super-resolution."""

from typing import Dict

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from .convnets import BATCH, mobilenet_v3_small_features
from .layers import Bottleneck, conv_norm
from .registry import add, pictures


class DoubleConv(nn.Module):
    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.block = nn.Sequential(conv_norm(inputs, outputs, 3), conv_norm(outputs, outputs, 3))

    def forward(self, x: Tensor) -> Tensor:
        return self.block(x)


class UNet(nn.Module):
    def __init__(self, width: int = 8, classes: int = 4) -> None:
        super().__init__()
        widths = [width << level for level in range(4)]
        self.down = nn.ModuleList([DoubleConv(a, b) for a, b in zip([3] + widths[:-1], widths)])
        self.middle = DoubleConv(widths[-1], 2 * widths[-1])
        self.up = nn.ModuleList([nn.ConvTranspose2d(2 * w, w, 2, stride=2) for w in reversed(widths)])
        self.merge = nn.ModuleList([DoubleConv(2 * w, w) for w in reversed(widths)])
        self.head = nn.Conv2d(width, classes, 1)

    def forward(self, x: Tensor) -> Tensor:
        skips = []
        for block in self.down:
            x = block(x)
            skips.append(x)
            x = F.max_pool2d(x, 2)
        x = self.middle(x)
        for up, merge in zip(self.up, self.merge):
            skip = skips.pop()
            x = merge(torch.cat([skip, up(x)], dim=1))
        return self.head(x)


add(
    "unet", "U-Net, an eighth as wide, padded", "Ronneberger et al. 2015, arXiv:1505.04597", UNet,
    pictures(2, 3, 64, 64), inputs_b=pictures(3, 3, 64, 64), dynamic=BATCH,
)


class Lraspp(nn.Module):
    """Lite R-ASPP on MobileNetV3-small: figure 10 of the paper."""

    def __init__(self, classes: int = 6) -> None:
        super().__init__()
        features = mobilenet_v3_small_features(0.5)
        self.low = features[:4]
        self.high = features[4:]
        self.branch = conv_norm(48, 32, 1)
        self.gate = nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Conv2d(48, 32, 1, bias=False), nn.Sigmoid())
        self.low_head = nn.Conv2d(16, classes, 1)
        self.high_head = nn.Conv2d(32, classes, 1)

    def forward(self, x: Tensor) -> Dict[str, Tensor]:
        size = x.shape[-2:]
        low = self.low(x)
        high = self.high(low)
        y = self.branch(high) * self.gate(high)
        y = F.interpolate(y, size=low.shape[-2:], mode="bilinear", align_corners=False)
        y = self.low_head(low) + self.high_head(y)
        return {"out": F.interpolate(y, size=size, mode="bilinear", align_corners=False)}


add(
    "lraspp", "LRASPP on MobileNetV3-small x0.5", "Howard et al. 2019, arXiv:1905.02244", Lraspp,
    pictures(2, 3, 96, 96), inputs_b=pictures(2, 3, 128, 96),
    dynamic=({2: 32 * torch.export.Dim("rows", min=2, max=8)},),
)


class PooledContext(nn.Module):
    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.pool = nn.AdaptiveAvgPool2d(1)
        self.conv = conv_norm(inputs, outputs, 1)

    def forward(self, x: Tensor) -> Tensor:
        size = x.shape[-2:]
        return F.interpolate(self.conv(self.pool(x)), size=size, mode="bilinear", align_corners=False)


class Aspp(nn.Module):
    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.branches = nn.ModuleList(
            [conv_norm(inputs, outputs, 1)]
            + [conv_norm(inputs, outputs, 3, dilation=rate) for rate in (6, 12, 18)]
            + [PooledContext(inputs, outputs)]
        )
        self.project = nn.Sequential(conv_norm(5 * outputs, outputs, 1), nn.Dropout(0.5))

    def forward(self, x: Tensor) -> Tensor:
        found = []
        for branch in self.branches:
            found.append(branch(x))
        return self.project(torch.cat(found, dim=1))


class DeepLabV3(nn.Module):
    """ResNet-50 with dilation in place of stride in its last two stages, and an auxiliary head."""

    def __init__(self, width: int = 8, classes: int = 6) -> None:
        super().__init__()
        self.stem = nn.Sequential(conv_norm(3, width, 7, 2), nn.MaxPool2d(3, 2, 1))
        stages = []
        inputs = width
        for stage, (depth, stride, dilation) in enumerate(((3, 1, 1), (4, 2, 1), (6, 1, 2), (3, 1, 4))):
            blocks = []
            for index in range(depth):
                blocks.append(Bottleneck(inputs, width << stage, stride if index == 0 else 1, dilation))
                inputs = (width << stage) * 4
            stages.append(nn.Sequential(*blocks))
        self.early = nn.Sequential(*stages[:3])
        self.late = stages[3]
        self.head = nn.Sequential(Aspp(inputs, 32), conv_norm(32, 32, 3), nn.Conv2d(32, classes, 1))
        self.auxiliary = nn.Sequential(conv_norm(inputs // 2, 32, 3), nn.Conv2d(32, classes, 1))

    def forward(self, x: Tensor) -> Dict[str, Tensor]:
        size = x.shape[-2:]
        early = self.early(self.stem(x))
        result: Dict[str, Tensor] = {}
        result["out"] = F.interpolate(self.head(self.late(early)), size=size, mode="bilinear", align_corners=False)
        result["aux"] = F.interpolate(self.auxiliary(early), size=size, mode="bilinear", align_corners=False)
        return result


add(
    "deeplab_v3", "DeepLabV3 on ResNet-50, an eighth as wide", "Chen et al. 2017, arXiv:1706.05587", DeepLabV3,
    pictures(2, 3, 65, 65), inputs_b=pictures(3, 3, 65, 65), dynamic=BATCH,
)


class Fcn(nn.Module):
    """FCN-8s on a small VGG: three scales are added after learned upsampling."""

    def __init__(self, classes: int = 5) -> None:
        super().__init__()

        def stage(inputs: int, outputs: int) -> nn.Sequential:
            return nn.Sequential(nn.Conv2d(inputs, outputs, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2, ceil_mode=True))

        self.pool3 = nn.Sequential(stage(3, 8), stage(8, 16), stage(16, 24))
        self.pool4 = stage(24, 32)
        self.pool5 = stage(32, 32)
        self.score3 = nn.Conv2d(24, classes, 1)
        self.score4 = nn.Conv2d(32, classes, 1)
        self.score5 = nn.Conv2d(32, classes, 1)
        self.up5 = nn.ConvTranspose2d(classes, classes, 4, stride=2, bias=False)
        self.up4 = nn.ConvTranspose2d(classes, classes, 4, stride=2, bias=False)
        self.up3 = nn.ConvTranspose2d(classes, classes, 16, stride=8, bias=False)

    def crop(self, x: Tensor, like: Tensor) -> Tensor:
        return x[:, :, : like.size(2), : like.size(3)]

    def forward(self, x: Tensor) -> Tensor:
        third = self.pool3(x)
        fourth = self.pool4(third)
        y = self.crop(self.up5(self.score5(self.pool5(fourth))), fourth) + self.score4(fourth)
        y = self.crop(self.up4(y), third) + self.score3(third)
        return self.crop(self.up3(y), x).contiguous()


add(
    "fcn8s", "FCN-8s on a small VGG", "Long et al. 2014, arXiv:1411.4038", Fcn,
    pictures(1, 3, 60, 72), inputs_b=pictures(3, 3, 60, 72),
)


class Espcn(nn.Module):
    def __init__(self, times: int = 3) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.Conv2d(1, 64, 5, padding=2),
            nn.Tanh(),
            nn.Conv2d(64, 32, 3, padding=1),
            nn.Tanh(),
            nn.Conv2d(32, times * times, 3, padding=1),
            nn.PixelShuffle(times),
        )

    def forward(self, x: Tensor) -> Tensor:
        return torch.clamp(self.layers(x), 0.0, 1.0)


add(
    "espcn", "ESPCN x3", "Shi et al. 2016, arXiv:1609.05158", Espcn,
    pictures(1, 1, 24, 32), inputs_b=pictures(1, 1, 31, 20),
    dynamic=({2: torch.export.Dim("height", min=8, max=512), 3: torch.export.Dim("width", min=8, max=512)},),
)


class Srcnn(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.Conv2d(1, 64, 9, padding=4), nn.ReLU(), nn.Conv2d(64, 32, 1), nn.ReLU(), nn.Conv2d(32, 1, 5, padding=2)
        )

    def forward(self, x: Tensor) -> Tensor:
        return self.layers(F.interpolate(x, scale_factor=2.0, mode="bicubic", align_corners=False))


add("srcnn", "SRCNN x2", "Dong et al. 2014, arXiv:1501.00092", Srcnn, pictures(1, 1, 24, 24))
