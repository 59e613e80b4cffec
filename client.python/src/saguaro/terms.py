# SPDX-License-Identifier: Apache-2.0
"""How a request is to be treated."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Terms:
    """How a request is to be treated.

    Which of it counts is up to the daemon's scheduling policy; the bound of the tenant and the hard deadline always do.

    Attributes:
        tenant: on whose behalf; the daemon's default tenant if None
        priority: larger goes first
        soft_deadline: in seconds: when the result begins to lose value
        hard_deadline: in seconds: when it is worth nothing any more; the request then fails with `DeadlineError`
        value: what the result earns by the soft deadline, compared with other requests
    """

    tenant: str | None = None
    priority: int = 0
    soft_deadline: float | None = None
    hard_deadline: float | None = None
    value: float = 1.0

    def header(self) -> dict[str, Any]:
        """What the protocol says of it; nothing where it is as usual."""
        header: dict[str, Any] = {}
        if self.tenant is not None:
            header["tenant"] = self.tenant
        if self.priority:
            header["priority"] = self.priority
        if self.soft_deadline is not None:
            header["softDeadlineMillis"] = _millis(self.soft_deadline)
        if self.hard_deadline is not None:
            header["hardDeadlineMillis"] = _millis(self.hard_deadline)
        if self.value != 1.0:
            header["value"] = self.value
        return header


def _millis(seconds: float) -> int:
    return math.ceil(seconds * 1000)


USUAL = Terms()
