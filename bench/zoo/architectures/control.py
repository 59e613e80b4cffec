# SPDX-License-Identifier: Apache-2.0
"""Networks whose path depends on the data: branches, loops, searches, lists, dictionaries."""

from typing import Dict, List, NamedTuple, Optional, Tuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from .layers import conv_norm
from .registry import add, normal, picture, pictures
from .transformers import WORDS


class CondNetwork(nn.Module):
    """torch.cond in an export, `if` in TorchScript; both branches hold weights."""

    def __init__(self) -> None:
        super().__init__()
        self.entry = nn.Linear(12, 16)
        self.wide = nn.Sequential(nn.Linear(16, 32), nn.ReLU(), nn.Linear(32, 4))
        self.narrow = nn.Linear(16, 4)

    def forward(self, x: Tensor) -> Tensor:
        x = torch.tanh(self.entry(x))
        if torch.jit.is_scripting():
            if bool(x.sum() > 0):
                return self.wide(x)
            return self.narrow(x) * 2.0
        return self.captured(x)

    @torch.jit.unused
    def captured(self, x: Tensor) -> Tensor:
        return torch.cond(x.sum() > 0, lambda y: self.wide(y), lambda y: self.narrow(y) * 2.0, (x,))


def leaning(sign: float, *sizes: int):
    """Noise that makes the network of seed `sign` go one way."""
    return lambda generator: (torch.randn(*sizes, generator=generator) + sign,)


add("cond", "torch.cond over two heads", "", CondNetwork, leaning(1.5, 3, 12), inputs_b=leaning(-1.5, 3, 12),
    traced=False)


class WhileNetwork(nn.Module):
    """Newton's iteration towards a fixed point: torch.while_loop in an export, `while` in TorchScript."""

    def __init__(self) -> None:
        super().__init__()
        self.linear = nn.Linear(8, 8)

    def step(self, x: Tensor) -> Tensor:
        return 0.5 * x + 0.25 * torch.tanh(self.linear(x))

    def forward(self, x: Tensor) -> Tuple[Tensor, Tensor]:
        count = torch.zeros((), dtype=torch.int64)
        moved = torch.ones(()) * 10.0
        if torch.jit.is_scripting():
            while bool(moved > 0.05) and bool(count < 20):
                y = self.step(x)
                moved = (y - x).abs().max()
                x = y
                count = count + 1
            return x, count
        return self.captured(x, moved, count)

    @torch.jit.unused
    def captured(self, x: Tensor, moved: Tensor, count: Tensor) -> Tuple[Tensor, Tensor]:
        def unfinished(x: Tensor, moved: Tensor, count: Tensor) -> Tensor:
            return (moved > 0.05) & (count < 20)

        def body(x: Tensor, moved: Tensor, count: Tensor) -> Tuple[Tensor, Tensor, Tensor]:
            y = self.step(x)
            return y, (y - x).abs().max(), count + 1

        x, moved, count = torch._higher_order_ops.while_loop(unfinished, body, (x, moved, count))
        return x, count


add("while_loop", "torch.while_loop to a fixed point", "", WhileNetwork, normal(3, 8),
    inputs_b=lambda g: (0.01 * torch.randn(3, 8, generator=g),), traced=False)


class MapNetwork(nn.Module):
    """A sub-network per row, through `map`."""

    def __init__(self) -> None:
        super().__init__()
        self.layers = nn.Sequential(nn.Linear(6, 12), nn.Tanh(), nn.Linear(12, 3))

    def forward(self, rows: Tensor, scale: Tensor) -> Tensor:
        if torch.jit.is_scripting():
            found: List[Tensor] = []
            for row in rows:
                found.append(self.layers(row) * scale)
            return torch.stack(found)
        return self.captured(rows, scale)

    @torch.jit.unused
    def captured(self, rows: Tensor, scale: Tensor) -> Tensor:
        return torch._higher_order_ops.map(lambda row, factor: self.layers(row) * factor, rows, scale)


add("map", "map over rows", "", MapNetwork,
    lambda g: (torch.randn(5, 4, 6, generator=g), torch.rand(3, generator=g)), traced=False)


