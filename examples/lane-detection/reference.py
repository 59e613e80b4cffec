# SPDX-License-Identifier: Apache-2.0
"""Draws the roads of lane-detection and finds their lanes with numpy and scipy alone.

Filters are convolutions in space, not products of Fourier transforms as in the application.

    python reference.py            # overwrites the files under src/
    python reference.py FOLDER     # writes the pictures and what was found in them as PPM files, to look at
"""

import gzip
import pathlib
import sys

import numpy as np
import scipy.ndimage

ROWS, COLUMNS = 128, 256
HORIZON = 50
BOTTOM = ROWS - 1
# Edges are looked for in these rows, and between lines from the middle of row APEX to the lower corners.
FIRST_ROW, LAST_ROW, APEX = 62, 123, 45
THRESHOLD = 0.25
# Normals of lane lines in degrees, either side; an edge votes for directions this near to its own.
STEEPEST, FLATTEST, WINDOW = 10, 65, 8
# Edges this near to a line, in pixels, make its final position.
NEAR = 2.0

PACKAGE = "org/saguaro/examples/lanedetection"
HERE = pathlib.Path(__file__).parent

# Inner edges of the lane at the bottom row, vanishing point, bend in pixels at the horizon.
SCENES = {
    "straight": dict(left=52, right=204, vanishing=128),
    "off-centre, dashed": dict(left=20, right=176, vanishing=120, dashed=True),
    "bend": dict(left=58, right=210, vanishing=126, bend=22),
    "shadows": dict(left=44, right=196, vanishing=131, shadows=True, dashed=True),
    "noise": dict(left=62, right=200, vanishing=128, noise=9),
}


def draw(random, left, right, vanishing, bend=0, dashed=False, shadows=False, noise=0):
    fine = 4  # columns per column, averaged
    y, x = np.mgrid[0:ROWS, 0 : COLUMNS * fine]
    x = (x + 0.5) / fine - 0.5
    s = np.clip((y - HORIZON) / (BOTTOM - HORIZON), 1e-6, None)
    shift = vanishing + bend * (1 - s) ** 2

    def edge(bottom):
        return shift + s * (bottom - vanishing)

    image = np.zeros((ROWS, COLUMNS * fine, 3))
    image[:] = (90, 140, 70)
    on_road = (x > edge(left - 45)) & (x < edge(right + 45))
    image[on_road] = (92, 92, 96)
    gap = (6 / s % 3 < 1) if dashed else np.zeros_like(s, bool)
    image[(x > edge(left - 8)) & (x < edge(left))] = (225, 225, 220)
    image[(x > edge(right)) & (x < edge(right + 8)) & ~gap] = (225, 225, 220)
    if shadows:
        for first, last, slope in ((66, 76, 0.15), (88, 104, -0.2)):
            dark = (y > first + slope * (x - 128)) & (y < last + slope * (x - 128))
            image[dark] *= 0.55
    sky = y < HORIZON
    image[sky] = np.stack([120 + y[sky], 160 + y[sky], 230 + 0 * y[sky]], axis=1)
    image = image.reshape(ROWS, COLUMNS, fine, 3).mean(axis=2)
    # The same in all channels, as of a sensor in the dark.
    image += random.normal(0, 1, (ROWS, COLUMNS, 1)) * noise
    return np.clip(np.round(image), 0, 255).astype(np.uint8), edge(left)[:, 0], edge(right)[:, 0]


def gradients(image):
    grey = image.astype(float) @ (0.299, 0.587, 0.114)
    bell = np.exp(-np.arange(-2, 3) ** 2 / 2)
    bell /= bell.sum()
    blurred = scipy.ndimage.convolve(grey, np.outer(bell, bell), mode="wrap")
    across, along = np.array([1, 0, -1]), np.array([1, 2, 1])
    x = scipy.ndimage.convolve(blurred, np.outer(along, across), mode="wrap")
    y = scipy.ndimage.convolve(blurred, np.outer(across, along), mode="wrap")
    return x, y


