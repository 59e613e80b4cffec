"""Trains a 1-D convolutional network on words spoken by eSpeak NG and exports it: `python train.py`.

Needs the program espeak-ng. Takes about seven minutes on one core.
Everything is seeded: the same versions give the same files.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from words import (
    LENGTH,
    SAMPLE_RATE,
    WORDS,
    SynthesiserMissing,
    Utterance,
    recorded,
    speakers,
    split_speakers,
    utterances,
)

sys.path.append(str(Path(__file__).resolve().parents[1]))
from example_files import Example, write_example  # noqa: E402

SEED = 8
TEST_SHARE = 0.25
TRAIN_PER_WORD = 6
TEST_PER_WORD = 4
EPOCHS = 30
BATCH = 64
SAMPLES = 32


class SpeechNet(nn.Module):
    """Reads the raw waveform, as M5 of Dai et al., 2016 (arXiv:1610.00087): a long first filter, then short ones."""

    def __init__(self) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        inputs = 1
        for outputs, kernel, stride in ((32, 80, 4), (48, 3, 1), (80, 3, 1), (128, 3, 1)):
            layers += [
                nn.Conv1d(inputs, outputs, kernel, stride=stride, padding=kernel // 2, bias=False),
                nn.BatchNorm1d(outputs),
                nn.ReLU(),
                nn.MaxPool1d(4),
            ]
            inputs = outputs
        self.features = nn.Sequential(*layers)
        self.pool = nn.AdaptiveAvgPool1d(1)
        self.classifier = nn.Sequential(nn.Dropout(0.3), nn.Linear(inputs, len(WORDS)))

    def forward(self, sound: Tensor) -> Tensor:
        return self.classifier(torch.flatten(self.pool(self.features(sound)), 1))


def recordings(spoken: list[Utterance], random: np.random.Generator) -> np.ndarray:
    return np.stack([recorded(utterance.sound, random) for utterance in spoken])[:, None]


def labels_of(spoken: list[Utterance]) -> np.ndarray:
    return np.array([utterance.label for utterance in spoken])


def train(model: nn.Module, spoken: list[Utterance], random: np.random.Generator) -> None:
    labels = torch.from_numpy(labels_of(spoken))
    optimizer = torch.optim.AdamW(model.parameters(), lr=2e-3, weight_decay=1e-2)
    steps = EPOCHS * -(-len(spoken) // BATCH)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, max_lr=6e-3, total_steps=steps)
    model.train()
    for epoch in range(EPOCHS):
        loss_sum = 0.0
        for batch in torch.from_numpy(random.permutation(len(spoken))).split(BATCH):
            heard = torch.from_numpy(recordings([spoken[index] for index in batch], random))
            loss = F.cross_entropy(model(heard), labels[batch], label_smoothing=0.05)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
            loss_sum += loss.item() * len(batch)
        print(f"epoch {epoch + 1:2d}: training loss {loss_sum / len(spoken):.4f}", flush=True)


def predict(model: nn.Module, heard: np.ndarray) -> np.ndarray:
    model.eval()
    with torch.no_grad():
        return torch.cat([model(batch).argmax(1) for batch in torch.from_numpy(heard).split(BATCH)]).numpy()


def main() -> None:
    torch.manual_seed(SEED)
    torch.set_num_threads(1)
    random = np.random.default_rng(SEED)
    try:
        training, held_out = split_speakers(speakers(), TEST_SHARE, SEED)
        print(f"{len(training)} speakers for training, {len(held_out)} held out: {', '.join(held_out)}", flush=True)
        spoken = utterances(training, TRAIN_PER_WORD, SEED + 1)
        test = utterances(held_out, TEST_PER_WORD, SEED + 2)
    except SynthesiserMissing as error:
        raise SystemExit(f"cannot make the training words: {error}") from error

    model = SpeechNet()
    train(model, spoken, random)

    random.shuffle(test)
    heard, labels = recordings(test, random), labels_of(test)
    right = predict(model, heard) == labels
    accuracy = float(right.mean())
    print(f"test accuracy: {accuracy:.4f} ({right.sum()} of {len(test)} words of speakers never heard in training)")
    worst = sorted((float(right[[u.speaker == who for u in test]].mean()), who) for who in held_out)[:3]
    print("hardest speakers: " + ", ".join(f"{who} {share:.2f}" for share, who in worst))

    example = Example(
        name="speech-commands",
        title="Spoken commands (1-D convolutions)",
        task="classification",
        classes=WORDS,
        input_meaning=f"one second of sound, {SAMPLE_RATE} samples per second, values from -1 to 1",
        output_meanings=("one logit per class",),
        metric="accuracy",
        metric_value=accuracy,
        metric_samples=len(test),
        extra={"audio": {"sampleRate": SAMPLE_RATE, "length": LENGTH}},
    )
    truths = [
        {"label": utterance.label, "name": WORDS[utterance.label], "speaker": utterance.speaker}
        for utterance in test[:SAMPLES]
    ]
    write_example(Path(__file__).resolve().parent, example, model, heard[:SAMPLES], truths, scripted=False)


if __name__ == "__main__":
    main()