class ScanNetwork(nn.Module):
    """A recurrence through `scan`: carried state and one output per step."""

    def __init__(self) -> None:
        super().__init__()
        self.cell = nn.Linear(5 + 7, 7)

    def forward(self, start: Tensor, series: Tensor) -> Tuple[Tensor, Tensor]:
        if torch.jit.is_scripting():
            carried = start
            found: List[Tensor] = []
            for step in range(series.size(0)):
                carried = torch.tanh(self.cell(torch.cat([series[step], carried], dim=-1)))
                found.append(carried * 2.0)
            return carried, torch.stack(found)
        return self.captured(start, series)

    @torch.jit.unused
    def captured(self, start: Tensor, series: Tensor) -> Tuple[Tensor, Tensor]:
        def combine(state: Tensor, x: Tensor) -> Tuple[Tensor, Tensor]:
            following = torch.tanh(self.cell(torch.cat([x, state], dim=-1)))
            return following, following * 2.0

        return torch._higher_order_ops.scan(combine, start, series)


add("scan", "scan as a recurrence", "", ScanNetwork,
    lambda g: (torch.randn(2, 7, generator=g), torch.randn(6, 2, 5, generator=g)), traced=False)


class EarlyExit(nn.Module):
    """Stops at the first classifier that is sure."""

    def __init__(self) -> None:
        super().__init__()
        self.stages = nn.ModuleList([conv_norm(3, 8, 3, 2), conv_norm(8, 16, 3, 2), conv_norm(16, 24, 3, 2)])
        self.exits = nn.ModuleList([nn.Linear(8, 5), nn.Linear(16, 5), nn.Linear(24, 5)])

    def forward(self, x: Tensor) -> Tuple[Tensor, int]:
        scores = torch.zeros(x.size(0), 5)
        used = 0
        for stage, leave in zip(self.stages, self.exits):
            x = stage(x)
            scores = leave(x.mean(dim=[2, 3]))
            used += 1
            if float(scores.softmax(-1).max(dim=1)[0].min()) > 0.6:
                return scores, used
        return scores, used


add("early_exit", "BranchyNet: exits when sure", "Teerapittayanon et al. 2017, arXiv:1709.01686", EarlyExit,
    pictures(1, 3, 32, 32), inputs_b=lambda g: (5.0 * picture(1, 3, 32, 32, g),), traced=False)


class EarlyExitCond(nn.Module):
    """The same idea as nested torch.cond."""

    def __init__(self) -> None:
        super().__init__()
        self.first = conv_norm(3, 8, 3, 2)
        self.second = nn.Sequential(nn.Conv2d(8, 16, 3, 2, 1), nn.GroupNorm(4, 16), nn.ReLU())
        self.exit1 = nn.Linear(8, 5)
        self.exit2 = nn.Linear(16, 5)

    def forward(self, x: Tensor) -> Tensor:
        x = self.first(x)
        early = self.exit1(x.mean(dim=(2, 3)))

        def more(early: Tensor, x: Tensor) -> Tensor:
            late = self.exit2(self.second(x).mean(dim=(2, 3)))
            return torch.cond(
                late.amax() > 3.0, lambda a, b: a * 0.5, lambda a, b: a + 0.1 * b, (late, early)
            )

        return torch.cond(early.softmax(-1).amax() > 0.7, lambda a, b: a + 0.0, more, (early, x))


add("early_exit_cond", "BranchyNet with nested torch.cond", "Teerapittayanon et al. 2017, arXiv:1709.01686",
    EarlyExitCond, pictures(1, 3, 32, 32), inputs_b=lambda g: (4.0 * picture(1, 3, 32, 32, g),),
    scripted=False, traced=False)


class MixtureOfExperts(nn.Module):
    """Each token to its two best experts; the experts see only their own tokens."""

    def __init__(self, width: int = 16, experts: int = 4) -> None:
        super().__init__()
        self.gate = nn.Linear(width, experts, bias=False)
        self.experts = nn.ModuleList(
            [nn.Sequential(nn.Linear(width, 32), nn.ReLU(), nn.Linear(32, width)) for _ in range(experts)]
        )

    def forward(self, tokens: Tensor) -> Tensor:
        weights, chosen = torch.topk(torch.softmax(self.gate(tokens), dim=-1), 2, dim=-1)
        weights = weights / weights.sum(dim=-1, keepdim=True)
        result = torch.zeros_like(tokens)
        for index, expert in enumerate(self.experts):
            row, rank = torch.where(chosen == index)
            answer = expert(tokens[row]) * weights[row, rank].unsqueeze(-1)
            result.index_put_((row,), answer, accumulate=True)
        return result


add("mixture_of_experts", "Sparse mixture of experts, top 2 of 4", "Shazeer et al. 2017, arXiv:1701.06538",
    MixtureOfExperts, normal(10, 16), inputs_b=normal(3, 16), traced=True)


