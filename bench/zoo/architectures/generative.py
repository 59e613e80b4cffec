# SPDX-License-Identifier: Apache-2.0
"""Networks that make something: codes, pictures, noise estimates."""

import math
from typing import Tuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from .convnets import BATCH
from .registry import add, normal, picture, pictures


class ConvAutoencoder(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.encoder = nn.Sequential(
            nn.Conv2d(1, 8, 3, stride=2, padding=1), nn.ReLU(), nn.Conv2d(8, 16, 3, stride=2, padding=1), nn.ReLU()
        )
        self.decoder = nn.Sequential(
            nn.ConvTranspose2d(16, 8, 3, stride=2, padding=1, output_padding=1),
            nn.ReLU(),
            nn.ConvTranspose2d(8, 1, 3, stride=2, padding=1, output_padding=1),
            nn.Sigmoid(),
        )

    def forward(self, x: Tensor) -> Tensor:
        return self.decoder(self.encoder(x))


add(
    "autoencoder", "Convolutional autoencoder", "Masci et al. 2011, ICANN", ConvAutoencoder,
    pictures(2, 1, 28, 28), inputs_b=pictures(4, 1, 28, 28), dynamic=BATCH,
)


class Vae(nn.Module):
    """In evaluation mode the code is the mean: nothing random is left."""

    def __init__(self) -> None:
        super().__init__()
        self.encoder = nn.Linear(784, 96)
        self.mean = nn.Linear(96, 8)
        self.log_variance = nn.Linear(96, 8)
        self.decoder = nn.Sequential(nn.Linear(8, 96), nn.ReLU(), nn.Linear(96, 784), nn.Sigmoid())

    def forward(self, x: Tensor) -> Tuple[Tensor, Tensor, Tensor]:
        hidden = F.relu(self.encoder(x.flatten(1)))
        mean, log_variance = self.mean(hidden), self.log_variance(hidden)
        code = mean
        if self.training:
            code = mean + torch.exp(0.5 * log_variance) * torch.randn_like(mean)
        return self.decoder(code).view_as(x), mean, log_variance


add(
    "vae", "Variational autoencoder (evaluation)", "Kingma & Welling 2013, arXiv:1312.6114", Vae,
    pictures(2, 1, 28, 28), inputs_b=pictures(5, 1, 28, 28), dynamic=BATCH,
)


class DcganGenerator(nn.Module):
    def __init__(self, width: int = 8) -> None:
        super().__init__()
        layers = []
        inputs = 32
        for outputs, stride, padding in ((8 * width, 1, 0), (4 * width, 2, 1), (2 * width, 2, 1), (width, 2, 1)):
            layers += [
                nn.ConvTranspose2d(inputs, outputs, 4, stride, padding, bias=False),
                nn.BatchNorm2d(outputs),
                nn.ReLU(True),
            ]
            inputs = outputs
        layers += [nn.ConvTranspose2d(inputs, 3, 4, 2, 1, bias=False), nn.Tanh()]
        self.layers = nn.Sequential(*layers)

    def forward(self, noise: Tensor) -> Tensor:
        return self.layers(noise)


add(
    "dcgan", "DCGAN generator, an eighth as wide", "Radford et al. 2015, arXiv:1511.06434", DcganGenerator,
    normal(2, 32, 1, 1), inputs_b=normal(3, 32, 1, 1), dynamic=BATCH,
)


class StyleBlock(nn.Module):
    def __init__(self, width: int) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.ReflectionPad2d(1),
            nn.Conv2d(width, width, 3),
            nn.InstanceNorm2d(width, affine=True),
            nn.ReLU(),
            nn.ReflectionPad2d(1),
            nn.Conv2d(width, width, 3),
            nn.InstanceNorm2d(width, affine=True),
        )

    def forward(self, x: Tensor) -> Tensor:
        return x + self.layers(x)


