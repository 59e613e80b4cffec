# SPDX-License-Identifier: Apache-2.0
"""Bytes on the socket."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Iterator

import numpy as np
import pytest

from saguaro import ConnectionLostError, ProtocolError, errors, frames


@pytest.fixture
def pair() -> Iterator[tuple[socket.socket, socket.socket]]:
    left, right = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
    with left, right:
        yield left, right


def test_head_is_as_documented() -> None:
    head = frames.encode_head(frames.Kind.INFER, 0x0102030405060708, {"name": "m"}, 5)

    assert head[:32] == bytes.fromhex("5347524f 0100 0600 0807060504030201 20000000 00000000 0500000000000000")
    assert json.loads(head[32:]) == {"name": "m"}
    assert len(head) == 64


@pytest.mark.parametrize("name_length", range(0, 130, 13))
def test_payload_begins_at_a_multiple_of_64(name_length: int) -> None:
    assert len(frames.encode_head(frames.Kind.LIST, 1, {"name": "x" * name_length}, 0)) % 64 == 0


@pytest.mark.parametrize("sizes", [[], [0], [1], [64, 1], [3, 0, 5], [100_000, 70_000], [1 << 20, 3]])
def test_what_is_sent_is_received(pair: tuple[socket.socket, socket.socket], sizes: list[int]) -> None:
    tensors = [np.arange(size, dtype=np.uint64).astype(np.uint8) for size in sizes]
    sender = threading.Thread(target=frames.send, args=(pair[0], frames.Kind.INFER, 3, {"a": [1]}, tensors))
    sender.start()
    message = frames.receive(pair[1])
    sender.join()

    assert (message.kind, message.id, message.header) == (frames.Kind.INFER, 3, {"a": [1]})
    offset = 0
    for tensor in tensors:
        offset = frames.aligned(offset)
        np.testing.assert_array_equal(message.payload[offset : offset + tensor.size], tensor)
        offset += tensor.size
    assert message.payload.size == offset


@pytest.mark.parametrize(
    ("data", "error", "reason"),
    [
        (b"", ConnectionLostError, "closed the connection"),
        (b"SGRO", ConnectionLostError, "closed the connection"),
        (frames.PREFIX.pack(b"SGRO", 1, 128, 1, 2, 5) + b"{}abc", ConnectionLostError, "closed the connection"),
        (b"HTTP/1.1 400 Bad Request\r\n\r\n     ", ProtocolError, "begins with b'HTTP'"),
        (frames.PREFIX.pack(b"SGRO", 2, 128, 1, 2, 0) + b"{}", ProtocolError, "version 2, expected b'SGRO', version 1"),
        (frames.PREFIX.pack(b"SGRO", 1, 128, 1, 2, 0) + b"{x", ProtocolError, "is no JSON"),
        (frames.PREFIX.pack(b"SGRO", 1, 128, 1, 2, 0) + b"[]", ProtocolError, "no JSON object"),
        (frames.PREFIX.pack(b"SGRO", 1, 128, 1, 2**31, 0), ProtocolError, "header of 2147483648 bytes"),
    ],
)
def test_other_bytes_are_refused(
    pair: tuple[socket.socket, socket.socket], data: bytes, error: type[Exception], reason: str
) -> None:
    pair[0].sendall(data)
    pair[0].close()
    with pytest.raises(error, match=reason.replace("(", r"\(")):
        frames.receive(pair[1])


def test_every_category_has_its_exception() -> None:
    assert isinstance(errors.of_category("TIMEOUT", "m"), TimeoutError)
    assert isinstance(errors.of_category("INVALID_INPUT", "m"), ValueError)
    assert isinstance(errors.of_category("NOT_FOUND", "m"), LookupError)
    assert type(errors.of_category("of the future", "m")) is errors.SaguaroError
    assert str(errors.of_category("FAILED", "why")) == "why"
