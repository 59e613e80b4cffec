# SPDX-License-Identifier: Apache-2.0
"""Sound, text and time series."""

from typing import List, Optional, Tuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from .convnets import BATCH
from .layers import conv_norm
from .registry import add, integers, normal, pictures


class M5(nn.Module):
    """A deep network on raw sound."""

    def __init__(self, width: int = 16) -> None:
        super().__init__()

        def stage(inputs: int, outputs: int, kernel: int, stride: int) -> List[nn.Module]:
            return [nn.Conv1d(inputs, outputs, kernel, stride), nn.BatchNorm1d(outputs), nn.ReLU(), nn.MaxPool1d(4)]

        self.layers = nn.Sequential(
            *stage(1, width, 80, 16),
            *stage(width, width, 3, 1),
            *stage(width, 2 * width, 3, 1),
            *stage(2 * width, 2 * width, 3, 1),
        )
        self.fc = nn.Linear(2 * width, 35)

    def forward(self, sound: Tensor) -> Tensor:
        x = self.layers(sound)
        x = F.avg_pool1d(x, x.shape[-1]).permute(0, 2, 1)
        return F.log_softmax(self.fc(x), dim=2)


add(
    "m5", "M5, half as wide, 1 s at 8 kHz", "Dai et al. 2016, arXiv:1610.00087", M5,
    normal(2, 1, 8000), inputs_b=normal(3, 1, 8000), dynamic=BATCH,
)


class WaveNet(nn.Module):
    """Gated dilated causal convolutions with skip connections."""

    def __init__(self, width: int = 16, classes: int = 32, depth: int = 6) -> None:
        super().__init__()
        self.stem = nn.Conv1d(1, width, 1)
        self.gated = nn.ModuleList([nn.Conv1d(width, 2 * width, 2, dilation=2**index) for index in range(depth)])
        self.residual = nn.ModuleList([nn.Conv1d(width, width, 1) for _ in range(depth)])
        self.skip = nn.ModuleList([nn.Conv1d(width, 2 * width, 1) for _ in range(depth)])
        self.head = nn.Sequential(nn.ReLU(), nn.Conv1d(2 * width, 2 * width, 1), nn.ReLU(), nn.Conv1d(2 * width, classes, 1))

    def forward(self, x: Tensor) -> Tensor:
        x = self.stem(x)
        skips: Optional[Tensor] = None
        for gated, residual, skip in zip(self.gated, self.residual, self.skip):
            signal, gate = gated(F.pad(x, (gated.dilation[0], 0))).chunk(2, dim=1)
            y = torch.tanh(signal) * torch.sigmoid(gate)
            skips = skip(y) if skips is None else skips + skip(y)
            x = x + residual(y)
        assert skips is not None
        return self.head(skips)


add(
    "wavenet", "WaveNet, 6 dilations", "van den Oord et al. 2016, arXiv:1609.03499", WaveNet,
    normal(1, 1, 200), inputs_b=normal(1, 1, 333), dynamic=({2: torch.export.Dim("length", min=2, max=4096)},),
)


class TemporalBlock(nn.Module):
    def __init__(self, inputs: int, outputs: int, dilation: int) -> None:
        super().__init__()
        self.cut = 2 * dilation
        self.conv1 = nn.Conv1d(inputs, outputs, 3, padding=self.cut, dilation=dilation)
        self.conv2 = nn.Conv1d(outputs, outputs, 3, padding=self.cut, dilation=dilation)
        self.match = nn.Conv1d(inputs, outputs, 1) if inputs != outputs else None
        self.dropout = nn.Dropout(0.2)

    def forward(self, x: Tensor) -> Tensor:
        y = self.dropout(F.relu(self.conv1(x)[:, :, : -self.cut]))
        y = self.dropout(F.relu(self.conv2(y)[:, :, : -self.cut]))
        if self.match is not None:
            x = self.match(x)
        return F.relu(x + y)


