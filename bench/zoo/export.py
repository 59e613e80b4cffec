# SPDX-License-Identifier: Apache-2.0
"""Exports the zoo: every architecture, in every form that PyTorch can write it, with PyTorch's own answers.

    python export.py --out DIR [--tiny] [NAME ...]

Writes, for each architecture, a folder `DIR/NAME` with

    model.pt2            torch.export, evaluation mode, fixed sizes
    model_dynamic.pt2    the same with a symbolic batch, length or size, where that makes sense
    model_scripted.pt    torch.jit.script
    model_traced.pt      torch.jit.trace; left out where a trace would forget control flow
    input0.npy ...       one set of inputs; a list of tensors is one file per element
    output0.npy ...      the answer, flattened: tuples, lists and dictionaries element by element, numbers as 0-dimensional arrays
    input_b0.npy ...     a second set: another shape, or another branch
    output_b0.npy ...    its answer
    seq_input.npy ...    for models with state: the inputs of several calls after a reset, stacked
    seq_output.npy ...   their answers, stacked
    meta.json            architecture, paper, per file its operators and control flow, and why a file is missing

Weights and inputs are random, drawn from a fixed seed: what is checked is that another runtime computes the same. Every
normalisation has statistics of its own, so that a runtime that forgets or folds them wrongly shows it. Each file is loaded
again and must give the module's own answers before it counts.
"""

import argparse
import contextlib
import copy
import io
import json
import logging
import shutil
import sys
import warnings
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any, Optional

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _NormBase
from torch.utils import _pytree as pytree

from architectures import Architecture, architectures

RELATIVE_TOLERANCE = {torch.float16: 5e-3, torch.bfloat16: 5e-2}