def edges(gx, gy):
    """Edges in the region of interest: [row, column] is true."""
    row, column = np.mgrid[0:ROWS, 0:COLUMNS]
    width = COLUMNS / 2 * (row - APEX) / (BOTTOM - APEX)
    inside = (row >= FIRST_ROW) & (row <= LAST_ROW) & (np.abs(column - (COLUMNS - 1) / 2) <= width)
    strength = np.hypot(gx, gy)
    return inside & (strength >= THRESHOLD * strength[inside].max())


def line(gx, gy, side):
    """Inner edge of the lane's marking at one side (-1 left, 1 right): column as (at row 0, per row); by Hough transform."""
    y, x = np.nonzero(edges(gx, gy) & (gx * side > 0))
    normal = np.degrees(np.arctan2(gy[y, x] * side, gx[y, x] * side))
    degrees = np.arange(STEEPEST, FLATTEST + 1) * -side
    centre = np.round(normal)
    reach = ROWS + COLUMNS
    votes = np.zeros((len(degrees), 2 * reach), int)
    for i, degree in enumerate(degrees):
        near = np.abs(degree - centre) <= WINDOW
        angle = np.radians(degree)
        rho = np.floor(x[near] * np.cos(angle) + y[near] * np.sin(angle) + 0.5).astype(int)
        np.add.at(votes[i], rho + reach, 1)
    best = np.unravel_index(votes.argmax(), votes.shape)
    angle, rho = np.radians(degrees[best[0]]), best[1] - reach
    along = np.abs(degrees[best[0]] - centre) <= WINDOW
    near = along & (np.abs(x * np.cos(angle) + y * np.sin(angle) - rho) <= NEAR)
    # Weighted by the strength of the edge: polyfit takes the weight's root.
    weight = np.sqrt(np.hypot(gx, gy)[y, x])
    slope, start = np.polyfit(y[near], x[near], 1, w=weight[near])
    return start, slope, votes[best]


def main():
    random = np.random.default_rng(2024)
    pictures, profiles = [], []
    lines = ["# By reference.py: columns of the lane's inner edges at two rows, as drawn and as found by scipy."]
    for number, (name, scene) in enumerate(SCENES.items()):
        image, left, right = draw(random, **scene)
        gx, gy = gradients(image)
        strength = np.hypot(gx, gy)
        pictures.append(image)
        profiles.append(np.concatenate([strength.sum(axis=1), strength.sum(axis=0)]))
        lines.append(f"{number}.name={name}")
        found = {}
        for label, side, drawn in (("left", -1, left), ("right", 1, right)):
            start, slope, votes = line(gx, gy, side)
            found[label] = (start, slope)
            for row, place in ((BOTTOM, "near"), (75, "far")):
                lines.append(f"{number}.{label}.{place}.drawn={drawn[row]:.3f}")
                lines.append(f"{number}.{label}.{place}.found={start + slope * row:.3f}")
            print(
                f"{name}, {label}: at the bottom {start + slope * BOTTOM:.1f}, drawn {drawn[BOTTOM]:.1f};"
                f" at row 75 {start + slope * 75:.1f}, drawn {drawn[75]:.1f}; {votes} votes"
            )
        if len(sys.argv) > 1:
            show(pathlib.Path(sys.argv[1]), number, image, edges(gx, gy), found)
    if len(sys.argv) > 1:
        return
    resources = HERE / "src/main/resources" / PACKAGE
    resources.mkdir(parents=True, exist_ok=True)
    (resources / "roads.bin.gz").write_bytes(gzip.compress(np.array(pictures).tobytes(), mtime=0))
    np.array(profiles).astype("<f4").tofile(resources / "profiles.bin")
    (resources / "lanes.properties").write_text("\n".join(lines) + "\n")


def show(folder, number, image, found_edges, found):
    picture = image.copy()
    picture[found_edges] = (255, 160, 0)
    for start, slope in found.values():
        for row in range(FIRST_ROW, ROWS):
            column = int(round(start + slope * row))
            if 0 <= column < COLUMNS:
                picture[row, column] = (255, 0, 0)
    both = np.concatenate([image, picture])
    header = f"P6 {COLUMNS} {2 * ROWS} 255\n".encode()
    (folder / f"road{number}.ppm").write_bytes(header + both.tobytes())


if __name__ == "__main__":
    main()
