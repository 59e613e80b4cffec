# SPDX-License-Identifier: Apache-2.0
"""Networks made of attention, or of what replaced it."""

import math
from typing import Optional

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from .convnets import BATCH, add_classifier
from .registry import add, integers, normal

WORDS = 96


class ViTBlock(nn.Module):
    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.norm1 = nn.LayerNorm(width, eps=1e-6)
        self.attention = nn.MultiheadAttention(width, heads, dropout=0.1, batch_first=True)
        self.norm2 = nn.LayerNorm(width, eps=1e-6)
        self.mlp = nn.Sequential(
            nn.Linear(width, 4 * width), nn.GELU(), nn.Dropout(0.1), nn.Linear(4 * width, width), nn.Dropout(0.1)
        )

    def forward(self, x: Tensor) -> Tensor:
        y = self.norm1(x)
        x = x + self.attention(y, y, y, need_weights=False)[0]
        return x + self.mlp(self.norm2(x))


class VisionTransformer(nn.Module):
    def __init__(self, size: int = 64, patch: int = 8, width: int = 96, heads: int = 4, depth: int = 6) -> None:
        super().__init__()
        self.patches = nn.Conv2d(3, width, patch, stride=patch)
        self.class_token = nn.Parameter(torch.zeros(1, 1, width))
        self.position = nn.Parameter(0.3 * torch.randn(1, (size // patch) ** 2 + 1, width))
        self.blocks = nn.Sequential(*[ViTBlock(width, heads) for _ in range(depth)])
        self.norm = nn.LayerNorm(width, eps=1e-6)
        self.head = nn.Linear(width, 100)

    def forward(self, x: Tensor) -> Tensor:
        x = self.patches(x).flatten(2).transpose(1, 2)
        x = torch.cat([self.class_token.expand(x.shape[0], -1, -1), x], dim=1) + self.position
        return self.head(self.norm(self.blocks(x))[:, 0])


add_classifier("vit", "ViT, 6 blocks of width 96", "Dosovitskiy et al. 2020, arXiv:2010.11929", VisionTransformer)


class WindowAttention(nn.Module):
    """Attention inside windows with a learned bias by relative position."""

    def __init__(self, width: int, window: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.scale = (width // heads) ** -0.5
        self.qkv = nn.Linear(width, 3 * width)
        self.projection = nn.Linear(width, width)
        self.bias_table = nn.Parameter(0.5 * torch.randn((2 * window - 1) ** 2, heads))
        grid = torch.stack(torch.meshgrid(torch.arange(window), torch.arange(window), indexing="ij")).flatten(1)
        relative = grid[:, :, None] - grid[:, None, :] + window - 1
        self.register_buffer("bias_index", (relative[0] * (2 * window - 1) + relative[1]).flatten())

    def forward(self, x: Tensor, mask: Optional[Tensor]) -> Tensor:
        windows, tokens, width = x.shape
        qkv = self.qkv(x).reshape(windows, tokens, 3, self.heads, width // self.heads).permute(2, 0, 3, 1, 4)
        query, key, value = qkv[0], qkv[1], qkv[2]
        scores = (query * self.scale) @ key.transpose(-2, -1)
        bias = self.bias_table[self.bias_index].view(tokens, tokens, -1).permute(2, 0, 1)
        scores = scores + bias.unsqueeze(0)
        if mask is not None:
            scores = scores.view(-1, mask.shape[0], self.heads, tokens, tokens) + mask[None, :, None]
            scores = scores.view(-1, self.heads, tokens, tokens)
        mixed = torch.softmax(scores, dim=-1) @ value
        return self.projection(mixed.transpose(1, 2).reshape(windows, tokens, width))


class SwinBlock(nn.Module):
    def __init__(self, width: int, size: int, window: int, shift: int, heads: int) -> None:
        super().__init__()
        self.size, self.window, self.shift = size, window, shift
        self.norm1 = nn.LayerNorm(width)
        self.attention = WindowAttention(width, window, heads)
        self.norm2 = nn.LayerNorm(width)
        self.mlp = nn.Sequential(nn.Linear(width, 4 * width), nn.GELU(), nn.Linear(4 * width, width))
        mask: Optional[Tensor] = None
        if shift > 0:
            region = torch.zeros(1, size, size, 1)
            count = 0
            for rows in (slice(0, -window), slice(-window, -shift), slice(-shift, None)):
                for columns in (slice(0, -window), slice(-window, -shift), slice(-shift, None)):
                    region[:, rows, columns] = count
                    count += 1
            ids = self.windows(region).squeeze(-1)
            mask = (ids[:, :, None] != ids[:, None, :]).float() * -100.0
        self.register_buffer("mask", mask)

    def windows(self, x: Tensor) -> Tensor:
        batch, height, width, channels = x.shape
        x = x.view(batch, height // self.window, self.window, width // self.window, self.window, channels)
        return x.permute(0, 1, 3, 2, 4, 5).reshape(-1, self.window * self.window, channels)

    def forward(self, x: Tensor) -> Tensor:
        batch, height, width, channels = x.shape
        y = self.norm1(x)
        if self.shift > 0:
            y = torch.roll(y, shifts=(-self.shift, -self.shift), dims=(1, 2))
        y = self.attention(self.windows(y), self.mask)
        y = y.view(batch, height // self.window, width // self.window, self.window, self.window, channels)
        y = y.permute(0, 1, 3, 2, 4, 5).reshape(batch, height, width, channels)
        if self.shift > 0:
            y = torch.roll(y, shifts=(self.shift, self.shift), dims=(1, 2))
        x = x + y
        return x + self.mlp(self.norm2(x))


class PatchMerging(nn.Module):
    def __init__(self, width: int) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(4 * width)
        self.reduce = nn.Linear(4 * width, 2 * width, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        x = torch.cat([x[:, 0::2, 0::2], x[:, 1::2, 0::2], x[:, 0::2, 1::2], x[:, 1::2, 1::2]], -1)
        return self.reduce(self.norm(x))


class Swin(nn.Module):
    def __init__(self, size: int = 64, width: int = 24, window: int = 4) -> None:
        super().__init__()
        self.patches = nn.Conv2d(3, width, 2, stride=2)
        side = size // 2
        layers = []
        for stage, (depth, heads) in enumerate(((2, 2), (2, 4), (2, 8))):
            if stage > 0:
                layers.append(PatchMerging(width))
                width, side = 2 * width, side // 2
            for index in range(depth):
                layers.append(SwinBlock(width, side, window, 0 if index % 2 == 0 else window // 2, heads))
        self.layers = nn.Sequential(*layers)
        self.norm = nn.LayerNorm(width)
        self.head = nn.Linear(width, 100)

    def forward(self, x: Tensor) -> Tensor:
        x = self.norm(self.layers(self.patches(x).permute(0, 2, 3, 1)))
        return self.head(x.permute(0, 3, 1, 2).mean([2, 3]))


add_classifier("swin", "Swin, 3 stages from width 24", "Liu et al. 2021, arXiv:2103.14030", Swin)


class MixerBlock(nn.Module):
    def __init__(self, tokens: int, width: int) -> None:
        super().__init__()
        self.norm1 = nn.LayerNorm(width)
        self.tokens = nn.Sequential(nn.Linear(tokens, tokens // 2), nn.GELU(), nn.Linear(tokens // 2, tokens))
        self.norm2 = nn.LayerNorm(width)
        self.channels = nn.Sequential(nn.Linear(width, 4 * width), nn.GELU(), nn.Linear(4 * width, width))

    def forward(self, x: Tensor) -> Tensor:
        x = x + self.tokens(self.norm1(x).mT).mT
        return x + self.channels(self.norm2(x))


class MlpMixer(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.patches = nn.Conv2d(3, 64, 8, stride=8)
        self.blocks = nn.Sequential(*[MixerBlock(64, 64) for _ in range(4)])
        self.norm = nn.LayerNorm(64)
        self.head = nn.Linear(64, 100)

    def forward(self, x: Tensor) -> Tensor:
        x = self.patches(x).flatten(2).transpose(1, 2)
        return self.head(self.norm(self.blocks(x)).mean(dim=1))


add_classifier("mlp_mixer", "MLP-Mixer, 4 blocks of width 64", "Tolstikhin et al. 2021, arXiv:2105.01601", MlpMixer)


class PositionalEncoding(nn.Module):
    def __init__(self, width: int, length: int = 128) -> None:
        super().__init__()
        position = torch.arange(length).unsqueeze(1)
        frequency = torch.exp(torch.arange(0, width, 2) * (-math.log(10000.0) / width))
        table = torch.zeros(length, width)
        table[:, 0::2] = torch.sin(position * frequency)
        table[:, 1::2] = torch.cos(position * frequency)
        self.register_buffer("table", table)

    def forward(self, x: Tensor) -> Tensor:
        return x + self.table[: x.size(1)]


class TextEncoder(nn.Module):
    """PyTorch's own nn.TransformerEncoder with a padding mask, as in a text classifier."""

    def __init__(self, width: int = 48) -> None:
        super().__init__()
        self.embedding = nn.Embedding(WORDS, width, padding_idx=0)
        self.position = PositionalEncoding(width)
        layer = nn.TransformerEncoderLayer(width, 4, 96, dropout=0.1, batch_first=True, norm_first=True)
        self.encoder = nn.TransformerEncoder(layer, 3, enable_nested_tensor=False)
        self.head = nn.Linear(width, 5)

    def forward(self, tokens: Tensor) -> Tensor:
        padding = tokens == 0
        x = self.encoder(self.position(self.embedding(tokens)), src_key_padding_mask=padding)
        kept = (~padding).unsqueeze(-1).to(x.dtype)
        return self.head((x * kept).sum(1) / kept.sum(1).clamp(min=1.0))


def padded_text(batch: int, length: int):
    def draw(generator: torch.Generator):
        tokens = torch.randint(1, WORDS, (batch, length), generator=generator)
        for row in range(1, batch):
            tokens[row, length - 3 * row :] = 0
        return (tokens,)

    return draw


add(
    "transformer_encoder", "nn.TransformerEncoder text classifier", "Vaswani et al. 2017, arXiv:1706.03762",
    TextEncoder, padded_text(2, 16), inputs_b=padded_text(3, 21),
    dynamic=({0: torch.export.Dim("batch", min=2, max=16), 1: torch.export.Dim("length", min=2, max=100)},),
)


class PostNormEncoder(nn.Module):
    """The original order (norm after), for which PyTorch has one fused operator in evaluation mode."""

    def __init__(self, width: int = 32) -> None:
        super().__init__()
        layer = nn.TransformerEncoderLayer(width, 2, 64, dropout=0.1, activation="gelu", batch_first=True)
        self.encoder = nn.TransformerEncoder(layer, 2, enable_nested_tensor=False)

    def forward(self, x: Tensor) -> Tensor:
        return self.encoder(x)


add(
    "transformer_postnorm", "nn.TransformerEncoder, norm after", "Vaswani et al. 2017, arXiv:1706.03762",
    PostNormEncoder, normal(2, 10, 32), inputs_b=normal(3, 10, 32), dynamic=BATCH,
)


class Seq2Seq(nn.Module):
    """nn.Transformer: encoder, decoder, causal mask, tied output weights."""

    def __init__(self, width: int = 32) -> None:
        super().__init__()
        self.embedding = nn.Embedding(WORDS, width)
        self.position = PositionalEncoding(width)
        self.transformer = nn.Transformer(width, 4, 2, 2, 64, dropout=0.1, batch_first=True)
        self.head = nn.Linear(width, WORDS, bias=False)
        self.head.weight = self.embedding.weight

    def forward(self, source: Tensor, target: Tensor) -> Tensor:
        length = target.size(1)
        mask = torch.triu(torch.full((length, length), float("-inf"), device=target.device), diagonal=1)
        x = self.transformer(
            self.position(self.embedding(source)),
            self.position(self.embedding(target)),
            tgt_mask=mask,
            tgt_is_causal=True,
        )
        return self.head(x)


def sentence_pair(batch: int, source: int, target: int):
    def draw(generator: torch.Generator):
        return (
            torch.randint(0, WORDS, (batch, source), generator=generator),
            torch.randint(0, WORDS, (batch, target), generator=generator),
        )

    return draw


add(
    "transformer_seq2seq", "nn.Transformer encoder-decoder", "Vaswani et al. 2017, arXiv:1706.03762",
    Seq2Seq, sentence_pair(2, 12, 9), inputs_b=sentence_pair(2, 17, 5),
    dynamic=(
        {1: torch.export.Dim("source", min=2, max=100)},
        {1: torch.export.Dim("target", min=2, max=100)},
    ),
)


class CausalAttention(nn.Module):
    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.qkv = nn.Linear(width, 3 * width)
        self.projection = nn.Linear(width, width)

    def forward(self, x: Tensor) -> Tensor:
        batch, length, width = x.size()
        query, key, value = self.qkv(x).split(width, dim=2)
        query = query.view(batch, length, self.heads, width // self.heads).transpose(1, 2)
        key = key.view(batch, length, self.heads, width // self.heads).transpose(1, 2)
        value = value.view(batch, length, self.heads, width // self.heads).transpose(1, 2)
        y = F.scaled_dot_product_attention(query, key, value, is_causal=True)
        return self.projection(y.transpose(1, 2).contiguous().view(batch, length, width))


class GptBlock(nn.Module):
    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.norm1 = nn.LayerNorm(width)
        self.attention = CausalAttention(width, heads)
        self.norm2 = nn.LayerNorm(width)
        self.mlp = nn.Sequential(nn.Linear(width, 4 * width), nn.GELU("tanh"), nn.Linear(4 * width, width))

    def forward(self, x: Tensor) -> Tensor:
        x = x + self.attention(self.norm1(x))
        return x + self.mlp(self.norm2(x))


class Gpt(nn.Module):
    def __init__(self, width: int = 48, heads: int = 4, depth: int = 3, context: int = 64) -> None:
        super().__init__()
        self.tokens = nn.Embedding(WORDS, width)
        self.positions = nn.Embedding(context, width)
        self.blocks = nn.ModuleList([GptBlock(width, heads) for _ in range(depth)])
        self.norm = nn.LayerNorm(width)
        self.head = nn.Linear(width, WORDS, bias=False)

    def forward(self, tokens: Tensor) -> Tensor:
        position = torch.arange(tokens.size(1), device=tokens.device)
        x = self.tokens(tokens) + self.positions(position)
        for block in self.blocks:
            x = block(x)
        return self.head(self.norm(x))


add(
    "gpt", "GPT-2, 3 blocks of width 48, any length", "Radford et al. 2019, OpenAI",
    Gpt, integers(WORDS, 2, 12), inputs_b=integers(WORDS, 1, 23),
    dynamic=({0: torch.export.Dim("batch", min=1, max=16), 1: torch.export.Dim("length", min=2, max=64)},),
)


class GreedyGpt(nn.Module):
    """Appends the likeliest word until the end token or the limit: a `while` whose tensor grows."""

    def __init__(self) -> None:
        super().__init__()
        self.gpt = Gpt(32, 2, 2, 48)
        self.end = 7
        self.limit = 12

    def forward(self, prompt: Tensor) -> Tensor:
        tokens = prompt
        made = 0
        done = False
        while made < self.limit and not done:
            following = self.gpt(tokens)[:, -1].argmax(dim=-1, keepdim=True)
            tokens = torch.cat([tokens, following], dim=1)
            made += 1
            done = bool((following == self.end).all())
        return tokens


add(
    "gpt_greedy", "GPT-2 with its greedy decoding loop", "Radford et al. 2019, OpenAI",
    GreedyGpt, integers(WORDS, 1, 5), inputs_b=integers(WORDS, 1, 9), exported=True, traced=False,
)


class RotaryAttention(nn.Module):
    """Grouped-query attention with rotary positions: Su et al. 2021, arXiv:2104.09864."""

    def __init__(self, width: int, heads: int, shared: int) -> None:
        super().__init__()
        self.heads, self.shared, self.head_width = heads, shared, width // heads
        self.query = nn.Linear(width, width, bias=False)
        self.key = nn.Linear(width, shared * self.head_width, bias=False)
        self.value = nn.Linear(width, shared * self.head_width, bias=False)
        self.output = nn.Linear(width, width, bias=False)
        frequency = 10000.0 ** (-torch.arange(0, self.head_width, 2) / self.head_width)
        self.register_buffer("frequency", frequency, persistent=False)

    def rotate(self, x: Tensor) -> Tensor:
        angle = torch.outer(torch.arange(x.size(2), device=x.device, dtype=x.dtype), self.frequency)
        cosine, sine = angle.cos(), angle.sin()
        even, odd = x[..., 0::2], x[..., 1::2]
        return torch.stack([even * cosine - odd * sine, even * sine + odd * cosine], dim=-1).flatten(-2)

    def forward(self, x: Tensor) -> Tensor:
        batch, length, width = x.shape
        query = self.rotate(self.query(x).view(batch, length, self.heads, self.head_width).transpose(1, 2))
        key = self.rotate(self.key(x).view(batch, length, self.shared, self.head_width).transpose(1, 2))
        value = self.value(x).view(batch, length, self.shared, self.head_width).transpose(1, 2)
        key = key.repeat_interleave(self.heads // self.shared, dim=1)
        value = value.repeat_interleave(self.heads // self.shared, dim=1)
        mask = torch.ones(length, length, dtype=torch.bool, device=x.device).tril()
        y = F.scaled_dot_product_attention(query, key, value, attn_mask=mask)
        return self.output(y.transpose(1, 2).reshape(batch, length, width))


class RmsNorm(nn.Module):
    def __init__(self, width: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.linspace(0.8, 1.2, width))

    def forward(self, x: Tensor) -> Tensor:
        return x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + 1e-6) * self.weight


class LlamaBlock(nn.Module):
    def __init__(self, width: int) -> None:
        super().__init__()
        self.norm1 = RmsNorm(width)
        self.attention = RotaryAttention(width, 4, 2)
        self.norm2 = RmsNorm(width)
        self.gate = nn.Linear(width, 3 * width, bias=False)
        self.up = nn.Linear(width, 3 * width, bias=False)
        self.down = nn.Linear(3 * width, width, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        x = x + self.attention(self.norm1(x))
        y = self.norm2(x)
        return x + self.down(F.silu(self.gate(y)) * self.up(y))


class Llama(nn.Module):
    def __init__(self, width: int = 48) -> None:
        super().__init__()
        self.tokens = nn.Embedding(WORDS, width)
        self.blocks = nn.ModuleList([LlamaBlock(width) for _ in range(3)])
        self.norm = RmsNorm(width)
        self.head = nn.Linear(width, WORDS, bias=False)

    def forward(self, tokens: Tensor) -> Tensor:
        x = self.tokens(tokens)
        for block in self.blocks:
            x = block(x)
        return self.head(self.norm(x))


add(
    "llama", "LLaMA, 3 blocks of width 48", "Touvron et al. 2023, arXiv:2302.13971",
    Llama, integers(WORDS, 2, 12), inputs_b=integers(WORDS, 2, 19),
    dynamic=({1: torch.export.Dim("length", min=2, max=64)},),
)
