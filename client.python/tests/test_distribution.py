# SPDX-License-Identifier: Apache-2.0
"""A real daemon. Skipped where no distribution is built."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import numpy as np
import pytest

import saguaro


@pytest.fixture
def digits(home: Path) -> Path:
    return home / "examples" / "digits-vgg"


def test_a_model_file_gives_what_pytorch_gave(client: saguaro.Client, digits: Path) -> None:
    expected = np.load(digits / "output.npy")
    with client.deploy(digits / "model.pt2") as net:
        assert net.name == "digits-vgg"
        assert net.inputs[0].shape == (1, 1, 8, 8)
        for _ in range(3):
            np.testing.assert_allclose(net.infer(np.load(digits / "input.npy")), expected, rtol=1e-4, atol=1e-3)
        placement = net.placement()
        assert any(layer.path == "features.0" and "cpu" in layer.supported_by for layer in placement.layers)
        assert "features.0" in str(placement)
    assert client.deployments() == []


def test_bad_input_is_the_callers_and_nobody_elses(client: saguaro.Client, digits: Path) -> None:
    with client.deploy(digits / "model.pt2", name="net") as net:
        with pytest.raises(saguaro.InvalidInputError, match=r"found float64\[1, 1, 8, 8\], expected float32"):
            net.infer(np.zeros((1, 1, 8, 8)))
        with pytest.raises(saguaro.InvalidInputError, match="found 2 inputs, expected 1"):
            net.infer(np.zeros(1), np.zeros(1))
        with pytest.raises(saguaro.DeploymentError, match="exists already"):
            client.deploy(digits / "model.pt2", name="net")
        with pytest.raises(saguaro.DeploymentError, match="no such"):
            client.deploy(digits / "absent.pt2")
        assert net.infer(np.zeros((1, 1, 8, 8), np.float32)).shape == (1, 10)
        net.undeploy()
        with pytest.raises(saguaro.NotDeployedError, match="nothing is deployed as 'net'"):
            net.infer(np.zeros((1, 1, 8, 8), np.float32))


def test_a_file_that_is_no_model_is_refused_by_name(client: saguaro.Client, tmp_path: Path) -> None:
    bad = tmp_path / "bad.pt2"
    bad.write_bytes(b"PK\3\4 and nothing more")
    with pytest.raises(saguaro.DeploymentError, match=str(bad)):
        client.deploy(bad)


def test_many_threads_get_their_own_answers(client: saguaro.Client, digits: Path) -> None:
    inputs = [np.random.default_rng(i).uniform(0, 16, (1, 1, 8, 8)).astype(np.float32) for i in range(4)]
    with client.deploy(digits / "model.pt2") as net:
        expected = [net.infer(x) for x in inputs]
        failures: list[BaseException] = []

        def work(x: np.ndarray, y: np.ndarray) -> None:
            try:
                for _ in range(50):
                    np.testing.assert_allclose(net.infer(x), y, rtol=1e-4, atol=1e-3)
            except BaseException as e:
                failures.append(e)

        threads = [threading.Thread(target=work, args=pair) for pair in zip(inputs, expected, strict=True)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert failures == []


# --- with torch ---


def test_a_module_in_a_deployed_model_out(client: saguaro.Client, home: Path) -> None:
    torch = pytest.importorskip("torch", reason="torch is not installed")
    from modules import Plain

    net, x = Plain().eval(), torch.randn(2, 3, 300, 300)
    with torch.no_grad():
        expected = net(x)
    before = set(os.listdir("/dev/shm")) if os.path.isdir("/dev/shm") else set()
    with client.deploy(net, x) as deployed:
        # Large ones: the first outputs come in the message, the next ones in shared memory.
        for _ in range(3):
            found = deployed.infer(x)
            assert isinstance(found, tuple)
            for f, e in zip(found, expected, strict=True):
                torch.testing.assert_close(f, e)
        assert all(isinstance(output, np.ndarray) for output in deployed.infer(x.numpy()))
        assert deployed.name == "Plain"
    assert list((home / "var" / "uploads").iterdir()) == []
    if os.path.isdir("/dev/shm"):
        assert {name for name in os.listdir("/dev/shm") if name.startswith("saguaro-")} <= before


def test_check_compares_both_sides_and_leaves_nothing(client: saguaro.Client) -> None:
    torch = pytest.importorskip("torch", reason="torch is not installed")
    from modules import Plain

    result = saguaro.check(Plain(), torch.randn(1, 3, 16, 16), client=client)
    assert result.ok, str(result)
    assert len(result.outputs) == 2
    assert str(result).startswith("OK  Plain (by torch.export)")
    assert client.deployments() == []
    assert not saguaro.check(Plain(), torch.randn(1, 3, 16, 16), tolerance=-1.0, client=client)


@pytest.mark.parametrize(
    "dtype", ["uint8", "int8", "int16", "int32", "int64", "float16", "bfloat16", "float32", "float64", "bool",
              "complex64", "complex128"],
)  # fmt: skip
@pytest.mark.parametrize("shape", [(2, 3), (0, 3), ()])
def test_every_element_type_passes_through_a_model(client: saguaro.Client, dtype: str, shape: tuple[int, ...]) -> None:
    torch = pytest.importorskip("torch", reason="torch is not installed")
    from modules import Types

    x = (torch.arange(int(np.prod(shape))).reshape(shape) - 1).to(getattr(torch, dtype))
    with client.deploy(Types(), x) as net:
        same, nonzero = net.infer(x)
        assert same.dtype == x.dtype and torch.equal(same, x)
        assert torch.equal(nonzero, x != 0)


def test_a_model_without_state_does_not_care_about_sessions(client: saguaro.Client, digits: Path) -> None:
    x = np.load(digits / "input.npy")
    with client.deploy(digits / "model.pt2") as net:
        with net.session() as session:
            np.testing.assert_allclose(session.infer(x), net.infer(x), rtol=1e-4, atol=1e-3)
            session.reset()
            with pytest.raises(saguaro.InvalidInputError, match="absent"):
                session.call("absent")
            np.testing.assert_allclose(session.infer(x), net.infer(x), rtol=1e-4, atol=1e-3)
        net.reset()


@pytest.mark.parametrize("suffix", ["pt", "pt2"])
def test_sessions_keep_a_models_state_apart(client: saguaro.Client, tmp_path: Path, suffix: str) -> None:
    torch = pytest.importorskip("torch", reason="torch is not installed")
    from modules import Counting

    x = torch.zeros(1)
    exported = saguaro.export(Counting(), x, tmp_path / f"counting.{suffix}")
    net = client.deploy(exported)
    with net, net.session() as a, net.session() as b:
        assert [float(a.infer(x)) for _ in range(3)] == [1, 2, 3]
        assert float(b.infer(x)) == 1
        assert [float(net.infer(x)) for _ in range(2)] == [1, 2]
        a.reset()
        assert float(a.infer(x)) == 1
        assert float(b.infer(x)) == 2
        net.reset()
        assert float(net.infer(x)) == 1
        with pytest.raises(saguaro.InvalidInputError):
            a.infer(x, x)
        assert float(a.infer(x)) == 2
    with pytest.raises(saguaro.SaguaroError):
        b.infer(x)


def test_shapes_may_vary_where_the_export_says_so(client: saguaro.Client) -> None:
    torch = pytest.importorskip("torch", reason="torch is not installed")
    from modules import Types

    dynamic = ({0: torch.export.Dim("batch", min=1, max=64)},)
    with client.deploy(Types(), torch.ones(4, 2), dynamic_shapes=dynamic) as net:
        assert isinstance(net.inputs[0].shape, tuple) and isinstance(net.inputs[0].shape[0], str)
        for batch in (1, 7, 64):
            assert torch.equal(net.infer(torch.ones(batch, 2))[0], torch.ones(batch, 2))
        with pytest.raises(saguaro.InvalidInputError, match=r"found float32\[65, 2\]"):
            net.infer(torch.ones(65, 2))


def test_the_three_lines_of_the_readme(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    torch = pytest.importorskip("torch", reason="torch is not installed")
    from modules import Plain

    monkeypatch.setenv("SAGUARO_SOCKET", address)
    model, x = Plain(), torch.randn(1, 3, 16, 16)
    with saguaro.deploy(model, example_inputs=x) as net:
        assert net.infer(x)[0].shape == (1, 2)
        with saguaro.connect() as other:
            other.ping()
            assert [d.name for d in other.deployments()] == ["Plain"]
            np.testing.assert_allclose(other.deployment("Plain").infer(x.numpy())[0], net.infer(x)[0], atol=1e-5)
