# SPDX-License-Identifier: Apache-2.0
"""Arrays as bytes and back."""

from __future__ import annotations

import sys
from typing import Any

import numpy as np
import pytest

from saguaro import InvalidInputError, tensors

NUMPY_TYPES = [
    "uint8", "int8", "int16", "int32", "int64", "float16", "float32", "float64", "bool", "complex64", "complex128",
]  # fmt: skip
SHAPES = [(), (1,), (0,), (3, 0, 2), (2, 3, 4)]


def there_and_back(value: Any, as_torch: bool = False) -> Any:
    encoded = tensors.encode(value, "input 0")
    return tensors.decode(encoded.dtype, encoded.array.shape, encoded.bytes().copy(), as_torch)


def sample(dtype: str, shape: tuple[int, ...]) -> Any:
    return (np.arange(int(np.prod(shape))) % 5 - 1).astype(dtype).reshape(shape)


@pytest.mark.parametrize("dtype", NUMPY_TYPES)
@pytest.mark.parametrize("shape", SHAPES)
def test_arrays_come_back_as_they_went(dtype: str, shape: tuple[int, ...]) -> None:
    array = sample(dtype, shape)
    back = there_and_back(array)
    assert (back.dtype, back.shape) == (array.dtype, array.shape)
    np.testing.assert_array_equal(back, array)


@pytest.mark.parametrize("shape", SHAPES)
def test_writing_into_memory_is_the_same_as_bytes(shape: tuple[int, ...]) -> None:
    encoded = tensors.encode(sample("float32", shape).T, "x")
    target = np.full(encoded.nbytes, 255, np.uint8)
    encoded.write_to(target)
    np.testing.assert_array_equal(target, encoded.bytes())


def test_views_and_other_byte_orders_are_made_row_major_and_little_endian() -> None:
    array = sample("float32", (4, 6))
    for view in (array.T, array[::2, ::-1], array[:, 1:3], array.astype(">f4")):
        np.testing.assert_array_equal(there_and_back(view), view.astype("<f4"))


def test_numbers_are_tensors_of_rank_0() -> None:
    assert [(e.dtype, e.array.shape) for e in (tensors.encode(v, "x") for v in (True, 3, 2.5, np.float32(1)))] == [
        ("bool", ()), ("int64", ()), ("float64", ()), ("float32", ()),
    ]  # fmt: skip
    with pytest.raises(InvalidInputError, match="integer of 64 bits"):
        tensors.encode(2**63, "x")


@pytest.mark.parametrize("value", [np.zeros(1, np.uint32), np.array(["a"]), np.array([None]), "text", object()])
def test_what_pytorch_has_no_type_for_is_refused(value: Any) -> None:
    with pytest.raises(InvalidInputError, match=r"input 3: found .* of element type .*, expected one of uint8"):
        tensors.encode(value, "input 3")


def test_uint16_is_taken_for_bfloat16_where_the_model_wants_that() -> None:
    bits = np.array([0x3F80, 0xC000], np.uint16)
    encoded = tensors.encode(bits, "x", "bfloat16")
    assert encoded.dtype == "bfloat16"
    with pytest.raises(InvalidInputError, match="uint16"):
        tensors.encode(bits, "x", "float32")


def test_bfloat16_becomes_uint16_without_ml_dtypes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ml_dtypes", None)
    back = tensors.decode("bfloat16", (2,), np.array([0x80, 0x3F, 0x00, 0xC0], np.uint8), as_torch=False)
    assert back.dtype == np.uint16
    assert back.tolist() == [0x3F80, 0xC000]


def test_bfloat16_becomes_bfloat16_with_ml_dtypes() -> None:
    ml_dtypes = pytest.importorskip("ml_dtypes", reason="ml_dtypes is not installed")
    array = np.array([1.0, -2.0], ml_dtypes.bfloat16)
    back = there_and_back(array)
    assert back.dtype == ml_dtypes.bfloat16
    assert back.tolist() == [1.0, -2.0]


def test_nested_inputs_are_flattened_without_none() -> None:
    assert list(tensors.flatten([1, (2, [3, None]), {"b": 4, "a": (5,)}])) == [1, 2, 3, 4, 5]


TORCH_TYPES = [*NUMPY_TYPES, "bfloat16"]


@pytest.mark.parametrize("dtype", TORCH_TYPES)
@pytest.mark.parametrize("shape", SHAPES)
def test_torch_tensors_come_back_as_they_went(dtype: str, shape: tuple[int, ...]) -> None:
    torch = pytest.importorskip("torch", reason="torch is not installed")
    tensor = torch.from_numpy(np.array(sample("int64", shape))).to(getattr(torch, dtype))
    back = there_and_back(tensor, as_torch=True)
    assert back.dtype == tensor.dtype
    assert torch.equal(back, tensor)


def test_torch_views_parameters_and_conjugates() -> None:
    torch = pytest.importorskip("torch", reason="torch is not installed")
    base = torch.arange(24, dtype=torch.bfloat16).reshape(4, 6)
    for tensor in (
        base.t(),
        base[::2, 1::2],
        torch.nn.Parameter(torch.ones(2, 3)),
        torch.tensor([1 + 2j]).conj(),
        torch.ones(1, 3, 2, 2).to(memory_format=torch.channels_last),
    ):
        assert torch.equal(there_and_back(tensor, as_torch=True), tensor.detach())


def test_torch_tensors_that_cannot_go_are_refused() -> None:
    torch = pytest.importorskip("torch", reason="torch is not installed")
    with pytest.raises(InvalidInputError, match="to_dense"):
        tensors.encode(torch.ones(2, 2).to_sparse(), "x")
    with pytest.raises(InvalidInputError, match="element type uint32"):
        tensors.encode(torch.ones(2).to(torch.uint32), "x")