class StyleTransfer(nn.Module):
    """Fast style transfer, as the generator of CycleGAN has it too."""

    def __init__(self, width: int = 8) -> None:
        super().__init__()
        self.down = nn.Sequential(
            nn.ReflectionPad2d(4),
            nn.Conv2d(3, width, 9),
            nn.InstanceNorm2d(width, affine=True),
            nn.ReLU(),
            nn.Conv2d(width, 2 * width, 3, 2, 1),
            nn.InstanceNorm2d(2 * width, affine=True),
            nn.ReLU(),
        )
        self.blocks = nn.Sequential(*[StyleBlock(2 * width) for _ in range(3)])
        self.up = nn.Sequential(
            nn.Upsample(scale_factor=2, mode="nearest"),
            nn.ReplicationPad2d(1),
            nn.Conv2d(2 * width, width, 3),
            nn.InstanceNorm2d(width, affine=True),
            nn.LeakyReLU(0.2),
            nn.ReflectionPad2d(4),
            nn.Conv2d(width, 3, 9),
        )

    def forward(self, x: Tensor) -> Tensor:
        return torch.tanh(self.up(self.blocks(self.down(x))))


add(
    "style_transfer", "Fast style transfer / CycleGAN generator", "Johnson et al. 2016, arXiv:1603.08155",
    StyleTransfer, pictures(1, 3, 48, 48),
)


class TimedBlock(nn.Module):
    def __init__(self, inputs: int, outputs: int, time: int) -> None:
        super().__init__()
        self.norm1 = nn.GroupNorm(4, inputs)
        self.conv1 = nn.Conv2d(inputs, outputs, 3, padding=1)
        self.time = nn.Linear(time, outputs)
        self.norm2 = nn.GroupNorm(4, outputs)
        self.conv2 = nn.Conv2d(outputs, outputs, 3, padding=1)
        self.skip = nn.Conv2d(inputs, outputs, 1) if inputs != outputs else nn.Identity()

    def forward(self, x: Tensor, time: Tensor) -> Tensor:
        y = self.conv1(F.silu(self.norm1(x)))
        y = y + self.time(F.silu(time))[:, :, None, None]
        return self.conv2(F.silu(self.norm2(y))) + self.skip(x)


class DiffusionUNet(nn.Module):
    """The noise estimator of a denoising diffusion model: sinusoidal time steps, group norm, attention at the bottom."""

    def __init__(self, width: int = 16) -> None:
        super().__init__()
        self.width = width
        self.time = nn.Sequential(nn.Linear(width, 4 * width), nn.SiLU(), nn.Linear(4 * width, 4 * width))
        self.stem = nn.Conv2d(3, width, 3, padding=1)
        self.down1 = TimedBlock(width, width, 4 * width)
        self.pool = nn.Conv2d(width, 2 * width, 3, 2, 1)
        self.down2 = TimedBlock(2 * width, 2 * width, 4 * width)
        self.norm = nn.GroupNorm(4, 2 * width)
        self.attention = nn.MultiheadAttention(2 * width, 2, batch_first=True)
        self.up1 = TimedBlock(3 * width, width, 4 * width)
        self.head = nn.Conv2d(width, 3, 3, padding=1)

    def forward(self, x: Tensor, step: Tensor) -> Tensor:
        half = self.width // 2
        frequency = torch.exp(-math.log(10000.0) * torch.arange(half, device=x.device).float() / half)
        angle = step.float()[:, None] * frequency[None]
        time = self.time(torch.cat([angle.sin(), angle.cos()], dim=-1))
        first = self.down1(self.stem(x), time)
        second = self.down2(self.pool(first), time)
        batch, channels, height, width = second.shape
        tokens = self.norm(second).view(batch, channels, height * width).transpose(1, 2)
        mixed, weights = self.attention(tokens, tokens, tokens)
        second = second + mixed.transpose(1, 2).reshape(batch, channels, height, width)
        y = torch.cat([F.interpolate(second, scale_factor=2.0, mode="nearest"), first], dim=1)
        return self.head(self.up1(y, time))


add(
    "diffusion_unet", "DDPM noise estimator, narrow", "Ho et al. 2020, arXiv:2006.11239", DiffusionUNet,
    lambda generator: (picture(2, 3, 16, 16, generator), torch.randint(0, 1000, (2,), generator=generator)),
)
