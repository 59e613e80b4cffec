# SPDX-License-Identifier: Apache-2.0
"""Simulates what the radar of pulse-doppler receives and computes, with numpy and scipy alone, what it must find.

The range-Doppler map is computed another way than by the application: correlation in the time domain, the Doppler transform as
a matrix product.

    python reference.py        # overwrites the files under src/
"""

import pathlib

import numpy as np
import scipy.linalg
import scipy.signal

SPEED_OF_LIGHT = 299_792_458.0
CARRIER_HZ = 10e9
SAMPLE_RATE_HZ = 1e6
PULSES = 128
POINTS = 128  # samples from pulse to pulse
PULSE_SAMPLES = 32
BANDWIDTH_HZ = 0.9e6

# Range in metres, velocity in m/s (positive: it comes nearer), ratio of signal to noise power in dB, per sample.
TARGETS = ((3150.0, 45.0, -5.0), (7480.0, -21.4, -8.0), (12_345.0, 3.2, -12.0), (1020.0, -52.0, 0.0))

PACKAGE = "org/saguaro/examples/pulsedoppler"
HERE = pathlib.Path(__file__).parent


def chirp(t):
    """The pulse, linearly frequency modulated, and its phase between samples; 0 outside of it."""
    length = PULSE_SAMPLES / SAMPLE_RATE_HZ
    inside = (t >= 0) & (t < length)
    return np.where(inside, np.exp(1j * np.pi * BANDWIDTH_HZ / length * (t - length / 2) ** 2), 0)


def echoes(distance, velocity, decibels, random):
    """What 128 pulses bring back, as an 8-bit converter delivers it: [pulse, sample, (I, Q)]."""
    delay = 2 * distance / SPEED_OF_LIGHT
    doppler = 2 * velocity * CARRIER_HZ / SPEED_OF_LIGHT
    t = np.arange(POINTS) / SAMPLE_RATE_HZ
    start = np.arange(PULSES)[:, None] * POINTS / SAMPLE_RATE_HZ
    amplitude = 10 ** (decibels / 20)
    received = amplitude * chirp(t - delay)[None, :] * np.exp(2j * np.pi * doppler * (start + t))
    noise = random.normal(size=(PULSES, POINTS, 2)) / np.sqrt(2)
    parts = np.stack([received.real, received.imag], axis=2) + noise
    return np.clip(np.round(24 * parts), -127, 127).astype(np.int8)


def range_doppler(samples):
    """Magnitudes [range, velocity], velocity 0 in the middle column."""
    signal = samples[..., 0].astype(float) + 1j * samples[..., 1]
    pulse = chirp(np.arange(PULSE_SAMPLES) / SAMPLE_RATE_HZ)
    compressed = np.empty((PULSES, POINTS), complex)
    for m in range(PULSES):
        # Pulses follow each other without a gap, so the correlation goes on at the beginning.
        unrolled = np.concatenate([signal[m], signal[m, : PULSE_SAMPLES - 1]])
        compressed[m] = scipy.signal.correlate(unrolled, pulse, mode="valid", method="direct")
    spectrum = scipy.linalg.dft(PULSES) @ compressed
    return np.abs(np.roll(spectrum, PULSES // 2, axis=0)).T


def main():
    resources = HERE / "src/main/resources" / PACKAGE
    resources.mkdir(parents=True, exist_ok=True)
    random = np.random.default_rng(128)
    pulse = chirp(np.arange(POINTS) / SAMPLE_RATE_HZ)
    pulse.astype("<c8").tofile(resources / "pulse.bin")
    recorded, profiles = [], []
    lines = ["# By reference.py: the simulated targets, and where numpy sees them."]
    for number, (distance, velocity, decibels) in enumerate(TARGETS):
        samples = echoes(distance, velocity, decibels, random)
        seen = range_doppler(samples)
        cell = np.unravel_index(seen.argmax(), seen.shape)
        cell_metres = SPEED_OF_LIGHT / (2 * SAMPLE_RATE_HZ)
        cell_speed = SPEED_OF_LIGHT * SAMPLE_RATE_HZ / POINTS / (2 * CARRIER_HZ * PULSES)
        print(
            f"sample {number}: target at {distance} m, {velocity} m/s; seen at {cell[0] * cell_metres:.0f} m,"
            f" {(cell[1] - PULSES // 2) * cell_speed:.1f} m/s; peak {seen.max() / np.median(seen):.0f} times the median"
        )
        recorded.append(samples)
        profiles.append(np.concatenate([seen.max(axis=1), seen.max(axis=0)]))
        lines += [
            f"{number}.range.metres={distance}",
            f"{number}.velocity.metresPerSecond={velocity}",
            f"{number}.range.cell={cell[0]}",
            f"{number}.velocity.cell={cell[1]}",
        ]
    np.array(recorded).tofile(resources / "echoes.bin")
    np.array(profiles).astype("<f4").tofile(resources / "profiles.bin")
    (resources / "targets.properties").write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
