# SPDX-License-Identifier: Apache-2.0
"""Makes the inputs of wifi-tx and, with numpy alone, what the transmitter must make of them.

Everything is computed another way than in Java: scrambling by the recurrence of the sequence, coding by polynomial products,
interleaving by transposing a matrix, the transforms by numpy.

    python reference.py        # overwrites the files under src/
"""

import pathlib
import zlib

import numpy as np

FRAMES, SYMBOLS, POINTS, PREFIX = 10, 10, 128, 32
PAYLOAD_BYTES, SERVICE_BITS, TAIL_BITS = 128, 16, 6
DATA_BITS_PER_SYMBOL = 108
SAMPLES = 2
# The waveform is kept as a 16-bit converter takes it: this many steps per unit.
STEPS_PER_UNIT = 4096

PILOTS = (-53, -25, -11, 11, 25, 53)
DATA = [k for k in range(-58, 59) if abs(k) > 1 and k not in PILOTS]
PILOT_PATTERN = np.array([1, 1, 1, -1, -1, 1])

PACKAGE = "org/saguaro/examples/wifitx"
HERE = pathlib.Path(__file__).parent


def sequence(seed, length):
    """The scrambler's: s[n] = s[n-4] + s[n-7]; the seed's highest bit is the oldest."""
    s = [seed >> (6 - n) & 1 for n in range(7)]
    for n in range(7, 7 + length):
        s.append(s[n - 4] ^ s[n - 7])
    return np.array(s[7:])


def seed(frame):
    return (92 + frame) % 127 + 1


def code(bits):
    """Rate 1/2, 133 and 171 octal: two polynomial products over GF(2), their coefficients taken in turns."""
    streams = []
    for octal in (0o133, 0o171):
        taps = [octal >> (6 - n) & 1 for n in range(7)]
        streams.append(np.convolve(bits, taps)[: len(bits)] % 2)
    return np.stack(streams, axis=1).ravel()


def frame_bits(payload):
    body = payload + zlib.crc32(payload).to_bytes(4, "little")
    bits = np.unpackbits(np.frombuffer(body, np.uint8), bitorder="little").astype(int)
    total = SYMBOLS * DATA_BITS_PER_SYMBOL
    tail = SERVICE_BITS + len(bits)
    padded = np.concatenate([np.zeros(SERVICE_BITS, int), bits])
    return np.concatenate([padded, np.zeros(total - tail, int)]), tail


def interleave(coded):
    return coded.reshape(SYMBOLS, 12, 18).transpose(0, 2, 1).reshape(SYMBOLS, 216)


def spectra(interleaved):
    polarity = 1 - 2 * sequence(127, 127)
    result = np.zeros((SYMBOLS, POINTS), complex)
    for n in range(SYMBOLS):
        b = 2 * interleaved[n].reshape(108, 2) - 1
        result[n, np.array(DATA) % POINTS] = (b[:, 0] + 1j * b[:, 1]) / np.sqrt(2)
        pattern = np.roll(PILOT_PATTERN, -n)
        result[n, np.array(PILOTS) % POINTS] = polarity[(n + 3) % 127] * pattern
    return result


def transmit(payload, number):
    """One frame: what leaves each stage."""
    bits, tail = frame_bits(payload)
    scrambled = bits ^ sequence(seed(number), len(bits))
    scrambled[tail : tail + TAIL_BITS] = 0
    coded = code(scrambled)
    interleaved = interleave(coded)
    # Mean power 1.
    time = np.fft.ifft(spectra(interleaved), axis=1) * POINTS / np.sqrt(114)
    waveform = np.concatenate([time[:, -PREFIX:], time], axis=1).ravel()
    return bits, scrambled, coded, interleaved.ravel(), waveform


def main():
    resources = HERE / "src/main/resources" / PACKAGE
    parts = HERE / "src/test/resources" / PACKAGE
    resources.mkdir(parents=True, exist_ok=True)
    parts.mkdir(parents=True, exist_ok=True)
    random = np.random.default_rng(802_11)
    payloads = random.integers(0, 256, (SAMPLES, FRAMES, PAYLOAD_BYTES), dtype=np.uint8)
    payloads.tofile(resources / "payloads.bin")
    waveforms = []
    for sample in payloads:
        for number, payload in enumerate(sample):
            *stages, waveform = transmit(payload.tobytes(), number)
            waveforms.append(np.stack([waveform.real, waveform.imag], axis=1))
    steps = np.round(np.array(waveforms) * STEPS_PER_UNIT)
    assert np.abs(steps).max() < 32768, "clipped"
    steps.astype("<i2").tofile(resources / "waveforms.bin")

    bits, scrambled, coded, interleaved, _ = transmit(payloads[0, 3].tobytes(), 3)
    lines = ["# Frame 3 of sample 0 after each stage, by reference.py."]
    for name, value in (("bits", bits), ("scrambled", scrambled), ("coded", coded), ("interleaved", interleaved)):
        lines.append(f"{name}={''.join(str(bit) for bit in value)}")
    (parts / "stages.properties").write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
