"""Spoken words from eSpeak NG: many speakers, accents, speeds, pitches, loudnesses, offsets and noises."""

from __future__ import annotations

import io
import re
import shutil
import subprocess
import wave
from dataclasses import dataclass

import numpy as np
from scipy.signal import resample_poly

WORDS = ("yes", "no", "up", "down", "left", "right", "stop", "go", "on", "off")
SAMPLE_RATE = 8000
LENGTH = SAMPLE_RATE
ACCENTS = ("en-us", "en-gb", "en-gb-x-rp", "en-gb-scotland", "en-gb-x-gbclan", "en-gb-x-gbcwmd", "en-029", "en-us-nyc")
LOUDEST = 0.9
SILENCE = 0.01
# A fast variant for tests of eSpeak NG itself: nobody speaks like that.
NOT_A_SPEAKER = ("fast",)

Array = np.ndarray


class SynthesiserMissing(Exception):
    """espeak-ng is not installed, or it does not know the voices asked for."""


@dataclass(frozen=True)
class Utterance:
    """A word as one speaker said it once, cut to its sound: float32 at `SAMPLE_RATE`, at most `LENGTH` long."""

    sound: Array
    label: int
    speaker: str


def run_espeak(*arguments: str) -> bytes:
    if shutil.which("espeak-ng") is None:
        raise SynthesiserMissing("espeak-ng is not installed (Debian, Ubuntu: apt-get install espeak-ng)")
    done = subprocess.run(["espeak-ng", *arguments], capture_output=True, check=False)
    if done.returncode != 0 or not done.stdout:
        raise SynthesiserMissing(f"espeak-ng {' '.join(arguments)}: {done.stderr.decode().strip() or 'no sound'}")
    return done.stdout


def speakers() -> list[str]:
    """The voice variants that the installed espeak-ng has; of those that sound exactly alike, only the first."""
    found = re.findall(r"!v/(.+?)\s*(?:\(|$)", run_espeak("--voices=variant").decode(), re.MULTILINE)
    by_sound: dict[bytes, str] = {}
    for speaker in sorted(set(found) - set(NOT_A_SPEAKER)):
        by_sound.setdefault(run_espeak("-v", f"{ACCENTS[0]}+{speaker}", "--stdout", WORDS[0]), speaker)
    return list(by_sound.values())


def family(speaker: str) -> str:
    """Variants of one voice ("robosoft3", "anikaRobot") must not be split between training and test.

    The plain voices m1..m8 and f1..f5 are different people.
    """
    if re.fullmatch(r"[mf]\d", speaker):
        return speaker
    return re.sub(r"(robot|\d+)$", "", speaker.lower())


def split_speakers(everyone: list[str], test_share: float, seed: int) -> tuple[list[str], list[str]]:
    families = sorted({family(speaker) for speaker in everyone})
    np.random.default_rng(seed).shuffle(families)
    held_out = set(families[: round(len(families) * test_share)])
    training = [speaker for speaker in everyone if family(speaker) not in held_out]
    return training, [speaker for speaker in everyone if family(speaker) in held_out]


def say(label: int, speaker: str, random: np.random.Generator) -> Utterance:
    speech = run_espeak(
        "-v", f"{random.choice(ACCENTS)}+{speaker}",
        "-s", str(random.integers(120, 221)),
        "-p", str(random.integers(20, 81)),
        "--stdout", WORDS[label],
    )  # fmt: skip
    with wave.open(io.BytesIO(speech)) as reader:
        rate = reader.getframerate()
        # espeak-ng streams: the header's length is not the real one
        sound = np.frombuffer(speech[44:], np.int16).astype(np.float32) / 32768
    sound = trimmed(resample_poly(sound, SAMPLE_RATE, rate).astype(np.float32))
    return Utterance(sound[:LENGTH], label, speaker)


def trimmed(sound: Array) -> Array:
    loud = np.flatnonzero(np.abs(sound) > SILENCE * np.abs(sound).max())
    return sound[loud[0] : loud[-1] + 1]


def recorded(sound: Array, random: np.random.Generator) -> Array:
    """The sound as a microphone would hand it over: somewhere in the second, loud or soft, with noise."""
    result = np.zeros(LENGTH, np.float32)
    start = random.integers(0, LENGTH - len(sound) + 1)
    loudness = random.uniform(0.2, LOUDEST) / np.abs(sound).max()
    result[start : start + len(sound)] = sound * loudness
    power = float(np.mean((sound * loudness) ** 2))
    decibels = random.uniform(8, 40)
    noise = coloured_noise(random)
    result += noise * np.sqrt(power / 10 ** (decibels / 10) / np.mean(noise**2))
    return np.clip(result, -1, 1).astype(np.float32)


def coloured_noise(random: np.random.Generator) -> Array:
    """From white (hiss) to pink and red (rumble)."""
    spectrum = np.fft.rfft(random.standard_normal(LENGTH))
    frequency = np.maximum(np.arange(len(spectrum)), 10)
    return np.fft.irfft(spectrum / frequency ** random.uniform(0, 1), LENGTH)


def utterances(who: list[str], per_word: int, seed: int) -> list[Utterance]:
    random = np.random.default_rng(seed)
    return [say(label, speaker, random) for speaker in who for label in range(len(WORDS)) for _ in range(per_word)]