def draw_weights(model: nn.Module, generator: torch.Generator) -> None:
    """He initialisation, so that activations keep their size through the layers; no bias is zero.

    A module's attribute `gain` scales that: branches that are added to something should be the smaller part, as they are after
    training, or rounding errors grow from block to block.
    """
    for module in model.modules():
        if isinstance(module, (nn.modules.conv._ConvNd, nn.Linear)):
            fan_in = module.weight[0].numel()
            if getattr(module, "transposed", False):
                fan_in = max(1, fan_in // (module.stride[0] * module.stride[1]))
            draw(module.weight, getattr(module, "gain", 1.0) * (2.0 / fan_in) ** 0.5, generator)
            if module.bias is not None:
                draw(module.bias, 0.05, generator)
        elif isinstance(module, (nn.LayerNorm, nn.GroupNorm, nn.InstanceNorm2d)):
            spread(module, generator)


def draw(parameter: Tensor, deviation: float, generator: torch.Generator) -> None:
    values = torch.randn(parameter.shape, generator=generator) * deviation
    with torch.no_grad():
        parameter.copy_(values)


def spread(norm: nn.Module, generator: torch.Generator) -> None:
    with torch.no_grad():
        norm.weight.copy_(getattr(norm, "gain", 1.0) * (0.6 + 0.8 * torch.rand(norm.weight.shape, generator=generator)))
        norm.bias.copy_(0.2 * torch.randn(norm.bias.shape, generator=generator))


def settle_batch_norms(model: nn.Module, inputs: tuple[Any, ...], generator: torch.Generator) -> None:
    """Gives every BatchNorm statistics near those of what it sees, in one pass: arbitrary ones would let signals explode or die.

    Seen are only a few pixels at the end of a network. A channel that hardly varies over these would be amplified, with its
    rounding errors, so its variance is drawn towards that of the layer.
    """

    def settle(norm: nn.Module, arguments: tuple[Any, ...]) -> None:
        x = arguments[0].double()
        if norm.running_mean is None or x.numel() == 0:
            return
        kept = [dimension for dimension in range(x.dim()) if dimension != 1]
        variance = x.var(kept, unbiased=False)
        variance = 0.4 * variance + 0.6 * variance.mean() + 0.05 * x.pow(2).mean(kept) + 1e-3
        offset = torch.randn(norm.num_features, generator=generator)
        factor = 0.6 + 0.9 * torch.rand(norm.num_features, generator=generator)
        norm.running_mean.copy_(x.mean(kept) + 0.2 * variance.sqrt() * offset)
        norm.running_var.copy_(variance * factor)

    hooks = []
    for module in model.modules():
        if isinstance(module, _NormBase) and module.track_running_stats:
            spread(module, generator)
            hooks.append(module.register_forward_pre_hook(settle))
    if hooks:
        model(*inputs)
    for hook in hooks:
        hook.remove()


def leaves(value: Any) -> list[Tensor]:
    """The answer's tensors in order; numbers as 0-dimensional tensors."""
    found = []
    for leaf in pytree.tree_leaves(value):
        if leaf is None:
            continue
        found.append(leaf if isinstance(leaf, Tensor) else torch.tensor(leaf))
    return found


def same(label: str, actual: Any, expected: list[Tensor]) -> None:
    actual = leaves(actual)
    if len(actual) != len(expected):
        raise ValueError(f"{label} gives {len(actual)} outputs, the module {len(expected)}")
    for index, (one, other) in enumerate(zip(actual, expected)):
        if one.shape != other.shape or one.dtype != other.dtype:
            raise ValueError(
                f"{label}: output {index} is {one.dtype}{list(one.shape)}, of the module {other.dtype}{list(other.shape)}"
            )
        if other.numel() == 0:
            continue
        if not (other.is_floating_point() or other.is_complex()):
            if not torch.equal(one, other):
                raise ValueError(f"{label}: output {index} differs")
            continue
        difference = ((one - other).abs().max() / other.abs().max().clamp(min=1e-30)).item()
        if not difference <= RELATIVE_TOLERANCE.get(other.dtype, 1e-4):
            raise ValueError(f"{label}: output {index} differs by {difference:.2e} relative")


def lively(name: str, outputs: list[Tensor]) -> None:
    """A dull answer would hide mistakes."""
    for index, output in enumerate(outputs):
        if not (output.is_floating_point() or output.is_complex()) or output.numel() < 2:
            continue
        if not torch.isfinite(torch.view_as_real(output) if output.is_complex() else output).all():
            raise ValueError(f"output {index} of {name} is not finite")
        if (output - output.flatten()[0]).abs().max() < 1e-4 * output.abs().max():
            raise ValueError(f"output {index} of {name} has the same value everywhere")


def save_arrays(folder: Path, stem: str, values: list[Tensor]) -> None:
    for index, value in enumerate(values):
        np.save(folder / f"{stem}{index}.npy", value.detach().contiguous().numpy())


def fresh(model: nn.Module) -> nn.Module:
    """A copy, so that a model with state starts from its initial state each time."""
    return copy.deepcopy(model)


def operators_of_graph_module(module: torch.fx.GraphModule) -> tuple[Counter, list[str]]:
    """Operators by name and control-flow constructs, nested graphs included."""
    operators: Counter = Counter()
    control: Counter = Counter()
    for graph in [part for part in module.modules() if isinstance(part, torch.fx.GraphModule)]:
        for node in graph.graph.nodes:
            if node.op != "call_function":
                continue
            name = str(node.target)
            if isinstance(node.target, torch._ops.HigherOrderOperator):
                control[node.target.name()] += 1
            elif isinstance(node.target, torch._ops.OpOverload):
                operators[name.split(".")[0] + "." + name.split(".", 1)[1]] += 1
    return operators, counted(control)


def forget_paths(program: torch.export.ExportedProgram) -> None:
    """Stack traces are of no use to another runtime, name files of this machine, and are most of a small archive."""
    for module in program.graph_module.modules():
        if isinstance(module, torch.fx.GraphModule):
            for node in module.graph.nodes:
                node.meta.pop("stack_trace", None)


def counted(control: Counter) -> list[str]:
    return [name if count == 1 else f"{name} x{count}" for name, count in sorted(control.items())]


def operators_of_script(graph: Any) -> tuple[Counter, list[str]]:
    operators: Counter = Counter()
    control: Counter = Counter()

    def walk(block: Any) -> None:
        for node in block.nodes():
            kind = node.kind()
            if kind == "prim::If":
                control["if"] += 1
            elif kind == "prim::Loop":
                control["loop"] += 1
            elif not kind.startswith(("prim::", "onnx::")):
                operators[kind] += 1
            for nested in node.blocks():
                walk(nested)

    walk(graph)
    return operators, counted(control)


def described(operators: Counter, control: list[str]) -> dict[str, Any]:
    return {
        "operators": sum(operators.values()),
        "distinct_operators": len(operators),
        "control_flow": control,
    }


def reason(error: BaseException) -> str:
    """The first lines of PyTorch's text that say something."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip() and set(line.strip()) != {"~", "-"}]
    return f"{type(error).__name__}: " + " ".join(lines)[:400]


class Exporter:
    """One architecture into one folder."""

    def __init__(self, architecture: Architecture, out: Path) -> None:
        self.architecture = architecture
        self.folder = out / architecture.name
        generator = torch.Generator().manual_seed(architecture.seed)
        torch.manual_seed(architecture.seed)
        self.model = architecture.build().eval()
        draw_weights(self.model, generator)
        self.inputs = architecture.inputs(generator)
        self.inputs_b = architecture.inputs_b(generator) if architecture.inputs_b else None
        settle_batch_norms(self.model, self.settling(), generator)
        self.model.requires_grad_(False)
        self.files: dict[str, Any] = {}
        self.missing: dict[str, str] = {}

    def settling(self) -> tuple[Any, ...]:
        """Statistics of nothing are nothing: an architecture whose first inputs are empty settles on its second ones."""
        empty = any(value.numel() == 0 for value in leaves(self.inputs))
        return self.inputs_b if empty and self.inputs_b else self.inputs

    def export(self) -> None:
        if self.folder.exists():
            shutil.rmtree(self.folder)
        self.folder.mkdir(parents=True)
        architecture = self.architecture
        self.expected = leaves(fresh(self.model)(*self.inputs))
        lively(architecture.name, self.expected)
        save_arrays(self.folder, "input", leaves(self.inputs))
        save_arrays(self.folder, "output", self.expected)
        self.expected_b: Optional[list[Tensor]] = None
        if self.inputs_b is not None:
            self.expected_b = leaves(fresh(self.model)(*self.inputs_b))
            lively(architecture.name, self.expected_b)
            save_arrays(self.folder, "input_b", leaves(self.inputs_b))
            save_arrays(self.folder, "output_b", self.expected_b)
        if architecture.steps:
            self.save_sequence()
        self.attempt("model.pt2", architecture.exported, self.write_export, "its purpose is a TorchScript construct")
        if architecture.dynamic is not None:
            self.attempt("model_dynamic.pt2", architecture.exported, self.write_dynamic, "")
        self.attempt("model_scripted.pt", architecture.scripted, self.write_scripted, "its purpose is a torch.export construct")
        self.attempt("model_traced.pt", architecture.traced, self.write_traced, "a trace forgets its control flow")
        self.write_meta()

    def save_sequence(self) -> None:
        generator = torch.Generator().manual_seed(self.architecture.seed + 1)
        steps = [self.architecture.inputs(generator) for _ in range(self.architecture.steps)]
        model = fresh(self.model)
        answers = [[answer.clone() for answer in leaves(model(*step))] for step in steps]
        for stem, rows in (("seq_input", [leaves(step) for step in steps]), ("seq_output", answers)):
            columns = [torch.stack(column) for column in zip(*rows)]
            if len(columns) == 1:
                np.save(self.folder / f"{stem}.npy", columns[0].numpy())
            else:
                save_arrays(self.folder, stem, columns)

    def attempt(self, file: str, wanted: bool, write: Callable[[Path], dict[str, Any]], otherwise: str) -> None:
        if not wanted:
            if otherwise:
                self.missing[file] = otherwise
            return
        path = self.folder / file
        try:
            with contextlib.redirect_stderr(io.StringIO()):
                self.files[file] = write(path)
            self.files[file]["bytes"] = path.stat().st_size
        except Exception as error:  # noqa: BLE001  whatever PyTorch says is the reason to report
            path.unlink(missing_ok=True)
            self.missing[file] = reason(error)

    def write_export(self, path: Path) -> dict[str, Any]:
        program = torch.export.export(fresh(self.model), self.inputs, strict=False)
        forget_paths(program)
        torch.export.save(program, path)
        same(path.name, torch.export.load(path).module()(*self.inputs), self.expected)
        return described(*operators_of_graph_module(program.graph_module))

    def write_dynamic(self, path: Path) -> dict[str, Any]:
        program = torch.export.export(
            fresh(self.model), self.inputs, dynamic_shapes=self.architecture.dynamic, strict=False
        )
        forget_paths(program)
        torch.export.save(program, path)
        loaded = torch.export.load(path).module()
        same(path.name, loaded(*self.inputs), self.expected)
        if self.inputs_b is not None:
            same(path.name + " on the second inputs", loaded(*self.inputs_b), self.expected_b)
        return described(*operators_of_graph_module(program.graph_module))

    def write_scripted(self, path: Path) -> dict[str, Any]:
        torch.jit.script(fresh(self.model)).save(str(path))
        self.without_debug_records(path)
        return self.check_script(path)

    def write_traced(self, path: Path) -> dict[str, Any]:
        torch.jit.trace(fresh(self.model), self.inputs, check_trace=False, strict=False).save(str(path))
        if self.architecture.steps:  # tracing ran the model: what it remembers is not its initial state
            raise ValueError("a trace would start from the state that tracing left behind")
        self.without_debug_records(path)
        return self.check_script(path)

    def without_debug_records(self, path: Path) -> None:
        """Small archives are kept in the repository, and debug records name files of the machine that wrote them."""
        if not self.architecture.tiny:
            return
        reader = torch._C.PyTorchFileReader(str(path))
        records = [name for name in reader.get_all_records() if not name.endswith(".debug_pkl")]
        contents = {name: reader.get_record(name) for name in records}
        writer = torch._C.PyTorchFileWriter(str(path))
        writer.set_min_version(int(contents["version"]))
        for name, content in contents.items():
            if name != "version" and not name.startswith(".data/"):  # these it writes itself
                writer.write_record(name, content, len(content))
        writer.write_end_of_file()

    def check_script(self, path: Path) -> dict[str, Any]:
        same(path.name, torch.jit.load(str(path))(*self.inputs), self.expected)
        if self.inputs_b is not None:
            same(path.name + " on the second inputs", torch.jit.load(str(path))(*self.inputs_b), self.expected_b)
        return described(*operators_of_script(torch.jit.load(str(path)).inlined_graph))

    def write_meta(self) -> None:
        parameters = sum(parameter.numel() for parameter in self.model.parameters())
        meta = {
            "architecture": self.architecture.title,
            "paper": self.architecture.paper,
            "parameters": parameters,
            "torch": torch.__version__.split("+")[0],
            "computes_in": sorted({str(value.dtype).removeprefix("torch.") for value in self.model.state_dict().values()}),
            "files": self.files,
            "missing": self.missing,
        }
        (self.folder / "meta.json").write_text(json.dumps(meta, indent=2) + "\n")


def main() -> int:
    every = {architecture.name: architecture for architecture in architectures()}
    parser = argparse.ArgumentParser(description="Exports the zoo of architectures.")
    parser.add_argument("names", nargs="*", metavar="NAME", help="only these; without any, all")
    parser.add_argument("--out", type=Path, default=Path(__file__).resolve().parent / "out", help="folder to write to")
    parser.add_argument("--tiny", action="store_true", help="only those of a few kilobytes, which `mvn verify` reads")
    options = parser.parse_args()
    names = options.names or [name for name, architecture in every.items() if architecture.tiny == options.tiny]
    unknown = [name for name in options.names if name not in every]
    if unknown:
        parser.error(f"no architecture is named {', '.join(unknown)}; there are: {', '.join(every)}")
    torch.set_num_threads(1)
    warnings.filterwarnings("ignore")
    logging.disable(logging.WARNING)
    failures = 0
    with torch.no_grad():
        for name in names:
            try:
                exporter = Exporter(every[name], options.out)
                exporter.export()
            except Exception as error:  # noqa: BLE001  one broken architecture must not hide the others
                failures += 1
                print(f"{name}: FAILED {reason(error)}", flush=True)
                if options.names:
                    raise
                continue
            missing = "".join(f"\n    no {file}: {why}" for file, why in exporter.missing.items())
            print(f"{name}: {', '.join(exporter.files) or 'nothing'}{missing}", flush=True)
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
