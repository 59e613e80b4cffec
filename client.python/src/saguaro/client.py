# SPDX-License-Identifier: Apache-2.0
"""The daemon as Python sees it."""

from __future__ import annotations

import os
import tempfile
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any

from . import daemons, placement, tensors
from .connection import SHARED_FROM_BYTES, Connection, Pool
from .errors import ConnectionLostError, NotDeployedError, ProtocolError, SaguaroError, UndeployedError
from .frames import Kind
from .placement import Placement

if TYPE_CHECKING:
    from .tensors import Encoded, Tensor
from .terms import USUAL, Terms


@dataclass(frozen=True)
class Value:
    """What goes into or comes out of a model."""

    name: str
    type: str
    """For people, for instance `float32[1, 3, s0, s0]`."""
    dtype: str | None
    """PyTorch's name of the element type; None if it is only known at run time."""
    shape: tuple[int | str, ...] | None
    """Sizes, and the names of those that a request brings; None if it is only known at run time."""


class Deployment:
    """A model that the daemon serves. Thread-safe.

    It stays deployed when this process ends. `close()`, or the end of a `with` block, undeploys it if this object
    deployed it.
    """

    def __init__(self, client: Client, description: Mapping[str, Any], *, owned: bool, owns_client: bool) -> None:
        self._client = client
        self._owned = owned
        self._owns_client = owns_client
        self.name: str = description["name"]
        self.summary: str = description["summary"]
        """How the layers were placed when it was deployed, in a line."""
        self.layer_count: int = description["layers"]
        self.inputs = tuple(map(_value, description["inputs"]))
        self.outputs = tuple(map(_value, description["outputs"]))

    def infer(self, *inputs: Any, timeout: float = 30.0, terms: Terms = USUAL) -> Any:
        """Runs a request and waits for it.

        Args:
            inputs: arrays, tensors or numbers in the model's order; lists, tuples and dictionaries are flattened
            timeout: in seconds, for queueing and running
            terms: tenant, priority, deadlines, value

        Returns:
            The output, or a tuple of several, flattened; torch tensors if an input is one, else NumPy arrays. It is the
            caller's to keep.

        Raises:
            InvalidInputError: the inputs do not fit the model
            RequestTimeoutError: it did not finish in time
            DeadlineError: its hard deadline passed, or could not be met any more
        """
        outputs = self.infer_all(*inputs, timeout=timeout, terms=terms)
        return outputs[0] if len(outputs) == 1 else tuple(outputs)

    def infer_all(self, *inputs: Any, timeout: float = 30.0, terms: Terms = USUAL) -> list[Tensor]:
        """As `infer`, but always a list."""
        encoded, as_torch = self._encode(inputs)
        with self._client._pool.connection() as connection:
            return connection.infer(self.name, None, encoded, timeout, as_torch, terms)

    def _encode(self, inputs: tuple[Any, ...]) -> tuple[list[Encoded], bool]:
        leaves = list(tensors.flatten(inputs))
        encoded = [
            tensors.encode(leaf, f"input {i}", self.inputs[i].dtype if i < len(self.inputs) else None)
            for i, leaf in enumerate(leaves)
        ]
        return encoded, any(map(tensors.is_torch, leaves))

    def session(self) -> Session:
        """A use of the model with a state of its own, for models that keep one; ends when it is closed."""
        return Session(self)

    def reset(self) -> None:
        """Sets the state that all have who open no session to what the model file says."""
        with self._client._pool.connection() as connection:
            connection.request(Kind.RESET, {"name": self.name})

    def placement(self, errors: bool = False) -> Placement:
        """Where its layers ran so far, and why not elsewhere.

        Args:
            errors: first measure how far the accelerators' answers are from the CPU's, layer by layer
        """
        with self._client._pool.connection() as connection:
            header: dict[str, Any] = {"name": self.name}
            if errors:
                header["errors"] = True
            return placement.of_answer(connection.request(Kind.PLACEMENT, header).header)

    def undeploy(self) -> None:
        """Takes it out when its requests have ended."""
        self._owned = False
        with self._client._pool.connection() as connection:
            connection.request(Kind.UNDEPLOY, {"name": self.name})

    def close(self) -> None:
        """Undeploys it if this object deployed it. A second call does nothing."""
        try:
            if self._owned:
                self.undeploy()
        finally:
            if self._owns_client:
                self._client.close()

    def __enter__(self) -> Deployment:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        inputs = ", ".join(value.type for value in self.inputs)
        outputs = ", ".join(value.type for value in self.outputs)
        return f"<saguaro.Deployment {self.name}: ({inputs}) -> ({outputs}); {self.summary}>"


