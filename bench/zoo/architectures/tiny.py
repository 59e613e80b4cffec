# SPDX-License-Identifier: Apache-2.0
"""A few kilobytes each: what `mvn verify` runs, and what the fuzzer starts from. Exported by `export.py --tiny`."""

from typing import Dict, List, Optional, Tuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from . import vision_ops  # noqa: F401  declares torchvision's operators
from .layers import InvertedResidual, conv_norm
from .registry import add, integers, normal, pictures

BATCH = ({0: torch.export.Dim("batch", min=1, max=64)},)


class TinyConvolution(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.features = nn.Sequential(conv_norm(3, 4, 3, 2), InvertedResidual(4, 4, 8))
        self.fc = nn.Linear(4, 3)

    def forward(self, x: Tensor) -> Tensor:
        return self.fc(torch.flatten(F.adaptive_avg_pool2d(self.features(x), 1), 1))


add("convolution", "Convolutions with a residual", "", TinyConvolution, pictures(2, 3, 16, 16),
    inputs_b=pictures(3, 3, 16, 16), dynamic=BATCH, tiny=True)


class TinyCond(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.left = nn.Linear(4, 3)
        self.right = nn.Linear(4, 3)

    def forward(self, x: Tensor) -> Tensor:
        if torch.jit.is_scripting():
            if bool(x.mean() > 0):
                return torch.relu(self.left(x))
            return self.right(x) * 2.0
        return self.captured(x)

    @torch.jit.unused
    def captured(self, x: Tensor) -> Tensor:
        return torch.cond(x.mean() > 0, lambda y: torch.relu(self.left(y)), lambda y: self.right(y) * 2.0, (x,))


add("branch", "A branch with weights on both sides", "", TinyCond, lambda g: (torch.randn(2, 4, generator=g) + 2.0,),
    inputs_b=lambda g: (torch.randn(2, 4, generator=g) - 2.0,), traced=False, tiny=True)


class TinyWhile(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.linear = nn.Linear(3, 3)

    def forward(self, x: Tensor) -> Tuple[Tensor, Tensor]:
        count = torch.zeros((), dtype=torch.int64)
        if torch.jit.is_scripting():
            while bool(x.abs().max() > 0.1) and bool(count < 9):
                x = 0.5 * torch.tanh(self.linear(x)) * x
                count = count + 1
            return x, count
        return self.captured(x, count)

    @torch.jit.unused
    def captured(self, x: Tensor, count: Tensor) -> Tuple[Tensor, Tensor]:
        def unfinished(x: Tensor, count: Tensor) -> Tensor:
            return (x.abs().max() > 0.1) & (count < 9)

        def body(x: Tensor, count: Tensor) -> Tuple[Tensor, Tensor]:
            return 0.5 * torch.tanh(self.linear(x)) * x, count + 1

        return torch._higher_order_ops.while_loop(unfinished, body, (x, count))


add("iteration", "A loop whose length the data decide", "", TinyWhile, normal(2, 3),
    inputs_b=lambda g: (0.01 * torch.randn(2, 3, generator=g),), traced=False, tiny=True)


class TinyMemory(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.cell = nn.GRUCell(3, 4)
        self.register_buffer("memory", torch.full((1, 4), 0.25))

    @torch.jit.export
    def reset_memory(self) -> None:
        self.memory[:] = 0.25

    def forward(self, x: Tensor) -> Tensor:
        self.memory[:] = self.cell(x, self.memory)
        return self.memory * 2.0


add("memory", "A recurrent cell with its state in a buffer", "", TinyMemory, normal(1, 3), steps=5, tiny=True)


class TinyContainers(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.layers = nn.ModuleList([nn.Linear(4, 4), nn.Linear(4, 4)])
        self.names = ["first", "second"]

    def shifted(self, x: Tensor, by: Optional[Tensor]) -> Tensor:
        return x if by is None else x + by

    def forward(self, x: Tensor, mode: Tensor) -> Tuple[Dict[str, Tensor], List[Tensor]]:
        level = int(mode)
        assert level >= 0, "mode must not be negative"
        found: Dict[str, Tensor] = {}
        rows: List[Tensor] = []
        for index, layer in enumerate(self.layers):
            found[self.names[index]] = layer(x)
        for row in range(x.size(0)):
            if row % 2 == level:
                continue
            rows.append(self.shifted(x[row], found["first"][row] if level > 0 else None))
        if len(rows) == 0:
            raise ValueError("no row is left of {}".format(x.size(0)))
        found["sum"] = torch.stack(rows).sum(0)
        return found, rows


add("containers_small", "Lists, dictionaries, optionals, texts", "", TinyContainers,
    lambda g: (torch.randn(5, 4, generator=g), torch.tensor(0)),
    inputs_b=lambda g: (torch.randn(4, 4, generator=g), torch.tensor(1)), exported=False, traced=False, tiny=True)


class TinySuppression(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.corner = nn.Linear(6, 2)
        self.score = nn.Linear(6, 1)

    def forward(self, x: Tensor) -> Tuple[Tensor, Tensor]:
        corner = torch.sigmoid(self.corner(x)) * 4.0
        boxes = torch.cat([corner, corner + 2.0], dim=1)
        score = torch.sigmoid(self.score(x)).squeeze(1)
        kept = torch.ops.torchvision.nms(boxes, score, 0.3)
        return boxes[kept], score[kept]


add("suppression", "torchvision::nms", "", TinySuppression, normal(9, 6), traced=False, tiny=True)


class TinyAttention(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.embedding = nn.Embedding(16, 8)
        self.attention = nn.MultiheadAttention(8, 2, batch_first=True)
        self.norm = nn.LayerNorm(8)

    def forward(self, tokens: Tensor) -> Tensor:
        x = self.embedding(tokens)
        length = tokens.size(1)
        mask = torch.ones(length, length, dtype=torch.bool, device=tokens.device).triu(1)
        return self.norm(x + self.attention(x, x, x, attn_mask=mask, need_weights=False)[0])


add("attention", "Causal attention over any length", "", TinyAttention, integers(16, 2, 5), inputs_b=integers(16, 2, 8),
    dynamic=({1: torch.export.Dim("length", min=2, max=64)},), tiny=True)


class TinyLstm(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.lstm = nn.LSTM(3, 4, batch_first=True, bidirectional=True)

    def forward(self, x: Tensor) -> Tuple[Tensor, Tuple[Tensor, Tensor]]:
        return self.lstm(x)


add("recurrent", "Bidirectional LSTM with its states", "", TinyLstm, normal(2, 5, 3), tiny=True)


class TinyNumbers(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("table", torch.arange(40).reshape(8, 5) % 3 == 0)
        self.register_buffer("factors", torch.linspace(-1, 1, 4).half())
        self.register_buffer("phases", torch.polar(torch.ones(3), torch.linspace(0, 1, 3)))

    def forward(self, index: Tensor, x: Tensor) -> Tuple[Tensor, Tensor, Tensor]:
        return self.table[index % 8], (x.to(torch.float16) * self.factors).double().sum(-1), torch.fft.rfft(x) * self.phases


add("numbers", "bool, float16, float64, complex", "", TinyNumbers,
    lambda g: (torch.randint(0, 100, (3,), generator=g), torch.randn(3, 4, generator=g)), tiny=True)
