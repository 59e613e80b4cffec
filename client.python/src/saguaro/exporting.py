# SPDX-License-Identifier: Apache-2.0
"""From a module to a file."""

from __future__ import annotations

import logging
import os
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .errors import ExportError

EXPORT = "torch.export"
SCRIPT = "torch.jit.script"
TRACE = "torch.jit.trace"

_REASON_LINES = 3


@dataclass(frozen=True)
class Exported:
    """A model in a file."""

    path: Path
    method: str
    """`torch.export`, `torch.jit.script` or `torch.jit.trace`."""
    failures: tuple[tuple[str, str], ...]
    """The methods that were tried before, with the reason why each failed."""

    def __fspath__(self) -> str:
        return str(self.path)

    def __str__(self) -> str:
        text = f"{self.path} by {self.method}"
        for method, reason in self.failures:
            text += f"\n  {method} failed: {reason}"
        return text


def export(
    module: Any,
    example_inputs: Any = None,
    path: str | os.PathLike[str] | None = None,
    dynamic_shapes: Any = None,
) -> Exported:
    """Exports a module by the first of `torch.export`, `torch.jit.script` and `torch.jit.trace` that can.

    The module is exported in evaluation mode and left in the mode that it was in. An `ExportedProgram` or a
    `ScriptModule` is saved as it is.

    Args:
        module: a `torch.nn.Module`
        example_inputs: a tensor, or a tuple of inputs, that it can be called with
        path: the file; its suffix becomes `.pt2` (torch.export) or `.pt` (TorchScript). A path that ends in `.pt` asks
            for TorchScript. Default: the name of the module's class, in the working directory
        dynamic_shapes: as for `torch.export.export`; a scripted module takes any shape

    Raises:
        ExportError: none can; the message has all the reasons
    """
    import torch

    target = Path(path) if path is not None else Path(type(module).__name__)
    if target.suffix not in (".pt", ".pt2"):
        target = target.with_name(target.name + ".pt2")
    inputs = _as_tuple(example_inputs)
    attempts: list[tuple[str, Callable[[], Path]]]
    if isinstance(module, torch.export.ExportedProgram):
        attempts = [(EXPORT, lambda: _save_program(module, target))]
    elif isinstance(module, torch.jit.ScriptModule):
        attempts = [(SCRIPT, lambda: _save_script(module, target))]
    elif not isinstance(module, torch.nn.Module):
        raise ExportError(
            f"found a {type(module).__name__}, expected a torch.nn.Module, an ExportedProgram or a ScriptModule"
        )
    else:
        attempts = [
            (SCRIPT, lambda: _save_script(torch.jit.script(module), target)),
            (TRACE, lambda: _save_script(_traced(module, _required(inputs)), target)),
        ]
        if target.suffix != ".pt":
            attempts.insert(0, (EXPORT, lambda: _export(module, _required(inputs), dynamic_shapes, target)))
    failures: list[tuple[str, str]] = []
    with _evaluating(module), _quiet(), torch.no_grad():
        for method, attempt in attempts:
            try:
                return Exported(attempt(), method, tuple(failures))
            except Exception as e:  # Whatever PyTorch raises, of which there is a lot.
                failures.append((method, _reason(e)))
    raise ExportError(
        f"{type(module).__name__} cannot be exported: "
        + "; ".join(f"{method}: {reason}" for method, reason in failures)
    )


def _export(module: Any, inputs: tuple[Any, ...], dynamic_shapes: Any, target: Path) -> Path:
    import torch

    return _save_program(torch.export.export(module, inputs, dynamic_shapes=dynamic_shapes, strict=False), target)


def _traced(module: Any, inputs: tuple[Any, ...]) -> Any:
    import torch

    trace: Any = torch.jit.trace
    return trace(module, inputs)


def _save_program(program: Any, target: Path) -> Path:
    import torch

    file = target.with_suffix(".pt2")
    torch.export.save(program, file)
    return file


def _save_script(script: Any, target: Path) -> Path:
    file = target.with_suffix(".pt")
    script.save(str(file))
    return file


def _as_tuple(inputs: Any) -> tuple[Any, ...] | None:
    if inputs is None:
        return None
    return tuple(inputs) if isinstance(inputs, (tuple, list)) else (inputs,)


def _required(inputs: tuple[Any, ...] | None) -> tuple[Any, ...]:
    if inputs is None:
        raise ValueError("found no example_inputs, expected a tensor, or a tuple of inputs of the module")
    return inputs


@contextmanager
def _quiet() -> Iterator[None]:
    """What PyTorch has to say about an attempt goes to those who call it; here that is us."""
    # Before it raises, this one logs the whole graph.
    talker = logging.getLogger("torch.fx.experimental.symbolic_shapes")
    level = talker.level
    talker.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        talker.setLevel(level)


@contextmanager
def _evaluating(module: Any) -> Iterator[None]:
    """Every submodule in evaluation mode for that long."""
    import torch

    if not isinstance(module, torch.nn.Module) or isinstance(module, torch.jit.ScriptModule):
        yield
        return
    training = [part for part in module.modules() if part.training]
    for part in training:
        part.training = False
    try:
        yield
    finally:
        for part in training:
            part.training = True


def _reason(failure: Exception) -> str:
    """The first lines of PyTorch's message, which may be pages."""
    lines = [line.strip() for line in str(failure).splitlines() if line.strip()]
    text = " ".join(lines[:_REASON_LINES]) or type(failure).__name__
    return text + (" ..." if len(lines) > _REASON_LINES else "")