class Session:
    """One use of a model that keeps a state; others know nothing of it. Thread-safe: requests go one by one."""

    def __init__(self, deployment: Deployment) -> None:
        self._deployment = deployment
        self._lock = threading.Lock()
        # A session ends with its connection, so it has one of its own.
        self._connection: Connection | None = deployment._client._pool.own()
        try:
            answer = self._connection.request(Kind.OPEN_SESSION, {"name": deployment.name})
            self._number: int = answer.header["session"]
        except BaseException:
            self._connection.close()
            raise

    def infer(self, *inputs: Any, timeout: float = 30.0, terms: Terms = USUAL) -> Any:
        """As `Deployment.infer`, on this session's state. If the request fails, the state is as before."""
        outputs = self.infer_all(*inputs, timeout=timeout, terms=terms)
        return outputs[0] if len(outputs) == 1 else tuple(outputs)

    def infer_all(self, *inputs: Any, timeout: float = 30.0, terms: Terms = USUAL) -> list[Tensor]:
        """As `infer`, but always a list."""
        encoded, as_torch = self._deployment._encode(inputs)
        with self._using() as connection:
            return connection.infer(self._deployment.name, self._number, encoded, timeout, as_torch, terms)

    def call(self, method: str, *, timeout: float = 30.0, as_torch: bool = False) -> list[Tensor]:
        """Runs a method of the model that takes no arguments, and returns what it returned."""
        with self._using() as connection:
            return connection.call(self._deployment.name, self._number, method, timeout, as_torch)

    def reset(self) -> None:
        """Sets the state to what the model file says."""
        with self._using() as connection:
            connection.request(Kind.RESET, {"session": self._number})

    @contextmanager
    def _using(self) -> Iterator[Connection]:
        with self._lock:
            if self._connection is None:
                raise UndeployedError("this session is closed: open another")
            try:
                yield self._connection
            except (ProtocolError, ConnectionLostError):
                self._end()
                raise
            except SaguaroError:
                raise
            except BaseException:
                # Interrupted somewhere within a message.
                self._end()
                raise

    def _end(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def close(self) -> None:
        """Forgets the state. A second call does nothing."""
        with self._lock:
            self._end()

    def __enter__(self) -> Session:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


def _value(description: Mapping[str, Any]) -> Value:
    shape = description.get("shape")
    return Value(
        name=description["name"],
        type=description["type"],
        dtype=description.get("dtype"),
        shape=None if shape is None else tuple(shape),
    )


class Client:
    """Connections to one daemon. Thread-safe."""

    def __init__(self, address: str, shared_from: int = SHARED_FROM_BYTES) -> None:
        self._pool = Pool(address, shared_from)
        try:
            with self._pool.connection() as connection:
                self.version: str = connection.server["version"]
                """The daemon's."""
        except BaseException:
            self._pool.close()
            raise

    @property
    def address(self) -> str:
        """The socket."""
        return self._pool.address

    def ping(self) -> None:
        """Returns if the daemon answers."""
        with self._pool.connection() as connection:
            connection.request(Kind.HELLO, {})

    def deploy(
        self,
        model: Any,
        example_inputs: Any = None,
        *,
        name: str | None = None,
        dynamic_shapes: Any = None,
        layers: bool = False,
        precision: str | None = None,
        replace: bool = False,
    ) -> Deployment:
        """Deploys a model; see `saguaro.deploy`."""
        return self._deploy(
            model, example_inputs, name, dynamic_shapes, layers, precision, replace, owns_client=False
        )

    def _deploy(
        self,
        model: Any,
        example_inputs: Any,
        name: str | None,
        dynamic_shapes: Any,
        layers: bool,
        precision: str | None,
        replace: bool,
        *,
        owns_client: bool,
    ) -> Deployment:
        from .exporting import Exported, export

        header: dict[str, Any] = {"layers": layers}
        if precision is not None:
            header["precision"] = precision
        if isinstance(model, Exported):
            model = model.path
        if isinstance(model, (str, os.PathLike)):
            path = Path(model).absolute()
            name = name or (path.parent.name if path.stem == "model" else path.stem)
            header |= {"name": name, "path": str(path)}
            self._make_room(name, replace)
            with self._pool.connection() as connection:
                answer = connection.request(Kind.DEPLOY, header)
        else:
            with tempfile.TemporaryDirectory(prefix="saguaro-") as folder:
                exported = export(
                    model,
                    example_inputs,
                    Path(folder) / (name or type(model).__name__),
                    dynamic_shapes=dynamic_shapes,
                )
                name = name or type(model).__name__
                header |= {"name": name, "fileName": exported.path.name}
                self._make_room(name, replace)
                with self._pool.connection() as connection:
                    answer = connection.upload(header, str(exported.path))
        return Deployment(self, answer.header, owned=True, owns_client=owns_client)

    def _make_room(self, name: str, replace: bool) -> None:
        if replace:
            for deployment in self.deployments():
                if deployment.name == name:
                    deployment.undeploy()

    def deployments(self) -> list[Deployment]:
        """What is deployed, oldest first."""
        with self._pool.connection() as connection:
            answer = connection.request(Kind.LIST, {})
        return [
            Deployment(self, description, owned=False, owns_client=False)
            for description in answer.header["deployments"]
        ]

    def deployment(self, name: str) -> Deployment:
        """The deployment of that name, whoever deployed it.

        Raises:
            NotDeployedError: there is none
        """
        for deployment in self.deployments():
            if deployment.name == name:
                return deployment
        raise NotDeployedError(
            f"nothing is deployed as '{name}'; there is: {', '.join(d.name for d in self.deployments())}"
        )

    def close(self) -> None:
        """Closes the connections. Deployments stay."""
        self._pool.close()

    def __enter__(self) -> Client:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<saguaro.Client of {self.address}, version {self.version}>"


def connect(socket: str | os.PathLike[str] | None = None, *, shared_from: int = SHARED_FROM_BYTES) -> Client:
    """Connects to the daemon that runs.

    Args:
        socket: its socket; default: `$SAGUARO_SOCKET`, or that of the distribution at `$SAGUARO_HOME`, of the `saguaro`
            command on the PATH, or of the source tree around the working directory or this package
        shared_from: tensors of at least so many bytes go through shared memory

    Raises:
        DaemonNotRunningError: none answers; the message says what to do
    """
    return Client(os.fspath(socket) if socket is not None else daemons.find(), shared_from)


def deploy(
    model: Any,
    example_inputs: Any = None,
    *,
    name: str | None = None,
    dynamic_shapes: Any = None,
    layers: bool = False,
    precision: str | None = None,
    replace: bool = False,
    client: Client | None = None,
) -> Deployment:
    """Deploys a model on the daemon that runs.

    Args:
        model: the path of a `.pt2` or `.pt` file, what `saguaro.export` returned, or a `torch.nn.Module`, which is
            exported first
        example_inputs: for a module: a tensor, or a tuple of inputs, that it can be called with
        name: of the deployment; default: the file's name, or that of the module's class
        dynamic_shapes: for a module: as for `torch.export.export`
        layers: make every layer a task of its own, so that each can be placed
        precision: how exact float32 layers are computed at least: "float32", "int16", "tf32", "float16" or "int8";
            default: as the daemon is configured. Processing elements that can only be exact are
        replace: undeploy what has that name first
        client: default: a connection of its own, to the daemon that `saguaro.connect()` finds

    Raises:
        ExportError: the module cannot be exported
        DeploymentError: the daemon cannot deploy it
        DaemonNotRunningError: there is none; the message says what to do
    """
    if client is not None:
        return client.deploy(
            model,
            example_inputs,
            name=name,
            dynamic_shapes=dynamic_shapes,
            layers=layers,
            precision=precision,
            replace=replace,
        )
    own = connect()
    try:
        return own._deploy(
            model, example_inputs, name, dynamic_shapes, layers, precision, replace, owns_client=True
        )
    except BaseException:
        own.close()
        raise
