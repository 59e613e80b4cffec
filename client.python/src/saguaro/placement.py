# SPDX-License-Identifier: Apache-2.0
"""Where the layers of a deployment ran, and why not elsewhere."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class LayerPlacement:
    """One layer of the model as it was read."""

    name: str
    """The exporter's."""
    path: str
    """Module path in PyTorch, for instance `features.3`; the name if it has none."""
    operator: str
    task: int | None
    """Position of its task; None if it is in none: it was removed, or the core itself runs it."""
    lowered: str
    """What became of it before it was placed; empty if it runs as it is."""
    supported_by: tuple[str, ...]
    """Types of processing elements."""
    ran_on: str | None
    """The type of processing element that it counts for; None if it did not run."""
    runs_by_pe: Mapping[str, int]
    """How often it ran, by processing element."""
    time_share: float
    """Of the deployment's time, from 0 to 1."""
    reason: str | None
    """Why it is on no accelerator; None if it is."""
    causes: Mapping[str, str]
    """Why each other type of processing element did not run it."""
    bodies: tuple[Body, ...]
    """The graphs inside a layer of control flow."""


@dataclass(frozen=True)
class Body:
    """A branch, or the body of a loop."""

    name: str
    runs: int
    layers: tuple[LayerPlacement, ...]


@dataclass(frozen=True)
class Placement:
    """The report; as a string it is a table."""

    deployment: str
    summary: str
    layers: tuple[LayerPlacement, ...]
    """Those of nested graphs are in their `bodies`."""
    text: str
    raw: Mapping[str, Any]
    """All that the daemon says, also what this version of the client does not know."""

    def all_layers(self) -> Iterator[LayerPlacement]:
        """Every layer, those of nested graphs after the layer that holds them."""
        return _all(self.layers)

    def __str__(self) -> str:
        return self.text


def _all(layers: Sequence[LayerPlacement]) -> Iterator[LayerPlacement]:
    for layer in layers:
        yield layer
        for body in layer.bodies:
            yield from _all(body.layers)


def of_answer(header: Mapping[str, Any]) -> Placement:
    """From the daemon's answer."""
    raw = header["placement"]
    return Placement(
        deployment=raw["deployment"],
        summary=raw["summary"],
        layers=_layers(raw["layers"]),
        text=header["text"].rstrip("\n"),
        raw=raw,
    )


def _layers(raw: Sequence[Mapping[str, Any]]) -> tuple[LayerPlacement, ...]:
    return tuple(map(_layer, raw))


def _layer(raw: Mapping[str, Any]) -> LayerPlacement:
    return LayerPlacement(
        name=raw["name"],
        path=raw["path"],
        operator=raw["operator"],
        task=raw["task"],
        lowered=raw["lowered"],
        supported_by=tuple(raw["supportedBy"]),
        ran_on=raw["ranOn"],
        runs_by_pe=raw["runsByPe"],
        time_share=raw["timeShare"],
        reason=_words(raw["reason"]),
        causes=raw["causes"],
        bodies=tuple(Body(body["name"], body["runs"], _layers(body["layers"])) for body in raw["bodies"]),
    )


def _words(reason: Mapping[str, str] | None) -> str | None:
    if reason is None:
        return None
    return f"{reason['words']}: {reason['detail']}" if reason["detail"] else reason["words"]
