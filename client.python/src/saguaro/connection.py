# SPDX-License-Identifier: Apache-2.0
"""One connection to the daemon, and the pool of them."""

from __future__ import annotations

import contextlib
import itertools
import os
import threading
import weakref
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from . import daemons, errors, frames, tensors
from .frames import Bytes, Kind, Message, aligned
from .shared_memory import Region

if TYPE_CHECKING:
    from .tensors import Encoded, Tensor
from .terms import USUAL, Terms

SHARED_FROM_BYTES = 128 << 10
"""Tensors of a message of at least so many bytes go through shared memory; measured, see docs/performance.md."""

_SMALLEST_REGION = 1 << 20


class Connection:
    """A socket and the memory shared over it. One request at a time; not thread-safe."""

    def __init__(self, address: str, shared_from: int) -> None:
        try:
            self._channel = daemons.connect_to(address)
        except OSError as e:
            raise errors.DaemonNotRunningError(
                f"no Saguaro daemon answers at {address} ({e.strerror or e}): start it by 'saguaro start'"
            ) from e
        self._ids = itertools.count(1)
        self._region: Region | None = None
        self._may_share = True
        self._shared_from = shared_from
        # Bytes of the last outputs, by deployment: room for the next ones.
        self._rooms: dict[str, int] = {}
        try:
            self.server = self.request(Kind.HELLO, {}).header
        except BaseException:
            self.close()
            raise

    def request(self, kind: Kind, header: dict[str, Any], payload: Sequence[Bytes] = ()) -> Message:
        """Sends a request and waits for its answer."""
        return self._exchange(lambda ident: frames.send(self._channel, kind, ident, header, payload))

    def upload(self, header: dict[str, Any], path: str) -> Message:
        """Deploys a model file's contents."""
        size = os.stat(path).st_size
        if size > self.server["maxUploadBytes"]:
            raise errors.DeploymentError(f"{path} has {size} bytes, the daemon takes {self.server['maxUploadBytes']}")
        return self._exchange(lambda ident: frames.send_file(self._channel, Kind.DEPLOY, ident, header, path))

    def _exchange(self, send: Callable[[int], None]) -> Message:
        ident = next(self._ids)
        try:
            # If that fails, the daemon may have said why before it closed.
            with contextlib.suppress(BrokenPipeError, ConnectionResetError):
                send(ident)
            answer = frames.receive(self._channel)
        except ConnectionResetError as e:
            raise errors.ConnectionLostError(f"the daemon closed the connection: {e}") from e
        if answer.kind == Kind.ERROR:
            raise errors.of_category(str(answer.header.get("category")), str(answer.header.get("message")))
        if answer.kind != Kind.RESULT or answer.id != ident:
            raise errors.ProtocolError(
                f"found a message of kind {answer.kind} with id {answer.id}, expected the result of request {ident}"
            )
        return answer

    def infer(
        self,
        name: str,
        session: int | None,
        inputs: Sequence[Encoded],
        timeout: float,
        as_torch: bool,
        terms: Terms = USUAL,
    ) -> list[Tensor]:
        """Runs a request on a deployment, or on a session of it that was opened on this connection."""
        sizes = [tensor.nbytes for tensor in inputs]
        ends = list(itertools.accumulate(sizes, lambda end, size: aligned(end) + size, initial=0))[1:]
        total = ends[-1] if ends else 0
        room = self._rooms.get(name, 0)
        into = total if total >= self._shared_from else 0
        out_of = room if room >= self._shared_from else 0
        region = self._shared(aligned(into) + out_of) if into or out_of else None
        if region is None and total > self.server["maxPayloadBytes"]:
            raise errors.InvalidInputError(
                f"the inputs have {total} bytes: more than {self.server['maxPayloadBytes']} need shared memory, which"
                " is used up or which the daemon cannot see"
            )
        inside = region is not None and into > 0
        header: dict[str, Any] = {
            **target(name, session),
            "timeoutMillis": _millis(timeout),
            **terms.header(),
            "tensors": [
                {
                    "dtype": tensor.dtype,
                    "shape": tensor.array.shape,
                    "offset": end - size,
                    "shared": inside,
                }
                for tensor, size, end in zip(inputs, sizes, ends, strict=True)
            ],
        }
        if region is not None:
            if inside:
                for tensor, size, end in zip(inputs, sizes, ends, strict=True):
                    tensor.write_to(region.bytes(end - size, size))
            if out_of:
                header["outputs"] = {"offset": aligned(into), "length": region.size - aligned(into)}
        payload = [] if inside else [tensor.bytes() for tensor in inputs]
        answer = self.request(Kind.INFER, header, payload)
        return self._outputs(name, answer, region, as_torch)

    def call(self, name: str, session: int | None, method: str, timeout: float, as_torch: bool) -> list[Tensor]:
        """Runs a method of the model that takes no arguments."""
        header = {**target(name, session), "method": method, "timeoutMillis": _millis(timeout)}
        answer = self.request(Kind.CALL, header)
        return [
            tensors.decode(
                entry["dtype"],
                entry["shape"],
                answer.payload[entry["offset"] : entry["offset"] + tensors.byte_count(entry["dtype"], entry["shape"])],
                as_torch,
            )
            for entry in answer.header["tensors"]
        ]

    def _outputs(self, name: str, answer: Message, region: Region | None, as_torch: bool) -> list[Tensor]:
        outputs: list[Tensor] = []
        room = 0
        for entry in answer.header["tensors"]:
            size = tensors.byte_count(entry["dtype"], entry["shape"])
            room = aligned(room) + size
            if entry["shared"]:
                if region is None:
                    raise errors.ProtocolError("found an output in shared memory, but none was offered")
                content = region.bytes(entry["offset"], size).copy()
            else:
                content = answer.payload[entry["offset"] : entry["offset"] + size]
            outputs.append(tensors.decode(entry["dtype"], entry["shape"], content, as_torch))
        self._rooms[name] = room
        return outputs

    def _shared(self, size: int) -> Region | None:
        """Shared memory of at least that size, if there is so much and the daemon sees it."""
        if self._region is not None and self._region.size >= size:
            return self._region
        if not self._may_share or size > self.server["maxSharedBytes"]:
            return None
        # Powers of two, so that growing sizes do not map anew each time.
        wanted = min(max(_SMALLEST_REGION, 1 << (size - 1).bit_length()), self.server["maxSharedBytes"])
        try:
            region = Region(wanted)
        except OSError:
            return None
        try:
            self.request(Kind.SHARE, {"path": region.path, "bytes": region.size})
        except errors.InvalidInputError:
            # The daemon has another file system.
            self._may_share = False
            region.close()
            return None
        except BaseException:
            region.close()
            raise
        finally:
            region.remove_name()
        if self._region is not None:
            self._region.close()
        self._region = region
        return region

    def close(self) -> None:
        """Leaves. The memory goes back when the daemon notices."""
        if self._region is not None:
            self._region.close()
            self._region = None
        self._channel.close()


