"""Writes the inputs of the example workflows and PyTorch's answers to them: python examples/workflows/expected.py

The answers are computed with torch alone, stage by stage, from the same models; tests compare Saguaro's with them.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import torch
from torch.nn import functional as F

HERE = Path(__file__).parent
EXAMPLES = HERE.parent
SHORTEST_DISTANCE = 1


def model(folder: str) -> torch.nn.Module:
    return torch.export.load(EXAMPLES / folder / "model.pt2").module()


def parameters(workflow: str, stage: str) -> dict:
    stages = json.loads((HERE / f"{workflow}.json").read_text())["stages"]
    return next(s for s in stages if s["id"] == stage)["parameters"]


def save(workflow: str, inputs: list[np.ndarray], outputs: list[torch.Tensor]) -> None:
    for i, array in enumerate(inputs):
        np.save(HERE / f"{workflow}-input{i}.npy", array)
    for i, tensor in enumerate(outputs):
        np.save(HERE / f"{workflow}-output{i}.npy", tensor.numpy())
        print(workflow, i, tuple(tensor.shape), tensor.flatten()[:8].tolist())


def nms(boxes: torch.Tensor, scores: torch.Tensor, threshold: float) -> torch.Tensor:
    """torchvision.ops.nms, written out: this script needs torch only."""
    kept: list[int] = []
    for i in scores.argsort(descending=True).tolist():
        a = boxes[i]
        overlaps = []
        for j in kept:
            b = boxes[j]
            width = (torch.minimum(a[2], b[2]) - torch.maximum(a[0], b[0])).clamp(min=0)
            height = (torch.minimum(a[3], b[3]) - torch.maximum(a[1], b[1])).clamp(min=0)
            both = width * height
            union = (a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1]) - both
            overlaps.append(float(both / union))
        if all(overlap <= threshold for overlap in overlaps):
            kept.append(i)
    return torch.tensor(kept, dtype=torch.int64)


def shapes_camera() -> None:
    scene = torch.from_numpy(np.load(EXAMPLES / "shapes-detector" / "samples.npy")[1:2])
    photo = F.interpolate(scene, size=(240, 320), mode="bilinear", align_corners=False)
    photo = (photo[0].permute(1, 2, 0) * 255).round().clamp(0, 255).to(torch.uint8).contiguous()
    x = photo.permute(2, 0, 1).unsqueeze(0).to(torch.float32) * parameters("shapes-camera", "floats")["factor"]
    x = F.interpolate(x, size=(128, 128), mode="bilinear", align_corners=False)
    boxes, scores, classes = (t[0] for t in model("shapes-detector")(x))
    once = parameters("shapes-camera", "once")
    above = (scores > once["scoreThreshold"]).nonzero().squeeze(1)
    apart = boxes + (classes.to(boxes.dtype) * (boxes.max() + SHORTEST_DISTANCE)).unsqueeze(1)
    kept = above[nms(apart[above], scores[above], once["iouThreshold"])]
    save("shapes-camera", [photo.numpy()], [boxes[kept], scores[kept], classes[kept]])


def mel_filters(bands: int, bins: int, rate: float, low: float, high: float) -> torch.Tensor:
    """torchaudio.functional.melscale_fbanks (HTK, no norm), written out, transposed."""
    frequencies = torch.linspace(0, rate / 2, bins, dtype=torch.float64)
    ends = 2595 * np.log10(1 + np.array([low, high]) / 700)
    points = 700 * (10 ** (torch.linspace(*ends, bands + 2, dtype=torch.float64) / 2595) - 1)
    widths = points[1:] - points[:-1]
    slopes = points.unsqueeze(0) - frequencies.unsqueeze(1)
    falling = -slopes[:, :-2] / widths[:-1]
    rising = slopes[:, 2:] / widths[1:]
    return torch.minimum(falling, rising).clamp(min=0).T.to(torch.float32)


def spoken_command() -> None:
    wave = np.load(EXAMPLES / "speech-commands" / "samples.npy")[0, 0]
    samples = np.clip(np.round(wave * 32768), -32768, 32767).astype(np.int16)
    floats = torch.from_numpy(samples).to(torch.float32) * parameters("spoken-command", "floats")["factor"]
    likely = model("speech-commands")(floats.reshape(1, 1, 8000)).softmax(-1)
    best = likely.topk(2)
    picture = parameters("spoken-command", "picture")
    points = picture["points"]
    spectrum = torch.stft(
        floats, points, picture["hop"], window=torch.hann_window(points), center=True, return_complex=True
    )
    filters = mel_filters(picture["mels"], points // 2 + 1, picture["sampleRate"], 0, picture["sampleRate"] / 2)
    energies = filters @ spectrum.abs() ** 2
    save("spoken-command", [samples], [best.values, best.indices, energies.clamp(min=1e-6).log()])


def every_builtin() -> None:
    photo = np.random.default_rng(7).integers(0, 256, (24, 32, 3), dtype=np.uint8)
    units = torch.from_numpy(photo).to(torch.float32).permute(2, 0, 1).unsqueeze(0) * 0.0078125 - 1
    mean = torch.tensor([0.485, 0.456, 0.406]).reshape(3, 1, 1)
    std = torch.tensor([0.229, 0.224, 0.225]).reshape(3, 1, 1)
    normal = (units - mean) / std
    larger = F.interpolate(normal, size=(30, 50), mode="nearest")
    middle = larger[:, :, 12:18, 20:30]
    corner = normal[:, :, 1:7, 2:12]
    joined = torch.cat([middle + corner, middle * corner], 1)
    one = joined[:, 0, 1:4].squeeze(0)
    chances = one.sigmoid()
    sound = units.reshape(2, -1)
    waves = torch.stft(sound, 64, 24, window=torch.hann_window(64), center=True, return_complex=True)
    spectrum = torch.stft(sound, 64, 24, window=torch.ones(64), center=False, return_complex=True).abs()
    outputs = [
        units.clamp(-0.5, 0.5),
        F.pad(middle, (1, 0, 2, 0), value=0.25),
        joined,
        torch.stack([middle + corner, middle * corner], -1),
        one.unsqueeze(-1),
        chances,
        chances.argmax(0),
        *chances.max(-1),
        torch.view_as_real(waves),
        spectrum,
        normal,
    ]
    save("every-builtin", [photo], [output.contiguous() for output in outputs])


if __name__ == "__main__":
    with torch.no_grad():
        every_builtin()
        shapes_camera()
        spoken_command()
