"""Checks every example folder, or those named: `python verify.py [FOLDER ...]`.

Loads `model.pt2` and `model.pt` in PyTorch and compares their answers to `input.npy` with the stored outputs.
Prints one line per folder; the exit status is 0 only if all are OK.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import torch

from example_files import problems_of


def main() -> int:
    here = Path(__file__).resolve().parent
    parser = argparse.ArgumentParser(description="Checks the example folders against PyTorch.")
    parser.add_argument("folders", nargs="*", type=Path, help="folders to check; default: all")
    options = parser.parse_args()
    torch.set_num_threads(1)
    folders = options.folders or sorted(path.parent for path in here.glob("*/app.json"))
    if not folders:
        print("no example folders found", file=sys.stderr)
        return 1
    failed = False
    for folder in folders:
        try:
            problems = problems_of(folder)
        except (OSError, KeyError, ValueError, RuntimeError) as error:
            problems = [f"{type(error).__name__}: {error}"]
        failed |= bool(problems)
        print(f"{folder.name}: {'; '.join(problems) or 'OK'}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