def target(name: str, session: int | None) -> dict[str, Any]:
    """How a header names a deployment, or a session of it."""
    return {"name": name} if session is None else {"session": session}


def _millis(seconds: float) -> int:
    return max(1, round(seconds * 1000))


class Pool:
    """Connections for any number of threads, made when they are needed. Thread-safe, also across fork()."""

    def __init__(self, address: str, shared_from: int) -> None:
        self.address = address
        self._shared_from = shared_from
        self._lock = threading.Lock()
        self._idle: list[Connection] = []
        self._process = os.getpid()
        self._closed = False
        # For those who do not close it: deployments outlive a program, so there may be nothing to close for them.
        weakref.finalize(self, _close_all, self._idle)

    @contextmanager
    def connection(self) -> Iterator[Connection]:
        """One for the caller alone."""
        connection = self.own()
        try:
            yield connection
        except (errors.ProtocolError, errors.ConnectionLostError):
            connection.close()
            raise
        except errors.SaguaroError:
            self._give_back(connection)
            raise
        except BaseException:
            # Interrupted somewhere within a message.
            connection.close()
            raise
        else:
            self._give_back(connection)

    def own(self) -> Connection:
        """One that the caller keeps and closes."""
        return self._take() or Connection(self.address, self._shared_from)

    def _take(self) -> Connection | None:
        with self._lock:
            if self._closed:
                raise errors.ConnectionLostError("this client is closed: connect() again")
            if self._process != os.getpid():
                # They are the parent's, who goes on using them: that ends only our copies.
                _close_all(self._idle)
                self._process = os.getpid()
            return self._idle.pop() if self._idle else None

    def _give_back(self, connection: Connection) -> None:
        with self._lock:
            if not self._closed:
                self._idle.append(connection)
                return
        connection.close()

    def close(self) -> None:
        """Closes those that are idle now, and the others when they come back."""
        with self._lock:
            self._closed = True
            _close_all(self._idle)


def _close_all(connections: list[Connection]) -> None:
    while connections:
        with contextlib.suppress(OSError):
            connections.pop().close()
