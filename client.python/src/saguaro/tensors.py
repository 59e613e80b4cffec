# SPDX-License-Identifier: Apache-2.0
"""NumPy arrays and torch tensors as bytes, and back. Never imports torch by itself."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias, cast

import numpy as np
import numpy.typing as npt

from .errors import InvalidInputError
from .frames import Bytes

if TYPE_CHECKING:
    import torch

    Tensor: TypeAlias = npt.NDArray[Any] | torch.Tensor
    """What goes in and comes out."""

BFLOAT16 = "bfloat16"

_STORAGE: dict[str, np.dtype[Any]] = {
    "uint8": np.dtype("u1"),
    "int8": np.dtype("i1"),
    "int16": np.dtype("<i2"),
    "int32": np.dtype("<i4"),
    "int64": np.dtype("<i8"),
    "float16": np.dtype("<f2"),
    BFLOAT16: np.dtype("<u2"),
    "float32": np.dtype("<f4"),
    "float64": np.dtype("<f8"),
    "bool": np.dtype("?"),
    "complex64": np.dtype("<c8"),
    "complex128": np.dtype("<c16"),
}
"""How NumPy sees the bytes of each element type; NumPy itself has no bfloat16."""


@dataclass(frozen=True)
class Encoded:
    """A tensor on its way out."""

    dtype: str
    array: npt.NDArray[Any]
    """Its elements; not necessarily one after the other."""

    @property
    def nbytes(self) -> int:
        return self.array.nbytes

    def bytes(self) -> Bytes:
        """The bytes, row-major; copied only if they are not so already."""
        return np.ascontiguousarray(self.array).reshape(-1).view(np.uint8)

    def write_to(self, target: Bytes) -> None:
        """Copies the bytes, row-major, into memory of that length."""
        if self.nbytes:
            np.copyto(target.view(self.array.dtype).reshape(self.array.shape), self.array)


def is_torch(value: object) -> bool:
    """Whether it is a torch tensor. If torch was not imported, it is not."""
    torch = sys.modules.get("torch")
    return torch is not None and isinstance(value, torch.Tensor)


def flatten(values: Sequence[Any]) -> Iterator[Any]:
    """The leaves of nested lists, tuples and dictionaries, in order; None is left out."""
    for value in values:
        if isinstance(value, dict):
            yield from flatten(list(value.values()))
        elif isinstance(value, (list, tuple)):
            yield from flatten(value)
        elif value is not None:
            yield value


def encode(value: Any, place: str, expected: str | None = None) -> Encoded:
    """A tensor, array or number as bytes.

    Args:
        place: for messages
        expected: element type that the model takes, if it is known

    Raises:
        InvalidInputError: it has no element type that PyTorch has
    """
    if is_torch(value):
        return _encode_torch(value)
    if isinstance(value, (bool, int, float)):
        return _encode_number(value, place)
    array = np.asarray(value)
    name = array.dtype.name
    if name == BFLOAT16:
        return Encoded(BFLOAT16, array.view(np.uint16))
    if name == "uint16" and expected == BFLOAT16:
        return Encoded(BFLOAT16, array)
    if name not in _STORAGE:
        raise InvalidInputError(
            f"{place}: found {type(value).__name__} of element type {name}, expected one of"
            f" {', '.join(_STORAGE)}; convert it by astype()"
        )
    return Encoded(name, array.astype(_STORAGE[name], copy=False))


def _encode_number(value: bool | int | float, place: str) -> Encoded:
    if isinstance(value, bool):
        return Encoded("bool", np.array(value))
    if isinstance(value, float):
        return Encoded("float64", np.array(value, "<f8"))
    if not -(2**63) <= value < 2**63:
        raise InvalidInputError(f"{place}: found {value}, expected an integer of 64 bits")
    return Encoded("int64", np.array(value, "<i8"))


def _encode_torch(tensor: torch.Tensor) -> Encoded:
    import torch

    dense = tensor.detach().to("cpu").resolve_conj().resolve_neg()
    if dense.layout != torch.strided:
        raise InvalidInputError(f"found a tensor of layout {dense.layout}, expected a dense one: to_dense()")
    name = str(dense.dtype).removeprefix("torch.")
    if name not in _STORAGE:
        raise InvalidInputError(
            f"found a tensor of element type {name}, expected one of {', '.join(_STORAGE)}; convert it by to(dtype)"
        )
    if dense.dtype == torch.bfloat16:
        return Encoded(BFLOAT16, dense.view(torch.int16).numpy().view(np.uint16))
    return Encoded(name, dense.numpy())


def decode(dtype: str, shape: Sequence[int], content: Bytes, as_torch: bool) -> Tensor:
    """A tensor over bytes that it may keep.

    bfloat16 becomes an array of `ml_dtypes.bfloat16` if that package is installed, else one of uint16 that holds the
    bits.
    """
    array = content.view(_STORAGE[dtype]).reshape(tuple(shape))
    if as_torch:
        import torch

        if dtype == BFLOAT16:
            return torch.from_numpy(array.view(np.int16)).view(torch.bfloat16)
        return torch.from_numpy(array)
    if dtype == BFLOAT16:
        try:
            import ml_dtypes
        except ImportError:
            return array
        return cast("npt.NDArray[Any]", array.view(ml_dtypes.bfloat16))
    return array


def byte_count(dtype: str, shape: Sequence[int]) -> int:
    """Bytes of a dense tensor."""
    count = _STORAGE[dtype].itemsize
    for size in shape:
        count *= size
    return count