class SwitchTransformer(nn.Module):
    """Mixture of experts without data-dependent sizes: every expert for every token, masked."""

    def __init__(self, width: int = 16, experts: int = 4) -> None:
        super().__init__()
        self.gate = nn.Linear(width, experts)
        self.first = nn.Parameter(0.3 * torch.randn(experts, width, 32))
        self.second = nn.Parameter(0.3 * torch.randn(experts, 32, width))

    def forward(self, tokens: Tensor) -> Tensor:
        weight, chosen = torch.softmax(self.gate(tokens), dim=-1).max(dim=-1)
        mask = F.one_hot(chosen, 4).to(tokens.dtype) * weight.unsqueeze(-1)
        hidden = F.relu(torch.einsum("td,edh->teh", tokens, self.first))
        answers = torch.einsum("teh,ehd->ted", hidden, self.second)
        return torch.einsum("ted,te->td", answers, mask)


add("switch_transformer", "Switch routing, dense", "Fedus et al. 2021, arXiv:2101.03961", SwitchTransformer,
    normal(10, 16), inputs_b=normal(3, 16), dynamic=({0: torch.export.Dim("tokens", min=2, max=64)},))


class BeamSearch(nn.Module):
    """Keeps the best three sentences for a fixed number of steps."""

    def __init__(self, width: int = 24, beams: int = 3, steps: int = 6) -> None:
        super().__init__()
        self.beams, self.steps, self.words = beams, steps, WORDS
        self.embedding = nn.Embedding(WORDS, width)
        self.cell = nn.GRUCell(width, width)
        self.fc = nn.Linear(width, WORDS)

    def forward(self, hidden: Tensor) -> Tuple[Tensor, Tensor]:
        hidden = hidden.repeat(self.beams, 1)
        tokens = torch.zeros(self.beams, 1, dtype=torch.int64)
        scores = torch.full((self.beams,), -1e9)
        scores[0] = 0.0
        for _ in range(self.steps):
            hidden = self.cell(self.embedding(tokens[:, -1]), hidden)
            total = scores.unsqueeze(1) + F.log_softmax(self.fc(hidden), dim=-1)
            scores, flat = total.flatten().topk(self.beams)
            origin = torch.div(flat, self.words, rounding_mode="floor")
            hidden = hidden[origin]
            tokens = torch.cat([tokens[origin], (flat % self.words).unsqueeze(1)], dim=1)
        return tokens, scores


add("beam_search", "Beam search over a GRU decoder", "Sutskever et al. 2014, arXiv:1409.3215", BeamSearch, normal(1, 24))


class AdaptiveTime(nn.Module):
    """Adaptive computation time: ponders until every row has halted; `while` with carried tensors and a counter."""

    def __init__(self, width: int = 12) -> None:
        super().__init__()
        self.cell = nn.GRUCell(width, width)
        self.halt = nn.Linear(width, 1)

    def forward(self, x: Tensor) -> Tuple[Tensor, int]:
        hidden = torch.zeros_like(x)
        result = torch.zeros_like(x)
        halted = torch.zeros(x.size(0))
        steps = 0
        while steps < 10 and bool((halted < 0.99).any()):
            hidden = self.cell(x, hidden)
            more = torch.sigmoid(self.halt(hidden)).squeeze(1)
            last = (halted + more > 0.99).to(x.dtype)
            weight = last * (1.0 - halted) + (1.0 - last) * more
            weight = weight * (halted < 0.99).to(x.dtype)
            result = result + weight.unsqueeze(1) * hidden
            halted = halted + weight
            steps += 1
        return result, steps


add("adaptive_time", "Adaptive computation time", "Graves 2016, arXiv:1603.08983", AdaptiveTime,
    normal(3, 12), inputs_b=normal(1, 12), traced=False)


class Detection(NamedTuple):
    box: Tensor
    score: Tensor