class Tcn(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.blocks = nn.Sequential(*[TemporalBlock(a, 24, 2**i) for i, a in enumerate((6, 24, 24, 24))])
        self.fc = nn.Linear(24, 4)

    def forward(self, x: Tensor) -> Tensor:
        return self.fc(self.blocks(x)[:, :, -1])


add(
    "tcn", "Temporal convolutional network", "Bai et al. 2018, arXiv:1803.01271", Tcn,
    normal(2, 6, 64), inputs_b=normal(3, 6, 64), dynamic=BATCH,
)


class LstmTagger(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.embedding = nn.Embedding(80, 24)
        self.lstm = nn.LSTM(24, 32, num_layers=2, batch_first=True, dropout=0.3)
        self.fc = nn.Linear(32, 12)

    def forward(self, words: Tensor) -> Tensor:
        states, _ = self.lstm(self.embedding(words))
        return F.log_softmax(self.fc(states), dim=-1)


add(
    "lstm", "Two-layer LSTM tagger", "Hochreiter & Schmidhuber 1997, Neural Computation 9(8)", LstmTagger,
    integers(80, 2, 14), inputs_b=integers(80, 3, 14), dynamic=BATCH,
)


class GruForecaster(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.gru = nn.GRU(5, 32, num_layers=2, batch_first=True, bidirectional=True)
        self.fc = nn.Linear(64, 3)

    def forward(self, series: Tensor, state: Tensor) -> Tuple[Tensor, Tensor]:
        states, last = self.gru(series, state)
        return self.fc(states[:, -1]), last


add(
    "gru", "Two-layer bidirectional GRU with initial state", "Cho et al. 2014, arXiv:1406.1078", GruForecaster,
    lambda generator: (torch.randn(2, 20, 5, generator=generator), torch.randn(4, 2, 32, generator=generator)),
)


class PackedLstm(nn.Module):
    """Sentences of different lengths in one batch."""

    def __init__(self) -> None:
        super().__init__()
        self.embedding = nn.Embedding(60, 16, padding_idx=0)
        self.lstm = nn.LSTM(16, 20, bidirectional=True, batch_first=True)
        self.fc = nn.Linear(40, 3)

    def forward(self, words: Tensor, lengths: Tensor) -> Tuple[Tensor, Tensor]:
        packed = pack_padded_sequence(self.embedding(words), lengths, batch_first=True, enforce_sorted=False)
        states, (hidden, _) = self.lstm(packed)
        padded, _ = pad_packed_sequence(states, batch_first=True)
        return self.fc(torch.cat([hidden[0], hidden[1]], dim=1)), padded


def ragged_words(lengths: List[int]):
    def draw(generator: torch.Generator):
        words = torch.randint(1, 60, (len(lengths), max(lengths)), generator=generator)
        for row, length in enumerate(lengths):
            words[row, length:] = 0
        return words, torch.tensor(lengths)

    return draw


add(
    "bilstm_packed", "Bidirectional LSTM over packed sequences", "Graves & Schmidhuber 2005, Neural Networks 18",
    PackedLstm, ragged_words([5, 9, 3]), inputs_b=ragged_words([7, 2]), traced=False,
)


class ElmanRnn(nn.Module):
    """The recurrence written as a loop over the steps; TorchScript keeps the loop, an export unrolls it."""

    def __init__(self) -> None:
        super().__init__()
        self.cell = nn.RNNCell(6, 16)
        self.fc = nn.Linear(16, 4)

    def forward(self, series: Tensor) -> Tensor:
        hidden = torch.zeros(series.size(1), 16, dtype=series.dtype, device=series.device)
        answers: List[Tensor] = []
        for step in range(series.size(0)):
            hidden = self.cell(series[step], hidden)
            answers.append(self.fc(hidden))
        return torch.stack(answers)


add("rnn_elman", "Elman RNN, loop over steps", "Elman 1990, Cognitive Science 14(2)", ElmanRnn,
    normal(7, 2, 6), inputs_b=normal(11, 3, 6), traced=False)


class VanillaRnn(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.rnn = nn.RNN(6, 16, num_layers=1, nonlinearity="relu", batch_first=True)
        self.fc = nn.Linear(16, 4)

    def forward(self, series: Tensor) -> Tensor:
        return self.fc(self.rnn(series)[0][:, -1])


add("rnn_relu", "RNN with ReLU", "Le et al. 2015, arXiv:1504.00941", VanillaRnn, normal(2, 12, 6))


class ConvLstmCell(nn.Module):
    def __init__(self, inputs: int, width: int) -> None:
        super().__init__()
        self.width = width
        self.gates = nn.Conv2d(inputs + width, 4 * width, 3, padding=1)

    def forward(self, x: Tensor, state: Tuple[Tensor, Tensor]) -> Tuple[Tensor, Tensor]:
        hidden, cell = state
        gates = self.gates(torch.cat([x, hidden], dim=1))
        entry, forget, output, fresh = torch.split(gates, self.width, dim=1)
        cell = torch.sigmoid(forget) * cell + torch.sigmoid(entry) * torch.tanh(fresh)
        return torch.sigmoid(output) * torch.tanh(cell), cell


class ConvLstm(nn.Module):
    def __init__(self, width: int = 8) -> None:
        super().__init__()
        self.width = width
        self.cells = nn.ModuleList([ConvLstmCell(1, width), ConvLstmCell(width, width)])
        self.head = nn.Conv2d(width, 1, 1)

    def forward(self, frames: Tensor) -> Tensor:
        batch, length, _, height, width = frames.size()
        blank = frames.new_zeros(batch, self.width, height, width)
        states: List[Tuple[Tensor, Tensor]] = []
        for _ in range(2):
            states.append((blank, blank))
        for step in range(length):
            x = frames[:, step]
            for level, cell in enumerate(self.cells):
                states[level] = cell(x, states[level])
                x = states[level][0]
        return torch.sigmoid(self.head(states[1][0]))


add(
    "conv_lstm", "ConvLSTM, two layers", "Shi et al. 2015, arXiv:1506.04214", ConvLstm,
    normal(1, 5, 1, 16, 16), inputs_b=normal(2, 3, 1, 16, 16), traced=False,
)


class Crnn(nn.Module):
    """Text recognition with greedy CTC decoding: repeated labels merged, blanks dropped, one label after the other."""

    def __init__(self, classes: int = 12) -> None:
        super().__init__()
        self.features = nn.Sequential(
            conv_norm(1, 16, 3), nn.MaxPool2d(2, 2), conv_norm(16, 32, 3), nn.MaxPool2d(2, 2),
            conv_norm(32, 32, 3), nn.MaxPool2d((2, 1), (2, 1)), conv_norm(32, 32, 3), nn.MaxPool2d((2, 1), (2, 1)),
        )
        self.rnn = nn.LSTM(64, 24, bidirectional=True)
        self.fc = nn.Linear(48, classes)

    def scores(self, x: Tensor) -> Tensor:
        x = self.features(x)
        batch, channels, height, width = x.size()
        x = x.permute(3, 0, 1, 2).reshape(width, batch, channels * height)
        return F.log_softmax(8.0 * self.fc(self.rnn(x)[0]), dim=2)

    def decode(self, best: List[int]) -> List[int]:
        text: List[int] = []
        last = -1
        for label in best:
            if label != last and label != 0:
                text.append(label)
            last = label
        return text

    def forward(self, x: Tensor) -> Tuple[Tensor, List[Tensor]]:
        scores = self.scores(x)
        texts: List[Tensor] = []
        labels = scores.argmax(dim=2)
        for row in range(labels.size(1)):
            best: List[int] = labels[:, row].tolist()
            texts.append(torch.tensor(self.decode(best), dtype=torch.int64))
        return scores, texts


add(
    "crnn_ctc", "CRNN with greedy CTC decoding", "Shi et al. 2015, arXiv:1507.05717", Crnn,
    pictures(2, 1, 32, 80), inputs_b=pictures(1, 1, 32, 120), exported=True, traced=False,
)


class CrnnScores(Crnn):
    def forward(self, x: Tensor) -> Tensor:
        return self.scores(x)


add(
    "crnn", "CRNN, scores only", "Shi et al. 2015, arXiv:1507.05717", CrnnScores,
    pictures(2, 1, 32, 80), inputs_b=pictures(3, 1, 32, 80), dynamic=BATCH,
)


class SpeechConformerBlock(nn.Module):
    """Half feed-forward, attention, convolution, half feed-forward."""

    def __init__(self, width: int = 32) -> None:
        super().__init__()
        self.forward1 = nn.Sequential(nn.LayerNorm(width), nn.Linear(width, 64), nn.SiLU(), nn.Linear(64, width))
        self.norm = nn.LayerNorm(width)
        self.attention = nn.MultiheadAttention(width, 4, batch_first=True)
        self.norm_conv = nn.LayerNorm(width)
        self.pointwise1 = nn.Conv1d(width, 2 * width, 1)
        self.depthwise = nn.Conv1d(width, width, 7, padding=3, groups=width)
        self.batch_norm = nn.BatchNorm1d(width)
        self.pointwise2 = nn.Conv1d(width, width, 1)
        self.forward2 = nn.Sequential(nn.LayerNorm(width), nn.Linear(width, 64), nn.SiLU(), nn.Linear(64, width))
        self.norm_last = nn.LayerNorm(width)

    def forward(self, x: Tensor) -> Tensor:
        x = x + 0.5 * self.forward1(x)
        y = self.norm(x)
        x = x + self.attention(y, y, y, need_weights=False)[0]
        y = F.glu(self.pointwise1(self.norm_conv(x).transpose(1, 2)), dim=1)
        y = self.pointwise2(F.silu(self.batch_norm(self.depthwise(y))))
        x = x + y.transpose(1, 2)
        return self.norm_last(x + 0.5 * self.forward2(x))


class Conformer(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.subsample = nn.Sequential(nn.Conv2d(1, 8, 3, 2), nn.ReLU(), nn.Conv2d(8, 8, 3, 2), nn.ReLU())
        self.entry = nn.Linear(8 * 9, 32)
        self.blocks = nn.Sequential(SpeechConformerBlock(), SpeechConformerBlock())
        self.fc = nn.Linear(32, 30)

    def forward(self, spectrogram: Tensor) -> Tensor:
        x = self.subsample(spectrogram.unsqueeze(1))
        x = self.entry(x.permute(0, 2, 1, 3).flatten(2))
        return self.fc(self.blocks(x))


add("conformer", "Conformer, 2 blocks of width 32", "Gulati et al. 2020, arXiv:2005.08100", Conformer,
    normal(2, 60, 40))
