"""Exports the networks that `./saguaro bench cpu` times.

    python export.py [--only NAME ...] [--out DIR]

Writes, for each network, a folder `out/NAME` with

    model.pt2    torch.export, eval mode, static 1x3x224x224
    model.pt     TorchScript, a plain trace of the same module
    model.onnx   the same graph for ONNX Runtime, weights embedded (skipped without the onnx packages)
    input.npy    one input
    output.npy   PyTorch's answer to it

The weights are random, drawn from a fixed seed: a bench needs the published architectures, not their accuracy.
They are drawn so that wrong folding of a BatchNorm shows in the output: see `settle_batch_norms`.
The architectures are defined here and checked against their published parameter counts.
"""

from __future__ import annotations

import argparse
import importlib.util
import logging
import sys
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

CLASSES = 1000
INPUT_SHAPE = (1, 3, 224, 224)
SEED = 20240527
ONNX_OPSET = 18
TOLERANCE = 1e-4


# ResNet-18 (He et al., 2015, arXiv:1512.03385)


class BasicBlock(nn.Module):
    def __init__(self, inputs: int, outputs: int, stride: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, outputs, 3, stride=stride, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(outputs)
        self.conv2 = nn.Conv2d(outputs, outputs, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(outputs)
        self.relu = nn.ReLU(inplace=True)
        self.shortcut: nn.Module = nn.Identity()
        if stride != 1 or inputs != outputs:
            self.shortcut = nn.Sequential(
                nn.Conv2d(inputs, outputs, 1, stride=stride, bias=False), nn.BatchNorm2d(outputs)
            )

    def forward(self, x: Tensor) -> Tensor:
        y = self.relu(self.bn1(self.conv1(x)))
        y = self.bn2(self.conv2(y))
        return self.relu(y + self.shortcut(x))


class ResNet18(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Sequential(
            nn.Conv2d(3, 64, 7, stride=2, padding=3, bias=False),
            nn.BatchNorm2d(64),
            nn.ReLU(inplace=True),
            nn.MaxPool2d(3, stride=2, padding=1),
        )
        blocks: list[nn.Module] = []
        inputs = 64
        for outputs, stride in ((64, 1), (128, 2), (256, 2), (512, 2)):
            blocks += [BasicBlock(inputs, outputs, stride), BasicBlock(outputs, outputs, 1)]
            inputs = outputs
        self.blocks = nn.Sequential(*blocks)
        self.pool = nn.AdaptiveAvgPool2d(1)
        self.classifier = nn.Linear(512, CLASSES)

    def forward(self, x: Tensor) -> Tensor:
        return self.classifier(torch.flatten(self.pool(self.blocks(self.stem(x))), 1))


# VGG-11, configuration A without BatchNorm (Simonyan and Zisserman, 2014, arXiv:1409.1556)


class Vgg11(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        inputs = 3
        for stage in ((64,), (128,), (256, 256), (512, 512), (512, 512)):
            for outputs in stage:
                layers += [nn.Conv2d(inputs, outputs, 3, padding=1), nn.ReLU(inplace=True)]
                inputs = outputs
            layers.append(nn.MaxPool2d(2))
        self.features = nn.Sequential(*layers)
        self.classifier = nn.Sequential(
            nn.Linear(512 * 7 * 7, 4096),
            nn.ReLU(inplace=True),
            nn.Dropout(),
            nn.Linear(4096, 4096),
            nn.ReLU(inplace=True),
            nn.Dropout(),
            nn.Linear(4096, CLASSES),
        )

    def forward(self, x: Tensor) -> Tensor:
        return self.classifier(torch.flatten(self.features(x), 1))


# SqueezeNet 1.1 (Iandola et al., 2016, arXiv:1602.07360; the 1.1 variant of its authors' repository)


class Fire(nn.Module):
    def __init__(self, inputs: int, squeezed: int, expanded: int) -> None:
        super().__init__()
        self.squeeze = nn.Conv2d(inputs, squeezed, 1)
        self.expand1x1 = nn.Conv2d(squeezed, expanded, 1)
        self.expand3x3 = nn.Conv2d(squeezed, expanded, 3, padding=1)
        self.relu = nn.ReLU(inplace=True)

    def forward(self, x: Tensor) -> Tensor:
        x = self.relu(self.squeeze(x))
        return torch.cat([self.relu(self.expand1x1(x)), self.relu(self.expand3x3(x))], 1)


class SqueezeNet11(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.features = nn.Sequential(
            nn.Conv2d(3, 64, 3, stride=2),
            nn.ReLU(inplace=True),
            nn.MaxPool2d(3, stride=2, ceil_mode=True),
            Fire(64, 16, 64),
            Fire(128, 16, 64),
            nn.MaxPool2d(3, stride=2, ceil_mode=True),
            Fire(128, 32, 128),
            Fire(256, 32, 128),
            nn.MaxPool2d(3, stride=2, ceil_mode=True),
            Fire(256, 48, 192),
            Fire(384, 48, 192),
            Fire(384, 64, 256),
            Fire(512, 64, 256),
        )
        self.classifier = nn.Sequential(
            nn.Dropout(), nn.Conv2d(512, CLASSES, 1), nn.ReLU(inplace=True), nn.AdaptiveAvgPool2d(1)
        )

    def forward(self, x: Tensor) -> Tensor:
        return torch.flatten(self.classifier(self.features(x)), 1)


# MobileNetV3-small (Howard et al., 2019, arXiv:1905.02244, table 2)


def rounded_to_eight(channels: float) -> int:
    """The nearest multiple of eight that is not more than a tenth smaller."""
    rounded = max(8, int(channels + 4) // 8 * 8)
    return rounded + 8 if rounded < 0.9 * channels else rounded


def conv_norm(
    inputs: int, outputs: int, kernel: int, activation: type[nn.Module] | None, stride: int = 1, groups: int = 1
) -> nn.Sequential:
    layers: list[nn.Module] = [
        nn.Conv2d(inputs, outputs, kernel, stride=stride, padding=kernel // 2, groups=groups, bias=False),
        nn.BatchNorm2d(outputs, eps=1e-3, momentum=0.01),
    ]
    if activation is not None:
        layers.append(activation(inplace=True))
    return nn.Sequential(*layers)


class SqueezeExcite(nn.Module):
    def __init__(self, channels: int) -> None:
        super().__init__()
        squeezed = rounded_to_eight(channels / 4)
        self.pool = nn.AdaptiveAvgPool2d(1)
        self.reduce = nn.Conv2d(channels, squeezed, 1)
        self.relu = nn.ReLU(inplace=True)
        self.expand = nn.Conv2d(squeezed, channels, 1)
        self.gate = nn.Hardsigmoid()

    def forward(self, x: Tensor) -> Tensor:
        return x * self.gate(self.expand(self.relu(self.reduce(self.pool(x)))))


class InvertedResidual(nn.Module):
    def __init__(
        self,
        inputs: int,
        kernel: int,
        expanded: int,
        outputs: int,
        excite: bool,
        activation: type[nn.Module],
        stride: int,
    ) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        if expanded != inputs:
            layers.append(conv_norm(inputs, expanded, 1, activation))
        layers.append(conv_norm(expanded, expanded, kernel, activation, stride=stride, groups=expanded))
        if excite:
            layers.append(SqueezeExcite(expanded))
        layers.append(conv_norm(expanded, outputs, 1, None))
        self.block = nn.Sequential(*layers)
        self.residual = stride == 1 and inputs == outputs

    def forward(self, x: Tensor) -> Tensor:
        return x + self.block(x) if self.residual else self.block(x)


class MobileNetV3Small(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        relu, swish = nn.ReLU, nn.Hardswish
        # kernel, expanded, outputs, squeeze and excite, activation, stride
        rows = (
            (3, 16, 16, True, relu, 2),
            (3, 72, 24, False, relu, 2),
            (3, 88, 24, False, relu, 1),
            (5, 96, 40, True, swish, 2),
            (5, 240, 40, True, swish, 1),
            (5, 240, 40, True, swish, 1),
            (5, 120, 48, True, swish, 1),
            (5, 144, 48, True, swish, 1),
            (5, 288, 96, True, swish, 2),
            (5, 576, 96, True, swish, 1),
            (5, 576, 96, True, swish, 1),
        )
        layers: list[nn.Module] = [conv_norm(3, 16, 3, swish, stride=2)]
        inputs = 16
        for kernel, expanded, outputs, excite, activation, stride in rows:
            layers.append(InvertedResidual(inputs, kernel, expanded, outputs, excite, activation, stride))
            inputs = outputs
        layers.append(conv_norm(inputs, 576, 1, swish))
        self.features = nn.Sequential(*layers)
        self.pool = nn.AdaptiveAvgPool2d(1)
        self.classifier = nn.Sequential(
            nn.Linear(576, 1024), nn.Hardswish(inplace=True), nn.Dropout(0.2), nn.Linear(1024, CLASSES)
        )

    def forward(self, x: Tensor) -> Tensor:
        return self.classifier(torch.flatten(self.pool(self.features(x)), 1))


@dataclass(frozen=True)
class BenchModel:
    name: str
    build: Callable[[], nn.Module]
    parameters: int


MODELS = (
    BenchModel("resnet18", ResNet18, 11_689_512),
    BenchModel("vgg11", Vgg11, 132_863_336),
    BenchModel("squeezenet1_1", SqueezeNet11, 1_235_496),
    BenchModel("mobilenet_v3_small", MobileNetV3Small, 2_542_856),
)


def picture_like(batch: int, generator: torch.Generator) -> Tensor:
    """Smooth blobs with a little noise: like a photograph, neighbouring pixels resemble each other."""
    height, width = INPUT_SHAPE[2:]
    coarse = torch.randn(batch, INPUT_SHAPE[1], height // 16, width // 16, generator=generator)
    smooth = F.interpolate(coarse, size=(height, width), mode="bicubic", align_corners=False)
    return smooth + 0.1 * torch.randn(smooth.shape, generator=generator)


def draw_weights(model: nn.Module, generator: torch.Generator) -> None:
    """He initialisation, so that activations keep their size through the layers; biases are not zero."""
    for module in model.modules():
        if isinstance(module, (nn.Conv2d, nn.Linear)):
            fan_in = module.weight[0].numel()
            nn.init.normal_(module.weight, std=(2.0 / fan_in) ** 0.5, generator=generator)
            if module.bias is not None:
                nn.init.normal_(module.bias, std=0.05, generator=generator)


def settle_batch_norms(model: nn.Module, generator: torch.Generator) -> None:
    """Gives every BatchNorm a scale and shift of its own, and statistics that are near the true ones but not equal.

    Fresh statistics (mean 0, variance 1) would hide a runtime that forgets them; arbitrary ones would let the
    activations explode or die. So they are measured first and disturbed afterwards.
    """
    norms = [module for module in model.modules() if isinstance(module, nn.BatchNorm2d)]
    if not norms:
        return
    momentum = [norm.momentum for norm in norms]
    for norm in norms:
        nn.init.uniform_(norm.weight, 0.6, 1.4, generator=generator)
        nn.init.normal_(norm.bias, std=0.2, generator=generator)
        norm.momentum = 1.0
    model.train()
    with torch.no_grad():
        model(picture_like(8, generator))
        for norm, original in zip(norms, momentum):
            norm.momentum = original
            offset = torch.randn(norm.num_features, generator=generator)
            norm.running_mean += 0.2 * norm.running_var.sqrt() * offset
            norm.running_var *= 0.6 + 0.9 * torch.rand(norm.num_features, generator=generator)


def relative_difference(actual: Tensor, expected: Tensor) -> float:
    return ((actual - expected).abs().max() / expected.abs().max()).item()


def check(label: str, actual: Tensor, expected: Tensor) -> None:
    difference = relative_difference(actual, expected)
    if not difference <= TOLERANCE:
        raise SystemExit(f"{label} differs from PyTorch by {difference:.2e} relative (allowed {TOLERANCE:.0e})")


def export_onnx(model: nn.Module, example: Tensor, path: Path) -> bool:
    missing = [name for name in ("onnx", "onnxscript") if importlib.util.find_spec(name) is None]
    if missing:
        print(f"  model.onnx skipped: install {' and '.join(missing)} (see requirements.txt)", file=sys.stderr)
        return False
    torch.onnx.export(
        model,
        (example,),
        path,
        input_names=["input"],
        output_names=["output"],
        opset_version=ONNX_OPSET,
        external_data=False,
        dynamo=True,
        verbose=False,
    )
    return True


def export(bench_model: BenchModel, folder: Path) -> None:
    generator = torch.Generator().manual_seed(SEED)
    model = bench_model.build()
    parameters = sum(parameter.numel() for parameter in model.parameters())
    if parameters != bench_model.parameters:
        raise SystemExit(f"{bench_model.name}: {parameters} parameters, published: {bench_model.parameters}")
    draw_weights(model, generator)
    settle_batch_norms(model, generator)
    model.eval()
    example = picture_like(INPUT_SHAPE[0], generator)

    folder.mkdir(parents=True, exist_ok=True)
    with torch.no_grad():
        expected = model(example)
        np.save(folder / "input.npy", example.numpy())
        np.save(folder / "output.npy", expected.numpy())

        torch.export.save(torch.export.export(model, (example,)), folder / "model.pt2")
        check("model.pt2", torch.export.load(folder / "model.pt2").module()(example), expected)

        torch.jit.trace(model, example).save(str(folder / "model.pt"))
        check("model.pt", torch.jit.load(str(folder / "model.pt"))(example), expected)

        onnx_written = export_onnx(model, example, folder / "model.onnx")

    sizes = ", ".join(
        f"{name} {(folder / name).stat().st_size / 1e6:.1f} MB"
        for name in ("model.pt2", "model.pt", *(["model.onnx"] if onnx_written else []))
    )
    print(f"{bench_model.name}: {parameters:,} parameters, outputs {expected.min():.2f}..{expected.max():.2f}, {sizes}")


def main() -> None:
    names = [model.name for model in MODELS]
    parser = argparse.ArgumentParser(description="Exports the networks of the CPU bench.")
    parser.add_argument("--only", nargs="+", choices=names, default=names, help="export only these")
    parser.add_argument("--out", type=Path, default=Path(__file__).resolve().parent / "out", help="folder to write to")
    options = parser.parse_args()
    torch.set_num_threads(1)
    logging.getLogger("torch.onnx").setLevel(logging.ERROR)  # lists the torchvision operators it does without
    warnings.filterwarnings("ignore", category=FutureWarning, module="copyreg")  # torch.export's own deprecations
    for model in MODELS:
        if model.name in options.only:
            export(model, options.out / model.name)


if __name__ == "__main__":
    main()