class ContainersNetwork(nn.Module):
    """What TorchScript programs are made of: dictionaries, optionals, named tuples, texts, assertions, continue, break."""

    def __init__(self) -> None:
        super().__init__()
        self.layers = nn.ModuleDict({"small": nn.Linear(4, 4), "large": nn.Linear(4, 8), "other": nn.Linear(4, 2)})
        self.names = ["small", "large"]
        self.sizes = {"small": 4, "large": 8, "other": 2}

    def pick(self, x: Tensor, bias: Optional[Tensor]) -> Detection:
        if bias is not None:
            x = x + bias
        return Detection(x * 2.0, x.sum())

    def forward(self, x: Tensor, mode: Tensor) -> Dict[str, Tensor]:
        found: Dict[str, Tensor] = {}
        level = int(mode)
        assert level >= 0, "mode must not be negative"
        for name, layer in self.layers.items():
            if self.sizes[name] >= 4:
                found[name] = layer(x)
        total = 0
        for index in range(len(self.names)):
            name = self.names[index]
            if name not in found:
                continue
            if index > level:
                break
            total += self.sizes[name]
            found[name] = F.relu(found[name])
        picked = self.pick(x, found["small"] if level > 0 else None)
        found["box"] = picked.box
        found["score"] = picked.score
        extra = [value.sum() for value in [x, x * x]]
        if "other" in found:
            found["never"] = x
        if level == 0:
            found["total"] = torch.tensor([total, len(found), len(extra)])
        elif level == 1:
            found["total"] = torch.tensor([total])
        else:
            raise ValueError("mode {} is not known".format(level))
        return found


add("containers", "Dictionaries, optionals, texts, named tuples", "", ContainersNetwork,
    lambda g: (torch.randn(2, 4, generator=g), torch.tensor(0)),
    inputs_b=lambda g: (torch.randn(2, 4, generator=g), torch.tensor(1)), exported=False, traced=False)


class TreeNetwork(nn.Module):
    """A recursive network over a shift-reduce program: a stack of tensors, driven by integers."""

    def __init__(self, width: int = 8) -> None:
        super().__init__()
        self.combine = nn.Linear(2 * width, width)

    def forward(self, words: Tensor, program: Tensor) -> Tensor:
        leaves = words.unbind(0)
        stack: List[Tensor] = []
        following = 0
        actions: List[int] = program.tolist()
        for action in actions:
            if action == 0:
                stack.append(leaves[following])
                following += 1
            else:
                right = stack.pop()
                left = stack.pop()
                stack.append(torch.tanh(self.combine(torch.cat([left, right], dim=-1))))
        assert len(stack) == 1
        return stack[0]


add("tree_network", "Recursive network, shift and reduce", "Socher et al. 2011, ICML", TreeNetwork,
    lambda g: (torch.randn(4, 8, generator=g), torch.tensor([0, 0, 1, 0, 0, 1, 1])),
    inputs_b=lambda g: (torch.randn(3, 8, generator=g), torch.tensor([0, 0, 0, 1, 1])),
    exported=False, traced=False)


class InPlaceNetwork(nn.Module):
    """In-place writes through views, slices and masks."""

    def __init__(self) -> None:
        super().__init__()
        self.linear = nn.Linear(6, 6)

    def forward(self, x: Tensor) -> Tensor:
        y = self.linear(x)
        y[:, 0] = 1.0
        y[:, 1:3] += x[:, :2]
        view = y.view(-1)
        view.mul_(2.0)
        y[y < 0] = -0.5
        z = y.clone()
        z.t()[2].fill_(3.0)
        z[0].copy_(y[1])
        row = z.unbind(0)[1]
        row.add_(1.0).sigmoid_()
        return y + z


add("in_place", "Writes through views, slices and masks", "", InPlaceNetwork, normal(3, 6))


class TopKDecoder(nn.Module):
    """CenterNet-like decoding: peaks by max pooling, top k, gather; fixed sizes, so it exports."""

    def __init__(self) -> None:
        super().__init__()
        self.features = nn.Sequential(conv_norm(3, 8, 3, 2), conv_norm(8, 16, 3, 2))
        self.heat = nn.Conv2d(16, 3, 1)
        self.size = nn.Conv2d(16, 2, 1)

    def forward(self, x: Tensor) -> Tuple[Tensor, Tensor, Tensor]:
        x = self.features(x)
        heat = torch.sigmoid(self.heat(x))
        heat = heat * (F.max_pool2d(heat, 3, stride=1, padding=1) == heat)
        batch, classes, height, width = heat.shape
        scores, index = heat.view(batch, -1).topk(8)
        label = torch.div(index, height * width, rounding_mode="trunc")
        place = index % (height * width)
        sizes = self.size(x).flatten(2).gather(2, place.unsqueeze(1).expand(-1, 2, -1))
        centre = torch.stack([place % width, torch.div(place, width, rounding_mode="floor")], dim=1).float()
        return torch.cat([centre - sizes / 2, centre + sizes / 2], dim=1).transpose(1, 2), scores, label


add("centernet", "CenterNet decoding", "Zhou et al. 2019, arXiv:1904.07850", TopKDecoder,
    pictures(2, 3, 32, 32), inputs_b=pictures(3, 3, 32, 32), dynamic=({0: torch.export.Dim("batch", min=1, max=64)},))
