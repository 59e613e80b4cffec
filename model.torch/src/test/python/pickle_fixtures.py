# SPDX-License-Identifier: Apache-2.0
"""Writes the pickles that model.torch's tests read: what torch.save and torch.jit.save make of small values.

    pip install torch
    python3 model.torch/src/test/python/pickle_fixtures.py

Writes src/test/resources/org/saguaro/model/torch/pickle/{saved,scripted,state_dict,refused_*}.pt; TorchPickleTest and
OlderArchivesTest know what is in them.
"""

import collections
import enum
import fractions
import pathlib

import torch

from torch import nn

from torchscript_archive import without_debug_records

TARGET = pathlib.Path(__file__).parents[1] / "resources/org/saguaro/model/torch/pickle"


class Colour(enum.Enum):
    RED = 1
    GREEN = 2


class Scripted(nn.Module):
    """An attribute of every kind that TorchScript keeps."""

    names: list[str]
    table: dict[str, int]
    maybe: torch.Tensor | None

    def __init__(self):
        super().__init__()
        self.inner = nn.Linear(2, 3)
        self.again = self.inner
        self.register_buffer("count", torch.tensor(7))
        self.names = ["a", "b"]
        self.table = {"x": 1, "y": -70000}
        self.sizes = [1, 2, 3]
        self.rates = [0.5]
        self.flags = [True, False]
        self.parts = [torch.ones(2), torch.zeros(1)]
        self.pair = (1, "two", 3.0)
        self.maybe = None
        self.big = 1 << 40
        self.phase = 1 + 2j
        self.colour = Colour.GREEN
        self.device = torch.device("cpu")

    def forward(self, x):
        kept = len(self.names) + self.table["x"] + self.sizes[0] + len(self.flags) + len(self.rates) + len(self.parts)
        kept += self.pair[0] + self.big + int(abs(self.phase)) + int(self.maybe is None) + self.colour.value
        return self.again(self.inner(x).to(self.device)[:, :2]) + kept + self.count + torch.tensor([1.0, 2.0, 3.0])


def saved():
    base = torch.arange(12.0)
    state = collections.OrderedDict(whole=base, part=base[4:8], turned=base.reshape(3, 4).t(), weight=nn.Parameter(base[:2]))
    state._metadata = {"": {"version": 1}}
    attributed = torch.tensor([1, 2])
    attributed.note = "extra"
    return {
        "state": state,
        "dtypes": [torch.ones(2, dtype=d) for d in (torch.uint8, torch.int8, torch.int16, torch.int32, torch.int64,
                   torch.float16, torch.bfloat16, torch.float64, torch.bool, torch.complex64, torch.complex128)],
        "empty": torch.zeros(0, 3),
        "scalar": torch.tensor(2.5),
        "attributed": attributed,
        "numbers": (0, 255, 65535, -1, 1 << 31, -(1 << 40), (1 << 63) - 1, -(1 << 63), 2.5, 1 - 2j),
        "texts": ["", "grün", "x" * 300],
        "bytes": b"\x00\xff",
        "names": (torch.float32, torch.strided, torch.device("cuda", 1), torch.Size([2, 3])),
        "nothing": None,
        7: True,
    }


def main():
    TARGET.mkdir(parents=True, exist_ok=True)
    torch.save(saved(), TARGET / "saved.pt")
    torch.save(saved(), TARGET / "saved_protocol5.pt", pickle_protocol=5)
    torch.manual_seed(1)
    torch.jit.script(Scripted().eval()).save(str(TARGET / "scripted.pt"))
    without_debug_records(TARGET / "scripted.pt")
    weight = nn.Parameter(torch.tensor([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]))
    torch.save(collections.OrderedDict({"fc.weight": weight}), TARGET / "state_dict.pt")
    torch.save({"x": fractions.Fraction(1, 3)}, TARGET / "refused_class.pt")
    torch.save(torch.quantize_per_tensor(torch.ones(2), 0.1, 0, torch.qint8), TARGET / "refused_quantised.pt")
    torch.save(torch.eye(2).to_sparse(), TARGET / "refused_sparse.pt")
    torch.save(torch.ones(2, dtype=torch.uint16), TARGET / "refused_dtype.pt")
    torch.save(torch.ones(2, dtype=torch.complex64).conj(), TARGET / "refused_conjugate.pt")
    torch.save([1 << 64], TARGET / "refused_integer.pt")
    for file in sorted(TARGET.glob("*.pt")):
        print(f"{file.name}: {file.stat().st_size} bytes")


if __name__ == "__main__":
    main()
