# SPDX-License-Identifier: Apache-2.0
"""PyTorch models on a Saguaro daemon: native Python in, deployed model out.

import saguaro
net = saguaro.deploy(module, example_inputs=x)
y = net.infer(x)
"""

from .checking import CheckResult, OutputDifference, check
from .client import Client, Deployment, Session, Value, connect, deploy
from .daemons import daemon
from .errors import (
    CancelledError,
    ConnectionLostError,
    DaemonNotRunningError,
    DeadlineError,
    DeploymentError,
    ExecutionError,
    ExportError,
    InternalError,
    InvalidInputError,
    NotDeployedError,
    ProtocolError,
    RejectedError,
    RequestTimeoutError,
    SaguaroError,
    UndeployedError,
)
from .exporting import Exported, export
from .placement import Body, LayerPlacement, Placement
from .terms import Terms

__version__ = "0.1.0"

__all__ = [
    "Body",
    "CancelledError",
    "CheckResult",
    "Client",
    "ConnectionLostError",
    "DaemonNotRunningError",
    "DeadlineError",
    "Deployment",
    "DeploymentError",
    "ExecutionError",
    "ExportError",
    "Exported",
    "InternalError",
    "InvalidInputError",
    "LayerPlacement",
    "NotDeployedError",
    "OutputDifference",
    "Placement",
    "ProtocolError",
    "RejectedError",
    "RequestTimeoutError",
    "SaguaroError",
    "Session",
    "Terms",
    "UndeployedError",
    "Value",
    "__version__",
    "check",
    "connect",
    "daemon",
    "deploy",
    "export",
]
