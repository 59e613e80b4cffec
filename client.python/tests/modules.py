# SPDX-License-Identifier: Apache-2.0
"""Small modules, one for each way of exporting. Needs torch."""

from __future__ import annotations

import torch


class Plain(torch.nn.Module):
    """Exports by torch.export."""

    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(1)
        self.conv = torch.nn.Conv2d(3, 4, 3)
        self.norm = torch.nn.BatchNorm2d(4)
        self.drop = torch.nn.Dropout(0.5)
        self.fc = torch.nn.Linear(4, 2)

    def forward(self, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        h = self.drop(torch.relu(self.norm(self.conv(x))))
        return self.fc(h.mean((2, 3))), h


class Branching(torch.nn.Module):
    """torch.export cannot follow a branch on data; torch.jit.script can."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        if x.sum() > 0:
            return x + 1
        return x - 1


class Untyped(torch.nn.Module):
    """torch.export cannot follow the branch, torch.jit.script not the function; torch.jit.trace sees neither."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        parts = [*map(lambda part: part * 2, (x, x + 1))]
        return parts[0] if x.sum() > 0 else parts[1]


class Hopeless(torch.nn.Module):
    """Always fails."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        raise RuntimeError(*map(str, ["no way"]))


class Counting(torch.nn.Module):
    """Writes a buffer."""

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("count", torch.zeros(1))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        self.count += 1
        return x + self.count


class Types(torch.nn.Module):
    """Outputs of the type of the input, or where it says so."""

    def forward(self, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        return x.clone(), x != 0
