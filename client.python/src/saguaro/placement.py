# SPDX-License-Identifier: Apache-2.0
"""Where the layers of a deployment ran, and why not elsewhere."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class LayerPlacement:
    """One layer of the model as it was read."""

    path: str
    """Module path in PyTorch, for instance `features.3`."""
    operator: str
    task: int | None
    """Position of its task; None if it is in none."""
    lowered: str
    """What became of it before it was placed; empty if it runs as it is."""
    supported_by: tuple[str, ...]
    """Types of processing elements."""
    causes: Mapping[str, str]
    """Why each other type does not run it."""
    runs_by_pe: Mapping[str, int]
    """How often it ran, by processing element."""
    time_share: float
    """Of the deployment's time, from 0 to 1."""


@dataclass(frozen=True)
class Placement:
    """The report; as a string it is a table."""

    deployment: str
    summary: str
    layers: tuple[LayerPlacement, ...]
    text: str
    raw: Mapping[str, Any]
    """All that the daemon says, also what this version of the client does not know."""

    def __str__(self) -> str:
        return self.text


def of_answer(header: Mapping[str, Any]) -> Placement:
    """From the daemon's answer."""
    raw = header["placement"]
    return Placement(
        deployment=raw["deployment"],
        summary=raw["summary"],
        layers=tuple(
            LayerPlacement(
                path=layer["path"],
                operator=layer["operator"],
                task=layer["task"],
                lowered=layer["lowered"],
                supported_by=tuple(layer["supportedBy"]),
                causes=layer["causes"],
                runs_by_pe=layer["runsByPe"],
                time_share=layer["timeShare"],
            )
            for layer in raw["layers"]
        ),
        text=header["text"].rstrip("\n"),
        raw=raw,
    )
