"""Writes and checks the files of one example folder, for every train.py and verify.py; README.md says what each is."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

TOLERANCE = 1e-4


@dataclass(frozen=True)
class Example:
    """What app.json says about an example, apart from what follows from the model and its samples."""

    name: str
    title: str
    task: str
    classes: tuple[str, ...]
    input_meaning: str
    output_meanings: tuple[str, ...]
    metric: str
    metric_value: float
    metric_samples: int
    extra: dict[str, Any]


def write_example(
    folder: Path,
    example: Example,
    model: nn.Module,
    samples: np.ndarray,
    expected: list[dict[str, Any]],
    scripted: bool,
) -> None:
    """Exports the model and writes all files of the folder; the first sample becomes `input.npy`."""
    model.eval()
    first = torch.from_numpy(samples[:1].copy())
    with torch.no_grad():
        outputs = as_tuple(model(first))
        program = torch.export.export(model, (first,))
        script = torch.jit.script(model) if scripted else torch.jit.trace(model, first)
    forget_source_lines(program)
    torch.export.save(program, folder / "model.pt2")
    script.save(str(folder / "model.pt"))
    drop_debug_records(folder / "model.pt")

    np.save(folder / "input.npy", first.numpy())
    for stale in folder.glob("output*.npy"):
        stale.unlink()
    for index, output in enumerate(outputs):
        np.save(folder / ("output.npy" if len(outputs) == 1 else f"output{index}.npy"), output.numpy())
    np.save(folder / "samples.npy", samples)
    write_expected(folder / "samples_expected.json", example.classes, expected)
    write_json(
        folder / "app.json",
        {
            "name": example.name,
            "title": example.title,
            "task": example.task,
            "model": "model.pt2",
            "torchscript": "model.pt",
            "samples": "samples.npy",
            "expected": "samples_expected.json",
            "classes": list(example.classes),
            "input": {"meaning": example.input_meaning, **described(first)},
            "outputs": [
                {"meaning": meaning, **described(output)} for meaning, output in zip(example.output_meanings, outputs)
            ],
            "metric": {
                "name": example.metric,
                "value": round(example.metric_value, 4),
                "testSamples": example.metric_samples,
            },
            **example.extra,
        },
    )
    for problem in problems_of(folder):
        raise SystemExit(f"{folder.name}: {problem}")


def problems_of(folder: Path) -> list[str]:
    """What is wrong with a folder: PyTorch's answers from the stored models against the stored arrays."""
    example_input = torch.from_numpy(np.load(folder / "input.npy"))
    paths = [folder / "output.npy"] if (folder / "output.npy").exists() else sorted(folder.glob("output[0-9].npy"))
    expected = [np.load(path) for path in paths]
    loaders = {
        "model.pt2": lambda path: torch.export.load(path).module(),
        "model.pt": lambda path: torch.jit.load(str(path)),
    }
    problems: list[str] = []
    for name, load in loaders.items():
        with torch.no_grad():
            outputs = as_tuple(load(folder / name)(example_input))
        if len(outputs) != len(expected):
            problems.append(f"{name} has {len(outputs)} outputs, there are {len(expected)} output files")
            continue
        for path, output, wanted in zip(paths, outputs, expected):
            difference = relative_difference(output.numpy(), wanted)
            if not difference <= TOLERANCE:
                problems.append(
                    f"{name} differs from {path.name} by {difference:.2e} relative (allowed {TOLERANCE:.0e})"
                )
    app = json.loads((folder / "app.json").read_text())
    samples = np.load(folder / app["samples"], mmap_mode="r")
    truths = json.loads((folder / app["expected"]).read_text())["samples"]
    if len(samples) != len(truths):
        problems.append(f"{len(samples)} samples, but {len(truths)} expected answers")
    if not np.array_equal(samples[:1], example_input.numpy()):
        problems.append("input.npy is not the first sample")
    return problems


def relative_difference(actual: np.ndarray, expected: np.ndarray) -> float:
    """Largest difference, relative to the largest expected value; infinite if the shape or type differs."""
    if actual.shape != expected.shape or actual.dtype != expected.dtype:
        return float("inf")
    if not np.issubdtype(expected.dtype, np.floating):
        return 0.0 if np.array_equal(actual, expected) else float("inf")
    scale = float(np.abs(expected).max()) or 1.0
    return float(np.abs(actual - expected).max()) / scale


def as_tuple(outputs: Tensor | tuple[Tensor, ...]) -> tuple[Tensor, ...]:
    return (outputs,) if isinstance(outputs, Tensor) else tuple(outputs)


def described(tensor: Tensor) -> dict[str, Any]:
    return {"dtype": str(tensor.dtype).removeprefix("torch."), "shape": list(tensor.shape)}


def forget_source_lines(program: torch.export.ExportedProgram) -> None:
    """Removes the paths of the exporting machine's Python files; module paths stay."""
    for node in program.graph.nodes:
        node.meta.pop("stack_trace", None)


def drop_debug_records(path: Path) -> None:
    """TorchScript keeps source lines with the exporting machine's paths in records that only error messages use."""
    reader = torch._C.PyTorchFileReader(str(path))
    # The writer adds these itself.
    own = ("version", ".data/serialization_id")
    records = {
        name: reader.get_record(name)
        for name in reader.get_all_records()
        if not name.endswith(".debug_pkl") and name not in own
    }
    writer = torch._C.PyTorchFileWriter(str(path))
    for name, content in records.items():
        writer.write_record(name, content, len(content))
    writer.write_end_of_file()


def write_expected(path: Path, classes: tuple[str, ...], samples: list[dict[str, Any]]) -> None:
    """One line per sample, so that the file can be read and compared by eye."""
    lines = ",\n".join("    " + json.dumps(sample) for sample in samples)
    path.write_text(f'{{\n  "classes": {json.dumps(list(classes))},\n  "samples": [\n{lines}\n  ]\n}}\n')


def write_json(path: Path, content: dict[str, Any]) -> None:
    path.write_text(json.dumps(content, indent=2) + "\n")
