# SPDX-License-Identifier: Apache-2.0
"""Messages on the socket: docs/protocol.md in code."""

from __future__ import annotations

import json
import os
import socket
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

import numpy as np
import numpy.typing as npt

from . import errors

MAGIC = b"SGRO"
VERSION = 1
ALIGNMENT = 64
"""Tensors begin at multiples of this, counted from the message's first byte."""

MAX_ANSWER_HEADER_BYTES = 64 << 20

PREFIX = struct.Struct("<4sHHQI4xQ")
"""Magic, version, kind, id, header bytes, payload bytes."""

_JOINED_BYTES = 128 << 10
_ZEROS = bytes(ALIGNMENT)

Bytes = npt.NDArray[np.uint8]


class Kind(IntEnum):
    """What a message asks for, or answers."""

    HELLO = 1
    DEPLOY = 2
    UNDEPLOY = 3
    LIST = 4
    PLACEMENT = 5
    INFER = 6
    SHARE = 7
    OPEN_SESSION = 8
    CLOSE_SESSION = 9
    RESET = 10
    CALL = 11
    RESULT = 128
    ERROR = 129


@dataclass(frozen=True)
class Message:
    """A message that was read."""

    kind: int
    id: int
    header: dict[str, Any]
    payload: Bytes


def aligned(offset: int) -> int:
    """The next multiple of `ALIGNMENT`."""
    return -(-offset // ALIGNMENT) * ALIGNMENT


def encode_head(kind: int, ident: int, header: dict[str, Any], payload_bytes: int) -> bytes:
    """Prefix and header of a message; what follows is at a multiple of `ALIGNMENT`."""
    text = json.dumps(header, separators=(",", ":")).encode()
    text = text.ljust(aligned(PREFIX.size + len(text)) - PREFIX.size)
    return PREFIX.pack(MAGIC, VERSION, kind, ident, len(text), payload_bytes) + text


def send(
    channel: socket.socket,
    kind: int,
    ident: int,
    header: dict[str, Any],
    tensors: Sequence[Bytes] = (),
) -> None:
    """Sends a message whose payload is tensors' bytes, each at the next multiple of `ALIGNMENT`."""
    pieces: list[bytes | memoryview] = []
    length = 0
    for tensor in tensors:
        pieces.append(_ZEROS[: aligned(length) - length])
        pieces.append(tensor.data)
        length = aligned(length) + tensor.size
    head = encode_head(kind, ident, header, length)
    if length <= _JOINED_BYTES:
        channel.sendall(b"".join([head, *pieces]))
        return
    channel.sendall(head)
    for piece in pieces:
        channel.sendall(piece)


def send_file(channel: socket.socket, kind: int, ident: int, header: dict[str, Any], path: str) -> None:
    """Sends a message whose payload is a file."""
    with open(path, "rb") as file:
        size = os.fstat(file.fileno()).st_size
        channel.sendall(encode_head(kind, ident, header, size))
        sent = channel.sendfile(file, count=size) if size else 0
        if sent != size:
            raise OSError(f"{path} became shorter while it was sent")


def receive(channel: socket.socket) -> Message:
    """Reads a message.

    Raises:
        ConnectionLostError: the other side closed the connection
        ProtocolError: the bytes are no message
    """
    prefix = bytearray(PREFIX.size)
    _fill(channel, memoryview(prefix))
    magic, version, kind, ident, header_bytes, payload_bytes = PREFIX.unpack(prefix)
    if magic != MAGIC or version != VERSION:
        raise errors.ProtocolError(
            f"found a message that begins with {magic!r}, version {version}, expected {MAGIC!r},"
            f" version {VERSION}: install the client that came with the daemon"
        )
    if header_bytes > MAX_ANSWER_HEADER_BYTES:
        raise errors.ProtocolError(
            f"found a header of {header_bytes} bytes, expected at most {MAX_ANSWER_HEADER_BYTES}"
        )
    text = bytearray(header_bytes)
    _fill(channel, memoryview(text))
    try:
        header = json.loads(text)
    except ValueError as e:
        raise errors.ProtocolError(f"the header of a message is no JSON: {e}") from e
    if not isinstance(header, dict):
        raise errors.ProtocolError("found a header that is no JSON object, expected one")
    payload = np.empty(payload_bytes, np.uint8)
    _fill(channel, payload.data)
    return Message(kind, ident, header, payload)


def _fill(channel: socket.socket, buffer: memoryview) -> None:
    done = 0
    while done < len(buffer):
        count = channel.recv_into(buffer[done:])
        if count == 0:
            raise errors.ConnectionLostError(
                "the daemon closed the connection: it was stopped, or it died ('saguaro status' tells)"
            )
        done += count
