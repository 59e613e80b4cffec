# SPDX-License-Identifier: Apache-2.0
"""A daemon of one deployment that returns its inputs; written against docs/protocol.md, not with the client's code."""

from __future__ import annotations

import json
import mmap
import os
import socket
import struct
import threading
from typing import Any

PREFIX = struct.Struct("<4sHHQI4xQ")
HELLO, DEPLOY, UNDEPLOY, LIST, PLACEMENT, INFER, SHARE, OPEN_SESSION, CLOSE_SESSION, RESET, CALL = range(1, 12)
RESULT, ERROR = 128, 129
BOUNDS = {"maxHeaderBytes": 1 << 20, "maxPayloadBytes": 1 << 22, "maxUploadBytes": 1 << 20, "maxSharedBytes": 2**31 - 1}
NBYTES = {"uint8": 1, "bool": 1, "float16": 2, "bfloat16": 2, "float32": 4, "int64": 8, "float64": 8, "complex64": 8}


class FakeDaemon:
    """Serves until it is closed; what it saw is in `requests`: kind, header, payload."""

    def __init__(self, folder: str) -> None:
        self.address = os.path.join(folder, "s")
        self.requests: list[tuple[int, dict[str, Any], bytes]] = []
        self.connections = 0
        self.failure: dict[str, str] | None = None
        """The answer to all requests but HELLO, if it is set."""
        self.shares = True
        self.dies = False
        """Whether it closes the connection instead of answering INFER."""
        self.refuses_at_once = False
        """Whether it answers a request's prefix by an error and closes, with the rest unread."""
        self.raw_answer: bytes | None = None
        self.deployed = ["echo"]
        self._server = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._server.bind(self.address)
        self._server.listen()
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        self._server.close()

    def kinds(self) -> list[int]:
        return [kind for kind, _, _ in self.requests]

    def last_infer(self) -> tuple[dict[str, Any], bytes]:
        return next((header, payload) for kind, header, payload in reversed(self.requests) if kind == INFER)

    def _accept(self) -> None:
        while True:
            try:
                channel, _ = self._server.accept()
            except OSError:
                return
            self.connections += 1
            threading.Thread(target=self._serve, args=(channel,), daemon=True).start()

    def _serve(self, channel: socket.socket) -> None:
        shared: mmap.mmap | None = None
        with channel, channel.makefile("rb") as stream:
            while prefix := stream.read(PREFIX.size):
                magic, version, kind, ident, header_bytes, payload_bytes = PREFIX.unpack(prefix)
                assert (magic, version) == (b"SGRO", 1), prefix
                assert (PREFIX.size + header_bytes) % 64 == 0, header_bytes
                if self.refuses_at_once and kind == INFER:
                    self._answer(channel, ERROR, 0, {"category": "PROTOCOL", "message": "too large"})
                    return
                header = json.loads(stream.read(header_bytes))
                payload = stream.read(payload_bytes)
                self.requests.append((kind, header, payload))
                if kind == INFER and self.dies:
                    return
                if kind == INFER and self.raw_answer is not None:
                    channel.sendall(self.raw_answer)
                elif kind != HELLO and self.failure is not None:
                    self._answer(channel, ERROR, ident, self.failure)
                elif kind == SHARE and not self.shares:
                    message = {"category": "INVALID_INPUT", "message": "found no regular file"}
                    self._answer(channel, ERROR, ident, message)
                elif kind == SHARE:
                    with open(header["path"], "r+b") as file:
                        assert os.fstat(file.fileno()).st_mode & 0o777 == 0o600
                        shared = mmap.mmap(file.fileno(), header["bytes"])
                    self._answer(channel, RESULT, ident, {})
                elif kind == INFER:
                    self._infer(channel, ident, header, payload, shared)
                else:
                    self._answer(channel, RESULT, ident, self._result(kind, header))

    def _result(self, kind: int, header: dict[str, Any]) -> dict[str, Any]:
        if kind == HELLO:
            return {"server": "saguaro", "version": "9.9", "protocol": 1, **BOUNDS}
        if kind == DEPLOY:
            self.deployed.append(header["name"])
            return self._describe(header["name"])
        if kind == UNDEPLOY:
            self.deployed.remove(header["name"])
            return {}
        if kind == LIST:
            return {"deployments": [self._describe(name) for name in self.deployed]}
        if kind == OPEN_SESSION:
            return {"session": 17}
        if kind == RESET:
            return {}
        assert kind == PLACEMENT, kind
        reason = {"cause": "UNSUPPORTED_OP", "words": "unsupported op", "detail": "no relu"}
        layer: dict[str, Any] = {
            "name": "relu_1",
            "path": "a.b",
            "operator": "aten.relu.default",
            "task": 0,
            "lowered": "",
            "supportedBy": ["cpu"],
            "ranOn": "cpu",
            "runsByPe": {"cpu0": 3},
            "timeShare": 0.5,
            "reason": reason,
            "causes": {"fpga": "unsupported op: no relu"},
            "bodies": [],
        }
        loop = {**layer, "name": "loop", "task": None, "ranOn": None, "reason": {**reason, "detail": ""}}
        loop["bodies"] = [{"name": "body", "runs": 4, "layers": [{**layer, "name": "inner"}]}]
        report = {"deployment": header["name"], "summary": "1 layer", "layers": [layer, loop]}
        return {"placement": report, "text": "a table\n"}

    @staticmethod
    def _describe(name: str) -> dict[str, Any]:
        return {
            "name": name,
            "inputs": [
                {"name": "x", "type": "bfloat16[1, s0]", "dtype": "bfloat16", "shape": [1, "s0"]},
                {"name": "n", "type": "int"},
            ],
            "outputs": [{"name": "y", "type": "tensor"}],
            "layers": 1,
            "summary": "1 layer",
        }

    def _infer(
        self, channel: socket.socket, ident: int, header: dict[str, Any], payload: bytes, shared: mmap.mmap | None
    ) -> None:
        room = header.get("outputs", {"offset": 0, "length": -1})
        entries: list[dict[str, Any]] = []
        content = b""
        for entry in header["tensors"]:
            size = NBYTES[entry["dtype"]]
            for length in entry["shape"]:
                size *= length
            source = shared if entry["shared"] else payload
            assert source is not None
            begin = entry["offset"]
            assert begin % 64 == 0 and begin + size <= len(source), (begin, size, len(source))
            content = content.ljust(-(-len(content) // 64) * 64, b"\0")
            entries.append({"dtype": entry["dtype"], "shape": entry["shape"], "offset": len(content)})
            content += source[begin : begin + size]
        fits = len(content) <= room["length"]
        for entry in entries:
            entry["shared"] = fits
            entry["offset"] += room["offset"] if fits else 0
        if fits:
            assert shared is not None
            shared[room["offset"] : room["offset"] + len(content)] = content
        result = {"request": 1, "latencyNanos": 1000, "tensors": entries}
        self._answer(channel, RESULT, ident, result, b"" if fits else content)

    @staticmethod
    def _answer(channel: socket.socket, kind: int, ident: int, header: dict[str, Any], payload: bytes = b"") -> None:
        text = json.dumps(header).encode()
        text += b" " * (-(PREFIX.size + len(text)) % 64)
        channel.sendall(PREFIX.pack(b"SGRO", 1, kind, ident, len(text), len(payload)) + text + payload)
