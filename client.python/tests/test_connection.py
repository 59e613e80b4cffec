# SPDX-License-Identifier: Apache-2.0
"""The client against a daemon that is not one."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import fake_daemon
import numpy as np
import pytest
from fake_daemon import FakeDaemon

import saguaro
from saguaro import connection, shared_memory

SMALL = np.arange(6, dtype=np.float32).reshape(2, 3)
LARGE = np.arange(300_000, dtype=np.float32).reshape(3, -1)


@pytest.fixture
def echo(fake: FakeDaemon) -> saguaro.Deployment:
    return saguaro.connect(fake.address).deployment("echo")


def test_small_tensors_go_and_come_in_the_messages(fake: FakeDaemon, echo: saguaro.Deployment) -> None:
    a, b = echo.infer(SMALL, np.array(True))

    np.testing.assert_array_equal(a, SMALL)
    assert b.shape == () and b.dtype == bool
    header, payload = fake.last_infer()
    assert header["timeoutMillis"] == 30_000
    assert [entry["offset"] for entry in header["tensors"]] == [0, 64]
    assert payload[:24] == SMALL.tobytes()
    assert fake_daemon.SHARE not in fake.kinds()


def test_terms_go_into_the_header_where_they_are_not_as_usual(fake: FakeDaemon, echo: saguaro.Deployment) -> None:
    echo.infer(
        SMALL, terms=saguaro.Terms(tenant="camera", priority=3, soft_deadline=0.25, hard_deadline=1.5, value=2.5)
    )
    header, _ = fake.last_infer()
    terms = ("tenant", "priority", "softDeadlineMillis", "hardDeadlineMillis", "value")
    assert [header[term] for term in terms] == ["camera", 3, 250, 1500, 2.5]

    echo.infer(SMALL)
    header, _ = fake.last_infer()
    assert not [term for term in terms if term in header]


def test_large_tensors_go_and_come_in_shared_memory(fake: FakeDaemon, echo: saguaro.Deployment) -> None:
    before = set(os.listdir("/dev/shm")) if os.path.isdir("/dev/shm") else set()
    # The first answer says how much room outputs need.
    for _ in range(3):
        np.testing.assert_array_equal(echo.infer(LARGE.T), LARGE.T)

    header, payload = fake.last_infer()
    assert header["tensors"][0]["shared"] and header["outputs"]["length"] >= LARGE.nbytes
    assert payload == b""
    assert fake.kinds().count(fake_daemon.SHARE) == 2
    if os.path.isdir("/dev/shm"):
        assert {name for name in os.listdir("/dev/shm") if name.startswith("saguaro-")} <= before


def test_outputs_are_the_callers_to_keep(echo: saguaro.Deployment) -> None:
    first = echo.infer(LARGE)
    second = echo.infer(LARGE)
    third = echo.infer(LARGE + 1)
    np.testing.assert_array_equal(first, LARGE)
    np.testing.assert_array_equal(second, LARGE)
    second += 1
    np.testing.assert_array_equal(second, third)


def test_without_shared_memory_the_messages_carry_all(
    fake: FakeDaemon, echo: saguaro.Deployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    def used_up(descriptor: int, offset: int, length: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "posix_fallocate", used_up)
    np.testing.assert_array_equal(echo.infer(LARGE), LARGE)
    assert not fake.last_infer()[0]["tensors"][0]["shared"]
    with pytest.raises(saguaro.InvalidInputError, match="need shared memory"):
        echo.infer(np.zeros(fake_daemon.BOUNDS["maxPayloadBytes"] + 1, np.uint8))


def test_a_daemon_that_does_not_see_the_memory_is_asked_once(fake: FakeDaemon, echo: saguaro.Deployment) -> None:
    fake.shares = False
    for _ in range(2):
        np.testing.assert_array_equal(echo.infer(LARGE), LARGE)
    assert fake.kinds().count(fake_daemon.SHARE) == 1


def test_torch_in_torch_out(echo: saguaro.Deployment) -> None:
    torch = pytest.importorskip("torch", reason="torch is not installed")
    for tensor in (torch.from_numpy(SMALL), torch.from_numpy(LARGE), torch.ones(2, dtype=torch.bfloat16)):
        back = echo.infer(tensor)
        assert back.dtype == tensor.dtype and torch.equal(back, tensor)
    mixed = echo.infer(SMALL, torch.ones(1))
    assert all(isinstance(output, torch.Tensor) for output in mixed)


def test_a_deployment_says_what_it_takes_and_where_it_ran(echo: saguaro.Deployment) -> None:
    assert echo.inputs[0] == saguaro.Value("x", "bfloat16[1, s0]", "bfloat16", (1, "s0"))
    assert echo.inputs[1] == saguaro.Value("n", "int", None, None)
    placement = echo.placement(errors=True)
    assert str(placement) == "a table"
    assert placement.layers[0].path == "a.b"
    assert placement.layers[0].causes == {"fpga": "unsupported op: no relu"}
    assert placement.layers[0].reason == "unsupported op: no relu"
    assert placement.layers[0].runs_by_pe == {"cpu0": 3}
    assert placement.layers[1].task is None and placement.layers[1].reason == "unsupported op"
    assert placement.layers[1].bodies[0].runs == 4
    assert [layer.name for layer in placement.all_layers()] == ["relu_1", "loop", "inner"]
    assert "echo: (bfloat16[1, s0], int) -> (tensor)" in repr(echo)


@pytest.mark.parametrize(
    ("category", "error"),
    [
        ("INVALID_INPUT", saguaro.InvalidInputError),
        ("REJECTED", saguaro.RejectedError),
        ("TIMEOUT", saguaro.RequestTimeoutError),
        ("UNDEPLOYED", saguaro.UndeployedError),
        ("FAILED", saguaro.ExecutionError),
        ("INTERNAL", saguaro.InternalError),
        ("NOT_FOUND", saguaro.NotDeployedError),
        ("DEPLOYMENT", saguaro.DeploymentError),
    ],
)
def test_failures_are_raised_and_the_connection_goes_on(
    fake: FakeDaemon, echo: saguaro.Deployment, category: str, error: type[Exception]
) -> None:
    fake.failure = {"category": category, "message": "because"}
    with pytest.raises(error, match="because"):
        echo.infer(SMALL)
    fake.failure = None
    np.testing.assert_array_equal(echo.infer(SMALL), SMALL)
    assert fake.connections == 1


def test_a_daemon_that_dies_is_reported_and_reconnected_to(fake: FakeDaemon, echo: saguaro.Deployment) -> None:
    fake.dies = True
    with pytest.raises(saguaro.ConnectionLostError, match="closed the connection"):
        echo.infer(SMALL)
    fake.dies = False
    np.testing.assert_array_equal(echo.infer(SMALL), SMALL)
    assert fake.connections == 2


def test_the_reason_is_read_when_the_daemon_closes_before_it_has_read_all(
    fake: FakeDaemon, echo: saguaro.Deployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "Region", _no_memory)
    fake.refuses_at_once = True
    with pytest.raises(saguaro.ProtocolError, match="too large"):
        echo.infer(LARGE)


def _no_memory(size: int) -> shared_memory.Region:
    raise OSError(f"no {size} bytes")


@pytest.mark.parametrize("ident_change", [1, -1])
def test_an_answer_to_another_request_ends_the_connection(
    fake: FakeDaemon, echo: saguaro.Deployment, ident_change: int
) -> None:
    text = b"{}".ljust(32)
    fake.raw_answer = fake_daemon.PREFIX.pack(b"SGRO", 1, 128, 77 + ident_change, len(text), 0) + text
    with pytest.raises(saguaro.ProtocolError, match="expected the result of request"):
        echo.infer(SMALL)
    fake.raw_answer = None
    np.testing.assert_array_equal(echo.infer(SMALL), SMALL)


def test_threads_have_connections_of_their_own(fake: FakeDaemon, echo: saguaro.Deployment) -> None:
    together = threading.Barrier(4)
    failures: list[BaseException] = []

    def work(number: int) -> None:
        try:
            together.wait()
            for _ in range(25):
                np.testing.assert_array_equal(echo.infer(LARGE + number), LARGE + number)
        except BaseException as e:
            failures.append(e)

    threads = [threading.Thread(target=work, args=(i,)) for i in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures
    assert fake.connections <= 4


@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_a_forked_process_connects_anew(fake: FakeDaemon, echo: saguaro.Deployment) -> None:
    echo.infer(LARGE)
    child = os.fork()
    if child == 0:
        ok = False
        try:
            ok = bool((echo.infer(LARGE + 1) == LARGE + 1).all())
        finally:
            os._exit(0 if ok else 1)
    _, status = os.waitpid(child, 0)
    assert os.waitstatus_to_exitcode(status) == 0
    np.testing.assert_array_equal(echo.infer(LARGE), LARGE)
    assert fake.connections == 2


def test_a_session_has_a_connection_of_its_own(fake: FakeDaemon, echo: saguaro.Deployment) -> None:
    with echo.session() as session:
        np.testing.assert_array_equal(session.infer(SMALL), SMALL)
        assert fake.last_infer()[0]["session"] == 17 and "name" not in fake.last_infer()[0]
        session.reset()
        assert fake.requests[-1][:2] == (fake_daemon.RESET, {"session": 17})
        echo.infer(SMALL)
        assert fake.last_infer()[0]["name"] == "echo"
        echo.reset()
        assert fake.requests[-1][:2] == (fake_daemon.RESET, {"name": "echo"})
        fake.failure = {"category": "INVALID_INPUT", "message": "because"}
        with pytest.raises(saguaro.InvalidInputError):
            session.infer(SMALL)
        fake.failure = None
        session.infer(SMALL)
    with pytest.raises(saguaro.UndeployedError, match="this session is closed"):
        session.infer(SMALL)


def test_only_what_this_program_deployed_is_undeployed(fake: FakeDaemon, tmp_path: Path) -> None:
    model = tmp_path / "net.pt2"
    model.write_bytes(b"a model")
    with saguaro.connect(fake.address) as client:
        assert client.version == "9.9"
        client.ping()
        with client.deploy(model) as net:
            assert fake.deployed == ["echo", "net"]
            assert net.name == "net"
        assert fake.deployed == ["echo"]
        client.deployment("echo").close()
        assert fake.deployed == ["echo"]
        client.deploy(tmp_path / "folder" / "model.pt2")
        assert fake.deployed == ["echo", "folder"]
        client.deploy(model, name="folder", replace=True)
        assert fake.deployed == ["echo", "folder"]
        with pytest.raises(saguaro.NotDeployedError, match="nothing is deployed as 'x'; there is: echo, folder"):
            client.deployment("x")
    with pytest.raises(saguaro.ConnectionLostError, match="this client is closed"):
        client.ping()
