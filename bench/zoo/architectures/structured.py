# SPDX-License-Identifier: Apache-2.0
"""Points, graphs, pairs, tables, fields; and policies for robots."""

from typing import Tuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from .convnets import BATCH
from .registry import add, normal, picture, pictures


class PointTransform(nn.Module):
    """Learns a matrix that turns the point cloud."""

    def __init__(self, size: int) -> None:
        super().__init__()
        self.size = size
        self.points = nn.Sequential(
            nn.Conv1d(size, 24, 1), nn.BatchNorm1d(24), nn.ReLU(), nn.Conv1d(24, 64, 1), nn.BatchNorm1d(64), nn.ReLU()
        )
        self.fc = nn.Sequential(nn.Linear(64, 32), nn.ReLU(), nn.Linear(32, size * size))
        self.register_buffer("identity", torch.eye(size))

    def forward(self, x: Tensor) -> Tensor:
        y = torch.max(self.points(x), 2)[0]
        return 0.1 * self.fc(y).view(-1, self.size, self.size) + self.identity


class PointNet(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.turn = PointTransform(3)
        self.features = nn.Sequential(
            nn.Conv1d(3, 24, 1), nn.BatchNorm1d(24), nn.ReLU(), nn.Conv1d(24, 96, 1), nn.BatchNorm1d(96)
        )
        self.fc = nn.Sequential(nn.Linear(96, 48), nn.ReLU(), nn.Dropout(0.3), nn.Linear(48, 10))

    def forward(self, points: Tensor) -> Tensor:
        turned = torch.bmm(points.transpose(2, 1), self.turn(points)).transpose(2, 1)
        y, _ = self.features(turned).max(dim=2)
        return self.fc(y)


add(
    "pointnet", "PointNet with its input transform", "Qi et al. 2016, arXiv:1612.00593", PointNet,
    normal(2, 3, 120), inputs_b=normal(2, 3, 75), dynamic=({2: torch.export.Dim("points", min=2, max=4096)},),
)


class GraphConvolution(nn.Module):
    """Dense adjacency, normalised as published."""

    def __init__(self) -> None:
        super().__init__()
        self.first = nn.Linear(12, 24, bias=False)
        self.second = nn.Linear(24, 5, bias=False)

    def forward(self, nodes: Tensor, adjacency: Tensor) -> Tensor:
        connected = adjacency + torch.eye(adjacency.size(0), dtype=adjacency.dtype, device=adjacency.device)
        root = connected.sum(dim=1).pow(-0.5)
        weight = root.unsqueeze(1) * connected * root.unsqueeze(0)
        x = F.relu(weight @ self.first(nodes))
        return F.log_softmax(weight @ self.second(x), dim=1)


def graph(nodes: int):
    def draw(generator: torch.Generator):
        edges = (torch.rand(nodes, nodes, generator=generator) < 0.2).float()
        return torch.randn(nodes, 12, generator=generator), ((edges + edges.t()) > 0).float()

    return draw


NODES = torch.export.Dim("nodes", min=2, max=256)
add(
    "gcn", "Graph convolution, dense adjacency", "Kipf & Welling 2016, arXiv:1609.02907", GraphConvolution,
    graph(20), inputs_b=graph(33), dynamic=({0: NODES}, {0: NODES, 1: NODES}),
)


class MessagePassing(nn.Module):
    """GraphSAGE with an edge list: gather, scatter-add, mean."""

    def __init__(self) -> None:
        super().__init__()
        self.own = nn.ModuleList([nn.Linear(12, 16), nn.Linear(16, 16)])
        self.neighbours = nn.ModuleList([nn.Linear(12, 16), nn.Linear(16, 16)])

    def forward(self, nodes: Tensor, edges: Tensor) -> Tensor:
        source, target = edges[0], edges[1]
        count = torch.zeros(nodes.size(0), dtype=nodes.dtype).scatter_add_(
            0, target, torch.ones_like(target, dtype=nodes.dtype)
        )
        x = nodes
        for own, neighbours in zip(self.own, self.neighbours):
            total = torch.zeros_like(x).index_add_(0, target, x[source])
            x = F.relu(own(x) + neighbours(total / count.clamp(min=1.0).unsqueeze(1)))
        return x.mean(0)


def edge_list(nodes: int, edges: int):
    def draw(generator: torch.Generator):
        return torch.randn(nodes, 12, generator=generator), torch.randint(0, nodes, (2, edges), generator=generator)

    return draw


add("graph_sage", "GraphSAGE over an edge list", "Hamilton et al. 2017, arXiv:1706.02216", MessagePassing,
    edge_list(20, 60), inputs_b=edge_list(31, 44),
    dynamic=({0: torch.export.Dim("nodes", min=2, max=256)}, {1: torch.export.Dim("edges", min=2, max=4096)}))


class Siamese(nn.Module):
    """Shared weights, two inputs, a distance."""

    def __init__(self) -> None:
        super().__init__()
        self.tower = nn.Sequential(
            nn.Conv2d(1, 8, 5), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(8, 16, 5), nn.ReLU(), nn.MaxPool2d(2),
            nn.Flatten(), nn.Linear(256, 32),
        )

    def forward(self, left: Tensor, right: Tensor) -> Tuple[Tensor, Tensor]:
        a, b = F.normalize(self.tower(left)), F.normalize(self.tower(right))
        return F.pairwise_distance(a, b), F.cosine_similarity(a, b)


def pair(batch: int):
    return lambda generator: (picture(batch, 1, 28, 28, generator), picture(batch, 1, 28, 28, generator))


PAIRS = torch.export.Dim("batch", min=1, max=64)
add("siamese", "Siamese network", "Bromley et al. 1993, NeurIPS", Siamese,
    pair(2), inputs_b=pair(4), dynamic=({0: PAIRS}, {0: PAIRS}))


class SpatialTransformer(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.localise = nn.Sequential(
            nn.Conv2d(1, 8, 7), nn.MaxPool2d(2, 2), nn.ReLU(True), nn.Conv2d(8, 10, 5), nn.MaxPool2d(2, 2), nn.ReLU(True)
        )
        self.theta = nn.Sequential(nn.Linear(90, 32), nn.ReLU(True), nn.Linear(32, 6))
        self.register_buffer("identity", torch.tensor([1.0, 0, 0, 0, 1, 0]))
        self.classify = nn.Sequential(nn.Conv2d(1, 8, 5, 2), nn.ReLU(), nn.Flatten(), nn.Linear(8 * 144, 10))

    def forward(self, x: Tensor) -> Tensor:
        theta = 0.1 * self.theta(self.localise(x).view(-1, 90)) + self.identity
        grid = F.affine_grid(theta.view(-1, 2, 3), x.size(), align_corners=False)
        return self.classify(F.grid_sample(x, grid, mode="bilinear", padding_mode="zeros", align_corners=False))


add("spatial_transformer", "Spatial transformer network", "Jaderberg et al. 2015, arXiv:1506.02025",
    SpatialTransformer, pictures(2, 1, 28, 28), inputs_b=pictures(3, 1, 28, 28), dynamic=BATCH)


class SpectralLayer(nn.Module):
    def __init__(self, width: int, modes: int) -> None:
        super().__init__()
        self.modes = modes
        self.weight = nn.Parameter(torch.randn(width, width, modes, dtype=torch.cfloat) / width)
        self.skip = nn.Conv1d(width, width, 1)

    def forward(self, x: Tensor) -> Tensor:
        spectrum = torch.fft.rfft(x)
        kept = torch.einsum("bim,iom->bom", spectrum[:, :, : self.modes], self.weight)
        full = torch.zeros(x.size(0), kept.size(1), spectrum.size(2), dtype=torch.cfloat, device=x.device)
        full[:, :, : self.modes] = kept
        return F.gelu(torch.fft.irfft(full, n=x.size(2)) + self.skip(x))


class FourierOperator(nn.Module):
    def __init__(self, width: int = 16, modes: int = 8) -> None:
        super().__init__()
        self.lift = nn.Linear(2, width)
        self.layers = nn.Sequential(*[SpectralLayer(width, modes) for _ in range(3)])
        self.project = nn.Sequential(nn.Linear(width, 32), nn.GELU(), nn.Linear(32, 1))

    def forward(self, x: Tensor) -> Tensor:
        return self.project(self.layers(self.lift(x).transpose(1, 2)).transpose(1, 2))


add("fno", "Fourier neural operator, 1-D", "Li et al. 2020, arXiv:2010.08895", FourierOperator,
    normal(2, 64, 2), inputs_b=normal(3, 64, 2), dynamic=BATCH)


class SpectrogramNet(nn.Module):
    """Short-time Fourier transform, power, logarithm, a small network: sound front ends look like this."""

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("window", torch.hann_window(128))
        self.register_buffer("filters", torch.rand(65, 20))
        self.conv = nn.Conv2d(1, 8, 3, padding=1)
        self.fc = nn.Linear(8, 6)

    def forward(self, sound: Tensor) -> Tensor:
        spectrum = torch.stft(sound, 128, hop_length=64, window=self.window, center=True, return_complex=True)
        power = spectrum.abs().pow(2.0)
        mel = torch.log(torch.matmul(power.transpose(1, 2), self.filters) + 1e-5)
        return self.fc(F.relu(self.conv(mel.unsqueeze(1))).amax(dim=(2, 3)))


add("spectrogram", "STFT, mel filters, convolution", "", SpectrogramNet, normal(2, 2048))


class Dlrm(nn.Module):
    """Numbers through a small network, categories through embedding bags, all pairs of dot products."""

    def __init__(self) -> None:
        super().__init__()
        self.bottom = nn.Sequential(nn.Linear(7, 32), nn.ReLU(), nn.Linear(32, 12), nn.ReLU())
        self.tables = nn.ModuleList([nn.EmbeddingBag(size, 12, mode="sum") for size in (30, 50, 20)])
        self.top = nn.Sequential(nn.Linear(18, 16), nn.ReLU(), nn.Linear(16, 1), nn.Sigmoid())
        self.register_buffer("pairs", torch.tril_indices(4, 4, offset=-1))

    def forward(self, numbers: Tensor, categories: Tensor) -> Tensor:
        dense = self.bottom(numbers)
        vectors = [dense]
        for index, table in enumerate(self.tables):
            vectors.append(table(categories[:, index]))
        stacked = torch.stack(vectors, dim=1)
        products = torch.bmm(stacked, stacked.transpose(1, 2))[:, self.pairs[0], self.pairs[1]]
        return self.top(torch.cat([dense, products], dim=1))


add("dlrm", "DLRM, three tables", "Naumov et al. 2019, arXiv:1906.00091", Dlrm,
    lambda generator: (torch.randn(4, 7, generator=generator), torch.randint(0, 20, (4, 3, 2), generator=generator)))


class NeRf(nn.Module):
    """Positional encoding, eight layers with a skip, density and colour, then volume rendering along rays."""

    def __init__(self, width: int = 32) -> None:
        super().__init__()
        self.register_buffer("frequencies", 2.0 ** torch.arange(4) * torch.pi)
        layers = [nn.Linear(24, width)]
        for index in range(1, 6):
            layers.append(nn.Linear(width + 24 if index == 3 else width, width))
        self.layers = nn.ModuleList(layers)
        self.head = nn.Linear(width, 4)

    def forward(self, points: Tensor, depths: Tensor) -> Tensor:
        angle = points.unsqueeze(-1) * self.frequencies
        code = torch.cat([angle.sin(), angle.cos()], dim=-1).flatten(-2)
        x = code
        for index, layer in enumerate(self.layers):
            if index == 3:
                x = torch.cat([x, code], dim=-1)
            x = F.relu(layer(x))
        raw = self.head(x)
        steps = torch.diff(depths, dim=-1, append=depths[:, -1:] + 1.0)
        alpha = 1.0 - torch.exp(-F.softplus(raw[..., 3]) * steps)
        passed = torch.cumprod(torch.cat([torch.ones_like(alpha[:, :1]), 1.0 - alpha + 1e-10], dim=-1), dim=-1)
        weights = alpha * passed[:, :-1]
        return (weights.unsqueeze(-1) * torch.sigmoid(raw[..., :3])).sum(dim=1)


add("nerf", "NeRF with volume rendering, narrow", "Mildenhall et al. 2020, arXiv:2003.08934", NeRf,
    lambda g: (torch.rand(6, 16, 3, generator=g), torch.sort(torch.rand(6, 16, generator=g), dim=-1)[0]))


class MlpPolicy(nn.Module):
    """Normalised observations in, clipped actions out."""

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("mean", torch.linspace(-0.5, 0.5, 48))
        self.register_buffer("variance", torch.linspace(0.5, 2.0, 48))
        self.actor = nn.Sequential(nn.Linear(48, 128), nn.ELU(), nn.Linear(128, 64), nn.ELU(), nn.Linear(64, 12))

    def forward(self, observation: Tensor) -> Tensor:
        observation = torch.clip((observation - self.mean) / torch.sqrt(self.variance + 1e-8), -5.0, 5.0)
        return torch.tanh(self.actor(observation))


add("mlp_policy", "Locomotion policy, 48-128-64-12", "Schulman et al. 2017, arXiv:1707.06347", MlpPolicy,
    normal(2, 48), inputs_b=normal(7, 48), dynamic=BATCH)


class GruPolicy(nn.Module):
    """Remembers: the state is a buffer that every call writes."""

    def __init__(self) -> None:
        super().__init__()
        self.gru = nn.GRUCell(10, 24)
        self.head = nn.Linear(24, 4)
        self.register_buffer("memory", torch.zeros(1, 24))

    @torch.jit.export
    def reset_memory(self) -> None:
        self.memory[:] = 0.0

    def forward(self, observation: Tensor) -> Tensor:
        self.memory[:] = self.gru(observation, self.memory)
        return torch.tanh(self.head(self.memory))


add("gru_policy", "Recurrent policy with state in a buffer", "Cho et al. 2014, arXiv:1406.1078", GruPolicy,
    normal(1, 10), steps=12)


class StreamingConvolution(nn.Module):
    """A causal convolution on a stream: the last samples are kept by re-assigning the buffer, and calls are counted."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv1d(4, 8, 5)
        self.register_buffer("past", torch.zeros(1, 4, 4))
        self.register_buffer("calls", torch.zeros((), dtype=torch.int64))

    def forward(self, chunk: Tensor) -> Tuple[Tensor, Tensor]:
        x = torch.cat([self.past, chunk], dim=2)
        self.past.copy_(x[:, :, -4:])
        self.calls += 1
        return F.relu(self.conv(x)), self.calls.clone()


add("streaming_conv", "Streaming causal convolution", "", StreamingConvolution, normal(1, 4, 10), steps=6)
