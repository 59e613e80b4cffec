# SPDX-License-Identifier: Apache-2.0
"""PyTorch and Saguaro, side by side."""

from __future__ import annotations

import copy
import secrets
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from . import tensors
from .client import Client, connect
from .exporting import Exported, _as_tuple, _evaluating, export

DEFAULT_TOLERANCE = 1e-4
"""Largest relative difference of float32 and float64 outputs."""

_HALF_TOLERANCE = {"float16": 1e-2, "bfloat16": 5e-2}


@dataclass(frozen=True)
class OutputDifference:
    """One output, compared."""

    expected: str
    """Element type and shape that PyTorch gave."""
    found: str
    """Those that Saguaro gave."""
    absolute: float
    """Largest difference."""
    relative: float
    """The same, divided by the largest absolute value expected."""
    tolerance: float
    problem: str
    """Why it is not good enough; empty if it is."""


@dataclass(frozen=True)
class CheckResult:
    """What `check` found. True if all is well."""

    exported: Exported
    summary: str
    """The placement, in a line."""
    outputs: tuple[OutputDifference, ...]
    problem: str
    """What is wrong with the outputs together; empty if nothing is."""

    @property
    def ok(self) -> bool:
        return not self.problem and not any(output.problem for output in self.outputs)

    def __bool__(self) -> bool:
        return self.ok

    def raise_if_failed(self) -> None:
        """Raises an AssertionError with the report unless all is well."""
        if not self.ok:
            raise AssertionError(str(self))

    def __str__(self) -> str:
        lines = [f"{'OK' if self.ok else 'FAIL'}  {self.exported.path.stem} (by {self.exported.method})"]
        lines += [f"  {method} failed: {reason}" for method, reason in self.exported.failures]
        if self.problem:
            lines.append(f"  {self.problem}")
        for i, output in enumerate(self.outputs):
            lines.append(
                f"  output {i}: {output.expected}  absolute {output.absolute:.1e}  relative {output.relative:.1e}"
                + (f"  {output.problem}" if output.problem else "")
            )
        lines.append(f"  {self.summary}")
        return "\n".join(lines)


def check(
    module: Any,
    inputs: Any,
    *,
    tolerance: float | None = None,
    dynamic_shapes: Any = None,
    timeout: float = 120.0,
    client: Client | None = None,
) -> CheckResult:
    """Exports a module, deploys it, runs PyTorch and Saguaro on the same inputs, and compares. Leaves nothing behind.

    Args:
        module: a `torch.nn.Module`; it is run in evaluation mode, on a copy, so that its buffers stay as they are
        inputs: a tensor, or a tuple of inputs
        tolerance: largest relative difference allowed; default: 1e-4, for float16 1e-2, for bfloat16 5e-2. Integers and
            booleans must be equal
        dynamic_shapes: as for `torch.export.export`
        client: default: the daemon that `saguaro.connect()` finds

    Raises:
        ExportError, DeploymentError, InvalidInputError, ...: it does not come to a comparison
    """
    if client is None:
        with connect() as own:
            return check(
                module,
                inputs,
                tolerance=tolerance,
                dynamic_shapes=dynamic_shapes,
                timeout=timeout,
                client=own,
            )
    arguments = _as_tuple(inputs) or ()
    with tempfile.TemporaryDirectory(prefix="saguaro-check-") as folder:
        exported = export(
            _copied(module),
            _copied(arguments),
            Path(folder) / type(module).__name__,
            dynamic_shapes,
        )
        name = f"check-{exported.path.stem}-{secrets.token_hex(4)}"
        with client.deploy(exported, name=name) as deployment:
            found = deployment.infer_all(*_copied(arguments), timeout=timeout)
            summary = deployment.placement().summary
    expected = _run(_copied(module), _copied(arguments))
    if len(found) != len(expected):
        return CheckResult(exported, summary, (), f"found {len(found)} outputs, expected {len(expected)}")
    return CheckResult(
        exported,
        summary,
        tuple(
            compare(tensors.encode(e, "expected output"), tensors.encode(f, "found output"), tolerance)
            for e, f in zip(expected, found, strict=True)
        ),
        "",
    )


def _copied(value: Any) -> Any:
    """A deep copy, where that is possible: a model may write to its buffers and its inputs."""
    try:
        return copy.deepcopy(value)
    except Exception:  # Scripted classes and tensors with a history raise what they like.
        return value


def _run(module: Any, arguments: tuple[Any, ...]) -> list[Any]:
    import torch

    called = module.module() if isinstance(module, torch.export.ExportedProgram) else module
    with _evaluating(called), torch.no_grad():
        return list(tensors.flatten([called(*arguments)]))


def compare(expected: tensors.Encoded, found: tensors.Encoded, tolerance: float | None = None) -> OutputDifference:
    """Compares two tensors."""
    if tolerance is None:
        tolerance = _HALF_TOLERANCE.get(expected.dtype, DEFAULT_TOLERANCE)
    wanted, got = (f"{t.dtype}[{', '.join(map(str, t.array.shape))}]" for t in (expected, found))
    if wanted != got:
        return OutputDifference(wanted, got, float("nan"), float("nan"), tolerance, f"found {got}, expected {wanted}")
    a, b = _wide(expected), _wide(found)
    exact = expected.dtype.startswith(("int", "uint", "bool"))
    with np.errstate(all="ignore"):
        difference = np.abs(a - b)
        # The same infinity, or NaN, in both.
        difference = np.where((a == b) | (np.isnan(a) & np.isnan(b)), 0.0, difference)
        absolute = float(difference.max(initial=0.0))
        finite = np.abs(a[np.isfinite(a)])
        scale = float(finite.max(initial=0.0))
    relative = absolute / scale if scale else absolute
    problem = ""
    if exact and absolute != 0:
        problem = f"{int((difference != 0).sum())} of {difference.size} elements differ"
    elif not exact and not relative <= tolerance:
        problem = f"relative difference {relative:.1e} is above {tolerance:.1e}"
    return OutputDifference(wanted, got, absolute, relative, tolerance, problem)


def _wide(tensor: tensors.Encoded) -> Any:
    """The elements in a type that holds them all and can be subtracted."""
    if tensor.dtype == tensors.BFLOAT16:
        return (tensor.array.astype(np.uint32) << 16).view(np.float32).astype(np.float64)
    if tensor.dtype.startswith("complex"):
        return tensor.array.astype(np.complex128)
    if tensor.dtype == "int64":
        return tensor.array.astype(np.longdouble)
    return tensor.array.astype(np.float64)
