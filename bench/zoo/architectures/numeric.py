# SPDX-License-Identifier: Apache-2.0
"""Element types other than float32, and sizes of zero."""

from typing import Tuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from .layers import ResidualBlock, conv_norm
from .registry import add, integers, picture, pictures


class SmallResidual(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.layers = nn.Sequential(conv_norm(3, 8, 3), ResidualBlock(8, 16, 2), nn.AdaptiveAvgPool2d(1))
        self.fc = nn.Linear(16, 10)

    def forward(self, x: Tensor) -> Tensor:
        return self.fc(self.layers(x).flatten(1))


class Half(nn.Module):
    """Weights and arithmetic in 16 bits, float32 outside."""

    def __init__(self, dtype: torch.dtype) -> None:
        super().__init__()
        self.dtype = dtype
        self.inner = SmallResidual().to(dtype)

    def forward(self, x: Tensor) -> Tensor:
        return torch.softmax(self.inner(x.to(self.dtype)).float(), dim=-1)


add("float64_resnet", "Residual network in float64", "He et al. 2015, arXiv:1512.03385",
    lambda: SmallResidual().double(),
    lambda generator: (picture(2, 3, 24, 24, generator).double(),))
add("bfloat16_resnet", "Residual network in bfloat16", "He et al. 2015, arXiv:1512.03385",
    lambda: Half(torch.bfloat16), pictures(2, 3, 24, 24))
add("float16_resnet", "Residual network in float16", "He et al. 2015, arXiv:1512.03385",
    lambda: Half(torch.float16), pictures(2, 3, 24, 24))


class HalfMlp(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.layers = nn.Sequential(nn.Linear(16, 32), nn.ReLU(), nn.LayerNorm(32), nn.Linear(32, 4)).half()

    def forward(self, x: Tensor) -> Tensor:
        return self.layers(x)


add("float16_mlp", "Perceptron with float16 in and out", "", HalfMlp,
    lambda generator: (torch.randn(3, 16, generator=generator).half(),))


class BloomFilter(nn.Module):
    """Integers and booleans only: hash words, look their bits up."""

    def __init__(self, bits: int = 512) -> None:
        super().__init__()
        self.bits = bits
        generator = torch.Generator().manual_seed(3)
        self.register_buffer("factors", torch.randint(3, 2**30, (4,), generator=generator) | 1)
        self.register_buffer("offsets", torch.randint(0, 2**30, (4,), generator=generator))
        self.register_buffer("set", torch.rand(bits, generator=generator) < 0.6)

    def forward(self, words: Tensor) -> Tuple[Tensor, Tensor, Tensor]:
        hashed = words.unsqueeze(-1) * self.factors + self.offsets
        hashed = (hashed ^ (hashed >> 15)) & 0x7FFFFFFF
        found = self.set[torch.remainder(hashed, self.bits)]
        return found.all(dim=-1), found.sum(dim=-1, dtype=torch.int32), (~found).any(dim=-1) & (words % 2 == 0)


add("bloom_filter", "Bloom filter on int64", "Bloom 1970, CACM 13(7)", BloomFilter,
    integers(10_000_000, 6, 5), inputs_b=integers(10_000_000, 2, 9),
    dynamic=({0: torch.export.Dim("rows", min=2, max=64), 1: torch.export.Dim("columns", min=2, max=64)},))


class IntegerFilter(nn.Module):
    """A fixed-point filter on bytes, as cameras' pipelines have it."""

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("taps", torch.tensor([1, 4, 6, 4, 1], dtype=torch.int32))

    def forward(self, frame: Tensor) -> Tuple[Tensor, Tensor]:
        wide = F.pad(frame.to(torch.int32), (2, 2))
        total = (wide.unfold(1, 5, 1) * self.taps).sum(dim=-1, dtype=torch.int32)
        smooth = torch.clamp((total + 8) >> 4, 0, 255).to(torch.uint8)
        return smooth, torch.bincount(smooth.flatten().to(torch.int64), minlength=256)


add("integer_filter", "Fixed-point filter on uint8", "", IntegerFilter,
    lambda generator: (torch.randint(0, 256, (12, 40), generator=generator, dtype=torch.uint8),))


class ComplexNetwork(nn.Module):
    """Complex weights and activations, from a complex input to real powers."""

    def __init__(self) -> None:
        super().__init__()
        self.first = nn.Parameter(0.3 * torch.randn(16, 24, dtype=torch.cfloat))
        self.second = nn.Parameter(0.3 * torch.randn(24, 4, dtype=torch.cfloat))

    def forward(self, signal: Tensor) -> Tuple[Tensor, Tensor]:
        x = torch.fft.fft(signal, norm="ortho") @ self.first
        x = torch.polar(F.relu(x.abs() - 0.1), x.angle())
        y = x @ self.second
        return y, torch.view_as_real(y).pow(2).sum(-1)


add("complex_network", "Complex-valued perceptron", "Trabelsi et al. 2017, arXiv:1705.09792", ComplexNetwork,
    lambda generator: (torch.randn(3, 16, dtype=torch.cfloat, generator=generator),))


class ZeroSized(nn.Module):
    """Serves batches of zero: convolution, normalisation, reduction and concatenation must survive it."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = conv_norm(3, 8, 3)
        self.fc = nn.Linear(8, 5)

    def forward(self, x: Tensor, boxes: Tensor) -> Tuple[Tensor, Tensor, Tensor]:
        y = self.fc(self.conv(x).mean(dim=(2, 3)))
        wide = torch.cat([boxes, boxes[:, :1] * 2.0], dim=1)
        return y.softmax(-1), wide, boxes.sum(dim=0)


def nothing(batch: int, boxes: int):
    return lambda g: (torch.randn(batch, 3, 8, 8, generator=g), torch.randn(boxes, 4, generator=g))


add("zero_sized", "Batch of zero, no boxes", "", ZeroSized, nothing(0, 0), inputs_b=nothing(3, 2))
