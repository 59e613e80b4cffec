# SPDX-License-Identifier: Apache-2.0
"""How outputs are compared."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from saguaro import CheckResult, Exported, checking, tensors


def compare(expected: Any, found: Any, tolerance: float | None = None) -> checking.OutputDifference:
    return checking.compare(tensors.encode(expected, "e"), tensors.encode(found, "f"), tolerance)


def test_differences_are_relative_to_the_largest_element() -> None:
    result = compare(np.array([0.0, 100.0]), np.array([1e-4, 100.0]))
    assert result.problem == ""
    assert result.absolute == pytest.approx(1e-4)
    assert result.relative == pytest.approx(1e-6)
    far = compare(np.array([1.0, 100.0]), np.array([1.1, 100.0]))
    assert far.problem == "relative difference 1.0e-03 is above 1.0e-04"
    assert compare(np.array([1.0, 100.0]), np.array([1.1, 100.0]), tolerance=0.01).problem == ""


@pytest.mark.parametrize("dtype", ["int64", "uint8", "bool"])
def test_integers_must_be_equal(dtype: str) -> None:
    assert compare(np.array([1, 0, 1], dtype), np.array([1, 0, 1], dtype)).problem == ""
    assert compare(np.array([1, 0, 1], dtype), np.array([1, 1, 0], dtype)).problem == "2 of 3 elements differ"
    large = np.array([2**62], np.int64)
    assert compare(large, large + 1).problem == "1 of 1 elements differ"


def test_nan_and_infinities_must_be_where_they_are_expected() -> None:
    special = np.array([np.nan, np.inf, -np.inf, 1.0])
    assert compare(special, special).problem == ""
    assert compare(special, np.array([0.0, np.inf, -np.inf, 1.0])).problem != ""
    assert compare(special, np.array([np.nan, -np.inf, -np.inf, 1.0])).problem != ""
    assert compare(np.array([1.0]), np.array([np.nan])).problem != ""


def test_type_and_shape_must_be_the_same() -> None:
    assert compare(np.zeros((2, 3)), np.zeros((3, 2))).problem == "found float64[3, 2], expected float64[2, 3]"
    assert compare(np.float32(1), np.float64(1)).problem == "found float64[], expected float32[]"


def test_half_precision_and_complex_numbers_have_their_tolerances() -> None:
    assert compare(np.float16([1.0, 2.0]), np.float16([1.001, 2.0])).problem == ""
    assert compare(np.float16([1.0, 2.0]), np.float16([1.1, 2.0])).problem != ""
    assert compare(np.complex64([3 + 4j]), np.complex64([3 + 4.0001j])).problem == ""
    assert compare(np.complex64([3 + 4j]), np.complex64([3 - 4j])).problem != ""


def test_nothing_to_compare_is_equal() -> None:
    assert compare(np.zeros((0, 3)), np.zeros((0, 3))).problem == ""
    assert compare(np.zeros(2), np.zeros(2)).relative == 0


def test_the_result_reads_well_and_is_false_when_it_failed() -> None:
    exported = Exported(Path("x/Net.pt"), "torch.jit.script", (("torch.export", "a branch"),))
    good = compare(np.float32([1.0]), np.float32([1.0]))
    bad = compare(np.float32([1.0]), np.float32([2.0]))
    ok = CheckResult(exported, "3 layers", (good,), "")
    assert ok and ok.ok
    assert str(ok) == (
        "OK  Net (by torch.jit.script)\n"
        "  torch.export failed: a branch\n"
        "  output 0: float32[1]  absolute 0.0e+00  relative 0.0e+00\n"
        "  3 layers"
    )
    ok.raise_if_failed()
    failed = CheckResult(exported, "3 layers", (good, bad), "")
    assert not failed
    assert "FAIL  Net" in str(failed) and "output 1: float32[1]  absolute 1.0e+00" in str(failed)
    with pytest.raises(AssertionError, match="is above"):
        failed.raise_if_failed()
    assert not CheckResult(exported, "", (), "found 1 outputs, expected 2")
