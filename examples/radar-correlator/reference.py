# SPDX-License-Identifier: Apache-2.0
"""Simulates the echoes of radar-correlator and computes, with numpy and scipy alone, what the correlator must find.

Correlations are computed in the time domain.

    python reference.py        # overwrites the files under src/
"""

import pathlib

import numpy as np
import scipy.signal

SPEED_OF_LIGHT = 299_792_458.0
SAMPLE_RATE_HZ = 5e6
POINTS = 512
PULSE_SAMPLES = 128
BANDWIDTH_HZ = 4e6

# Range in metres, ratio of signal to noise power in dB, per sample.
TARGETS = (
    (450.0, 10.0),
    (1_234.5, 0.0),
    (2_000.0, -3.0),
    (3_150.0, 0.0),
    (5_555.0, -3.0),
    (7_777.0, -6.0),
    (9_000.0, 0.0),
    (11_000.0, -6.0),
)

PACKAGE = "org/saguaro/examples/radarcorrelator"
HERE = pathlib.Path(__file__).parent


def chirp(t):
    """The pulse, linearly frequency modulated, and its phase between samples; 0 outside of it."""
    length = PULSE_SAMPLES / SAMPLE_RATE_HZ
    inside = (t >= 0) & (t < length)
    return np.where(inside, np.exp(1j * np.pi * BANDWIDTH_HZ / length * (t - length / 2) ** 2), 0)


def main():
    resources = HERE / "src/main/resources" / PACKAGE
    resources.mkdir(parents=True, exist_ok=True)
    random = np.random.default_rng(512)
    t = np.arange(POINTS) / SAMPLE_RATE_HZ
    chirp(t).astype("<c8").tofile(resources / "pulse.bin")
    pulse = chirp(t[:PULSE_SAMPLES])
    echoes, correlations = [], []
    lines = ["# By reference.py: the simulated targets, and the lag where scipy's correlation is largest."]
    for number, (distance, decibels) in enumerate(TARGETS):
        noise = (random.normal(size=POINTS) + 1j * random.normal(size=POINTS)) / np.sqrt(2)
        echo = 10 ** (decibels / 20) * chirp(t - 2 * distance / SPEED_OF_LIGHT) + noise
        echo = echo.astype("<c8")
        # The transform takes signals to be periodic, so the correlation goes on at the beginning.
        unrolled = np.concatenate([echo, echo[: PULSE_SAMPLES - 1]])
        correlation = np.abs(scipy.signal.correlate(unrolled, pulse, mode="valid", method="direct"))
        lag = int(correlation.argmax())
        metres = lag * SPEED_OF_LIGHT / (2 * SAMPLE_RATE_HZ)
        print(f"sample {number}: target at {distance} m, seen at {metres:.0f} m (lag {lag})")
        echoes.append(echo)
        correlations.append(correlation)
        lines += [f"{number}.range.metres={distance}", f"{number}.lag={lag}"]
    np.array(echoes).tofile(resources / "echoes.bin")
    np.array(correlations).astype("<f4").tofile(resources / "correlations.bin")
    (resources / "targets.properties").write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
