# SPDX-License-Identifier: Apache-2.0
"""What the zoo knows about an architecture, and the list of all."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Optional

import torch
from torch import Tensor, nn

Inputs = tuple[Any, ...]


@dataclass(frozen=True)
class Architecture:
    """One folder of the zoo.

    Attributes:
        name: of the folder.
        title: as people call it, with what was made smaller.
        paper: where it was published; empty for exercises of ours.
        build: makes the module.
        inputs: draws arguments of `forward`. A list of tensors among them is flattened into `input0.npy`, ...
        inputs_b: a second set: another shape, or another branch; none for most.
        dynamic: `dynamic_shapes` of torch.export for `model_dynamic.pt2`; none: no such file.
        exported: whether torch.export is tried. A model whose only purpose is a TorchScript construct says False.
        scripted: whether torch.jit.script is tried.
        traced: whether torch.jit.trace is tried. A trace forgets control flow, so models with some say False.
        steps: of the sequence that a model with state is fed, one after the other; 0 if it has none.
        tiny: exported with `--tiny` only.
        seed: of weights and inputs; changed where a seed happens to give a dull answer.
    """

    name: str
    title: str
    paper: str
    build: Callable[[], nn.Module]
    inputs: Callable[[torch.Generator], Inputs]
    inputs_b: Optional[Callable[[torch.Generator], Inputs]] = None
    dynamic: Any = None
    exported: bool = True
    scripted: bool = True
    traced: bool = True
    steps: int = 0
    tiny: bool = False
    seed: int = 20240527


_ALL: dict[str, Architecture] = {}


def add(name: str, title: str, paper: str, build: Callable[[], nn.Module], inputs: Any, **more: Any) -> None:
    if name in _ALL:
        raise ValueError(f"two architectures are named {name}")
    _ALL[name] = Architecture(name, title, paper, build, inputs, **more)


def architectures() -> list[Architecture]:
    return list(_ALL.values())


def normal(*sizes: int) -> Callable[[torch.Generator], Inputs]:
    """One tensor of normal noise."""
    return lambda generator: (torch.randn(*sizes, generator=generator),)


def picture(batch: int, channels: int, height: int, width: int, generator: torch.Generator) -> Tensor:
    """Smooth blobs with a little noise: like a photograph, neighbouring pixels resemble each other."""
    coarse = torch.randn(batch, channels, max(2, height // 8), max(2, width // 8), generator=generator)
    smooth = nn.functional.interpolate(coarse, size=(height, width), mode="bicubic", align_corners=False)
    return smooth + 0.1 * torch.randn(smooth.shape, generator=generator)


def pictures(batch: int, channels: int, height: int, width: int) -> Callable[[torch.Generator], Inputs]:
    return lambda generator: (picture(batch, channels, height, width, generator),)


def integers(high: int, *sizes: int) -> Callable[[torch.Generator], Inputs]:
    """One tensor of integers in [0, high)."""
    return lambda generator: (torch.randint(0, high, sizes, generator=generator),)
