# SPDX-License-Identifier: Apache-2.0
"""From modules to files."""

from __future__ import annotations

from pathlib import Path

import pytest

torch = pytest.importorskip("torch", reason="torch is not installed")

from modules import Branching, Hopeless, Plain, Untyped  # noqa: E402

import saguaro  # noqa: E402

IMAGE = torch.ones(2, 3, 8, 8)


def test_torch_export_comes_first(tmp_path: Path) -> None:
    exported = saguaro.export(Plain(), IMAGE, tmp_path / "net")

    assert exported.path == tmp_path / "net.pt2"
    assert exported.method == "torch.export" and exported.failures == ()
    assert str(exported) == f"{tmp_path}/net.pt2 by torch.export"
    torch.testing.assert_close(torch.export.load(exported.path).module()(IMAGE), Plain().eval()(IMAGE))


def test_scripting_comes_second(tmp_path: Path) -> None:
    exported = saguaro.export(Branching(), (torch.ones(3),), tmp_path / "net.pt2")

    assert exported.path == tmp_path / "net.pt"
    assert exported.method == "torch.jit.script"
    assert [method for method, _ in exported.failures] == ["torch.export"]
    assert "\n  torch.export failed: " in str(exported)
    loaded = torch.jit.load(exported.path)
    assert torch.equal(loaded(-torch.ones(3)), -torch.ones(3) - 1)


def test_tracing_comes_last(tmp_path: Path) -> None:
    exported = saguaro.export(Untyped(), torch.ones(3), tmp_path / "net.pt2")

    assert exported.method == "torch.jit.trace"
    assert [method for method, _ in exported.failures] == ["torch.export", "torch.jit.script"]


def test_a_path_that_ends_in_pt_asks_for_torchscript(tmp_path: Path) -> None:
    assert saguaro.export(Plain(), IMAGE, tmp_path / "net.pt").method == "torch.jit.script"


def test_scripting_needs_no_inputs(tmp_path: Path) -> None:
    exported = saguaro.export(Branching(), path=tmp_path / "net")
    assert exported.method == "torch.jit.script"
    assert exported.failures[0][1].startswith("found no example_inputs, expected a tensor")


def test_without_a_path_the_class_names_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert saguaro.export(Plain(), IMAGE).path == Path("Plain.pt2")
    assert (tmp_path / "Plain.pt2").is_file()


def test_what_is_exported_already_is_saved(tmp_path: Path) -> None:
    program = torch.export.export(Plain().eval(), (IMAGE,))
    assert saguaro.export(program, path=tmp_path / "a").path.suffix == ".pt2"
    assert saguaro.export(torch.jit.script(Branching()), path=tmp_path / "b").path.suffix == ".pt"


def test_if_nothing_helps_all_reasons_are_given(tmp_path: Path) -> None:
    with pytest.raises(saguaro.ExportError, match=r"Hopeless cannot be exported: torch.export: .*no way.*torch.jit"):
        saguaro.export(Hopeless(), torch.ones(1), tmp_path / "net")
    with pytest.raises(saguaro.ExportError, match="found a dict, expected a torch"):
        saguaro.export({}, torch.ones(1), tmp_path / "net")
    assert list(tmp_path.iterdir()) == []


def test_the_mode_of_each_submodule_stays(tmp_path: Path) -> None:
    net = Plain()
    net.train()
    net.norm.eval()
    exported = saguaro.export(net, IMAGE, tmp_path / "net")

    assert net.training and net.drop.training and not net.norm.training
    operators = str(torch.export.load(exported.path).graph)
    assert "dropout.default](args = (%relu, 0.5, False)" in operators


def test_dynamic_shapes_are_passed_on(tmp_path: Path) -> None:
    exported = saguaro.export(Plain(), IMAGE, tmp_path / "net", dynamic_shapes=({0: torch.export.Dim("batch")},))
    assert torch.export.load(exported.path).module()(torch.ones(5, 3, 8, 8))[0].shape == (5, 2)
