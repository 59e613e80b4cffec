# SPDX-License-Identifier: Apache-2.0
"""What can go wrong, by who can do something about it."""

from __future__ import annotations


class SaguaroError(Exception):
    """Base of all errors of this package. The message says why and what to do."""


class DaemonNotRunningError(SaguaroError, ConnectionError):
    """No daemon answers where it was looked for."""


class ConnectionLostError(SaguaroError, ConnectionError):
    """The daemon closed the connection, or died."""


class ProtocolError(SaguaroError):
    """Client and daemon do not understand each other: they are of different versions."""


class ExportError(SaguaroError):
    """No exporter of PyTorch can export the module."""


class DeploymentError(SaguaroError):
    """The daemon cannot deploy the model."""


class NotDeployedError(SaguaroError, LookupError):
    """Nothing is deployed by that name."""


class InvalidInputError(SaguaroError, ValueError):
    """The inputs do not fit the model."""


class RejectedError(SaguaroError):
    """Too many requests or clients at once; try again later."""


class RequestTimeoutError(SaguaroError, TimeoutError):
    """The request did not finish in time."""


class DeadlineError(SaguaroError, TimeoutError):
    """The request's hard deadline passed, or could not be met any more."""


class CancelledError(SaguaroError):
    """The request was cancelled."""


class UndeployedError(SaguaroError):
    """The deployment was closed while the request was under way."""


class ExecutionError(SaguaroError):
    """Every processing element that could run a layer failed to."""


class InternalError(SaguaroError):
    """A bug of the daemon; its log has more."""


_BY_CATEGORY: dict[str, type[SaguaroError]] = {
    "PROTOCOL": ProtocolError,
    "NOT_FOUND": NotDeployedError,
    "DEPLOYMENT": DeploymentError,
    "INTERNAL": InternalError,
    "INVALID_INPUT": InvalidInputError,
    "REJECTED": RejectedError,
    "TIMEOUT": RequestTimeoutError,
    "DEADLINE": DeadlineError,
    "CANCELLED": CancelledError,
    "UNDEPLOYED": UndeployedError,
    "FAILED": ExecutionError,
}


def of_category(category: str, message: str) -> SaguaroError:
    """The exception for an error that the daemon reports."""
    return _BY_CATEGORY.get(category, SaguaroError)(message)
