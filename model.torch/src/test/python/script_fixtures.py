# SPDX-License-Identifier: Apache-2.0
"""Writes the TorchScript archives that model.torch's tests read.

    pip install torch
    python3 model.torch/src/test/python/script_fixtures.py

Writes src/test/resources/org/saguaro/model/torch/script/*.pt; TorchScriptReaderTest knows what is in them.
"""

import pathlib
from typing import Optional

import torch
from torch import Tensor, nn

from torchscript_archive import without_debug_records

TARGET = pathlib.Path(__file__).parents[1] / "resources/org/saguaro/model/torch/script"


class Shared(nn.Module):
    """Modules in lists, one of them twice."""

    def __init__(self):
        super().__init__()
        self.layers = nn.ModuleList([nn.Linear(3, 3), nn.Conv1d(3, 3, 1)])
        self.again = self.layers[0]

    def forward(self, x):
        for layer in self.layers:
            x = torch.relu(layer(x))
        return self.again(x)


class Recurrent(nn.Module):
    """State of every kind: a tensor, a number, an optional, a tuple; a buffer written in place; a method to reset."""

    last: Optional[Tensor]

    def __init__(self):
        super().__init__()
        self.cell = nn.GRUCell(3, 3)
        self.register_buffer("hidden", torch.zeros(1, 3))
        self.register_buffer("count", torch.zeros(1, dtype=torch.long))
        self.steps = 0
        self.last = None
        self.pair = (torch.zeros(1), torch.ones(1))

    @torch.jit.export
    def reset(self):
        self.steps = 0
        self.count.zero_()

    def forward(self, x):
        self.hidden = self.cell(x, self.hidden)
        self.count.add_(1)
        self.steps += 1
        last = self.last
        first, second = self.pair
        self.pair = (second, first + 1)
        self.last = x if last is None else last + x
        return self.hidden, self.steps


class Greedy(nn.Module):
    """A loop that its data ends, lists, an early return."""

    def forward(self, boxes: Tensor, scores: Tensor):
        keep: list[int] = []
        if scores.numel() == 0:
            return torch.zeros([0], dtype=torch.long)
        order = torch.argsort(scores, descending=True)
        while order.numel() > 0:
            best = int(order[0])
            keep.append(best)
            rest = order[1:]
            order = rest[(boxes[rest] - boxes[best]).abs().sum(1) > 5]
        return torch.tensor(keep)


class Forked(nn.Module):
    """Functions run beside each other, and a context."""

    def twice(self, x: Tensor):
        return x * 2

    def forward(self, x):
        future = torch.jit.fork(self.twice, x)
        with torch.no_grad():
            y = x + 1
        return torch.jit.wait(future) + y


class Traced(nn.Module):
    """What tracing records: sizes as tensors, constants, the catch-all convolution."""

    def __init__(self):
        super().__init__()
        self.convolution = nn.Conv2d(1, 4, 3)
        self.transposed = nn.ConvTranspose2d(4, 2, 2, stride=2)

    def forward(self, x):
        x = self.transposed(torch.relu(self.convolution(x)))
        n, c, h, w = x.shape
        return x.reshape(n, c * h * w // 2, 2)


class Quantised(nn.Module):
    def __init__(self):
        super().__init__()
        self.linear = torch.ao.nn.quantized.Linear(3, 3)

    def forward(self, x):
        return self.linear(torch.quantize_per_tensor(x, 0.1, 0, torch.quint8)).dequantize()


def main() -> None:
    TARGET.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(0)
    models = {
        "shared": Shared(), "recurrent": Recurrent(), "greedy": Greedy(), "forked": Forked(),
        "refused_quantised": Quantised(),
    }
    for name, model in models.items():
        torch.jit.save(torch.jit.script(model.eval()), TARGET / f"{name}.pt")
    torch.jit.save(torch.jit.trace(Traced().eval(), torch.zeros(2, 1, 6, 6)), TARGET / "traced.pt")
    for archive in TARGET.glob("*.pt"):
        without_debug_records(archive)


if __name__ == "__main__":
    main()
