# SPDX-License-Identifier: Apache-2.0
"""What a request costs from Python: the round trip to a daemon, in messages and in shared memory.

The models compute next to nothing, so that what is measured is the way. Needs torch and a distribution.

    PYTHONPATH=client.python/src python client.python/bench/round_trip.py
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from functools import partial

import numpy as np
import torch

import saguaro

NEVER = 1 << 62
ALWAYS = 1


class Tiny(torch.nn.Module):
    """A float in, a float out."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x + 1


class Corner(torch.nn.Module):
    """An image in, a few numbers out."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x[:, :, :2, :2] + 1


class Same(torch.nn.Module):
    """As much out as in."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x + 1


def median_micros(calls: list[Callable[[], object]], seconds: float) -> list[float]:
    """Medians of calls that take turns, so that whatever disturbs the machine disturbs all."""
    for call in calls:
        for _ in range(50):
            call()
    times: list[list[float]] = [[] for _ in calls]
    end = time.perf_counter() + seconds
    while time.perf_counter() < end:
        for samples, call in zip(times, calls, strict=True):
            begin = time.perf_counter()
            call()
            samples.append(time.perf_counter() - begin)
    return [float(np.median(samples)) * 1e6 for samples in times]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=5.0, help="per row (default: 5)")
    parser.add_argument("--sizes", action="store_true", help="sizes around the threshold, in and out")
    arguments = parser.parse_args()
    rows: list[tuple[str, torch.nn.Module, tuple[int, ...]]] = [
        ("float32[1] -> float32[1]", Tiny(), (1,)),
        ("float32[1, 3, 224, 224] -> float32[1, 3, 2, 2]", Corner(), (1, 3, 224, 224)),
        ("float32[1, 3, 224, 224] -> the same", Same(), (1, 3, 224, 224)),
        ("float32[1, 3, 1080, 1920] -> float32[1, 3, 2, 2]", Corner(), (1, 3, 1080, 1920)),
    ]
    if arguments.sizes:
        rows = [(f"{kib} KiB -> the same", Same(), (kib * 256,)) for kib in (16, 32, 64, 128, 256, 512, 1024)]
    with saguaro.daemon() as address:
        print(f"{'median of a round trip':50} {'messages':>10} {'shared memory':>14}")
        for name, model, shape in rows:
            x = np.zeros(shape, np.float32)
            with (
                saguaro.connect(address, shared_from=NEVER) as inline,
                saguaro.connect(address, shared_from=ALWAYS) as shared,
                inline.deploy(model, torch.from_numpy(x), name="round-trip") as net,
            ):
                other = shared.deployment("round-trip")
                messages, memory = median_micros([partial(net.infer, x), partial(other.infer, x)], arguments.seconds)
            print(f"{name:50} {messages:7.0f} µs {memory:11.0f} µs")


if __name__ == "__main__":
    main()
