# SPDX-License-Identifier: Apache-2.0
"""Checks the zoo and writes docs/models.md.

    python bench/zoo/report.py DIR

runs `./saguaro check` on every folder of DIR, which `export.py` made, and writes the page from what came out. Each folder has a
process of its own, so that one that crashes costs one row.
"""

import argparse
import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]

FORMS = {
    "model.pt2": "`.pt2`",
    "model_dynamic.pt2": "`.pt2`, dynamic",
    "model_scripted.pt": "`.pt`, scripted",
    "model_traced.pt": "`.pt`, traced",
}

HEAD = """\
# Models that run

Written by `python bench/zoo/report.py DIR` after `python bench/zoo/export.py --out DIR`; do not edit. Every architecture is defined in
[bench/zoo](../bench/zoo/), small but true to its structure, with seeded random weights, and exported by torch {torch} in every form that it can write. Saguaro reads each file itself and
runs it on the CPU's processing elements; the answers are compared with PyTorch's own.

**{ok} of {files} archives of {architectures} architectures give PyTorch's answers.**

*Difference* is the largest absolute difference of an output over all stored examples (a second shape or branch, sequences of calls), divided by the largest absolute value expected in it. It may be 1e-4; 50 times that where a
model computes in float16, 400 times in bfloat16. Integers and booleans must be equal. *Layers* are those that compute tensors, nested graphs included; *host* are those that compute sizes, lists and
decisions, which the core does itself. *Same bits* says whether a repeated request gave the same bits.
"""


@dataclass(frozen=True)
class Row:
    """One archive."""

    folder: str
    file: str
    meta: dict[str, Any]
    result: dict[str, Any]

    @property
    def ok(self) -> bool:
        return bool(self.result["ok"])


def check(saguaro: Path, folder: Path, seconds: float) -> list[dict[str, Any]]:
    """What `saguaro check` says about a folder; one failed result per file if it says nothing."""
    try:
        done = subprocess.run([saguaro, "check", "--json", folder], capture_output=True, text=True, timeout=seconds)
        results = json.loads(done.stdout)
    except subprocess.TimeoutExpired:
        failure = f"no answer within {seconds:.0f} s"
    except json.JSONDecodeError:
        last = (done.stderr.strip().splitlines() or ["nothing"])[-1]
        failure = f"the process ended with {done.returncode}: {last}"
    else:
        for result in results:
            name, _, file = result["model"].partition("/")
            result["file"] = file or only_model(folder)
        return results
    return [{"file": path.name, "ok": False, "failure": failure} for path in models(folder)]


def models(folder: Path) -> list[Path]:
    return sorted(path for path in folder.glob("model*") if path.suffix in (".pt", ".pt2"))


def only_model(folder: Path) -> str:
    return models(folder)[0].name if models(folder) else "model.pt2"


def collect(saguaro: Path, directory: Path, seconds: float) -> list[Row]:
    rows = []
    for folder in sorted(path for path in directory.iterdir() if path.is_dir()):
        meta_file = folder / "meta.json"
        if not meta_file.exists():
            print(f"{folder}: no meta.json, not made by export.py; left out", file=sys.stderr)
            continue
        meta = json.loads(meta_file.read_text())
        results = check(saguaro, folder, seconds)
        for result in results:
            rows.append(Row(folder.name, result["file"], meta, result))
        bad = [result for result in results if not result["ok"]]
        print(f"{folder.name}: {len(results) - len(bad)} of {len(results)} OK", file=sys.stderr)
        for result in bad:
            print(f"    {result['file']}: {result['failure']}", file=sys.stderr, flush=True)
    return rows


def flow(result: dict[str, Any]) -> str:
    parts = [name if count == 1 else f"{count} {name}" for name, count in result.get("control", {}).items()]
    if result.get("hostLayers"):
        parts.append(f"{result['hostLayers']} host")
    if result.get("states"):
        parts.append(f"{result['states']} state")
    return ", ".join(parts)


def difference(result: dict[str, Any]) -> str:
    relative = result.get("relative")
    if not isinstance(relative, (int, float)):
        return ""
    return "0" if relative == 0 else f"{relative:.1e}"


def cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")


def table(rows: list[Row]) -> list[str]:
    lines = [
        "| architecture | reference | format | layers | operators | control flow | difference | same bits |",
        "|---|---|---|---:|---:|---|---:|---|",
    ]
    previous = ""
    for row in rows:
        first = row.folder != previous
        previous = row.folder
        result = row.result
        lines.append(
            "| "
            + " | ".join(
                [
                    cell(f"**{row.folder}** {row.meta['architecture']}") if first else "",
                    cell(row.meta["paper"]) if first else "",
                    FORMS.get(row.file, f"`{row.file}`"),
                    str(result.get("layers", "")),
                    str(len(result.get("operators", []))),
                    flow(result),
                    difference(result) if row.ok else "see below",
                    ("yes" if result.get("deterministic") else "no") if row.ok else "",
                ]
            )
            + " |"
        )
    return lines


def shortened(failure: str, directory: Path) -> str:
    text = failure.replace(str(directory.resolve()) + "/", "").replace(str(directory) + "/", "")
    return text if len(text) < 300 else text[:300] + " ..."


def page(rows: list[Row], directory: Path) -> str:
    folders = {row.folder: row.meta for row in rows}
    bad = [row for row in rows if not row.ok]
    torch = sorted({meta["torch"] for meta in folders.values()})
    lines = [
        HEAD.format(
            torch=", ".join(torch), ok=len(rows) - len(bad), files=len(rows), architectures=len(folders)
        )
    ]
    lines += table(rows)
    lines += ["", "## What Saguaro refuses or answers otherwise", ""]
    if bad:
        lines += ["| archive | reason |", "|---|---|"]
        lines += [f"| {row.folder}/{row.file} | {cell(shortened(row.result['failure'], directory))} |" for row in bad]
    else:
        lines.append("Nothing.")
    lines += ["", "## What PyTorch does not write", ""]
    lines += ["| architecture | missing | reason |", "|---|---|---|"]
    for name, meta in folders.items():
        for file, reason in meta["missing"].items():
            lines.append(f"| {name} | {FORMS.get(file, file)} | {cell(shortened(reason, directory))} |")
    distinct = sorted({operator for row in rows for operator in row.result.get("operators", [])})
    lines += ["", f"## The {len(distinct)} operators in them", "", " ".join(f"`{name}`" for name in distinct), ""]
    return "\n".join(lines)


def main() -> int:
    parser = argparse.ArgumentParser(description="Checks the zoo and writes docs/models.md.")
    parser.add_argument("directory", type=Path, metavar="DIR", help="what export.py wrote")
    parser.add_argument("--page", type=Path, default=ROOT / "docs" / "models.md", help="file to write")
    parser.add_argument("--saguaro", type=Path, default=ROOT / "saguaro", help="the program to ask")
    parser.add_argument("--seconds", type=float, default=300, help="for one folder")
    options = parser.parse_args()
    os.chdir(ROOT)
    rows = collect(options.saguaro, options.directory, options.seconds)
    if not rows:
        parser.error(f"{options.directory} has no folders with meta.json: run export.py --out {options.directory} first")
    options.page.write_text(page(rows, options.directory))
    bad = sum(not row.ok for row in rows)
    print(f"{len(rows) - bad} of {len(rows)} OK; written to {options.page}", file=sys.stderr)
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
