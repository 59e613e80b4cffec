# SPDX-License-Identifier: Apache-2.0
"""Exports the tiny models that model.torch's tests read, with what PyTorch itself says about them.

    pip install torch
    python3 model.torch/src/test/python/export_fixtures.py

Writes src/test/resources/org/saguaro/model/torch/fixtures/<name>.pt2 and, for those that must be readable,
<name>.json: inputs, outputs, weights with their values, and every node with all its arguments, defaults included, as
torch's own schema tells. The two are compared by FixturesTest. Models with control flow, arithmetic or state, which become
something else here than nodes, and models that must be refused have no .json.

    python3 model.torch/src/test/python/export_fixtures.py --facts MODEL.pt2 FACTS.json

writes the facts of any other archive.
"""

import json
import math
import operator
import pathlib
import sys

import torch
from torch import nn
from torch._higher_order_ops.map import map as map_over
from torch._higher_order_ops.scan import scan
from torch._higher_order_ops.while_loop import while_loop
from torch.export import Dim

TARGET = pathlib.Path(__file__).parents[1] / "resources/org/saguaro/model/torch/fixtures"


# --- Models that must be readable -------------------------------------------------------------------------------


class Tied(nn.Module):
    """One storage seen by several weights: tied, transposed, and as a part."""

    def __init__(self):
        super().__init__()
        self.embed = nn.Embedding(5, 3)
        self.head = nn.Linear(3, 5, bias=False)
        self.head.weight = self.embed.weight
        self.turned = nn.Parameter(torch.arange(12.0).reshape(3, 4).t())
        self.register_buffer("part", torch.arange(10.0)[4:8])

    def forward(self, tokens):
        return self.head(self.embed(tokens)) @ self.turned.t()[:2].repeat(3, 2)[:5, :4] + self.part


class Nested(nn.Module):
    """Containers of inputs and outputs, a keyword, a constant among inputs and outputs."""

    def forward(self, table, pair, flag=None, *, scale):
        a, (b, c) = table["a"], pair
        return {"sum": a + b, "rest": (c * scale, [a, 7])}, None


class Lists(nn.Module):
    """Lists of tensors in and out, unused outputs, optional tensors, keyword-only and special arguments."""

    def forward(self, x):
        first, _, third = torch.split(x, [1, 2, 1], dim=1)
        left, right = x.chunk(2, dim=0)
        values, _ = torch.topk(x, 2)
        pooled, _ = nn.functional.max_pool2d(x[None, None], 2, return_indices=True)
        masked = x.masked_fill(x > 0, -math.inf).clamp(min=-1e30)
        picked = x[:, [0, 2]]
        made = torch.full((2, 2), math.inf, dtype=torch.float64) + torch.zeros(2, 2, dtype=torch.float64)
        moved = x.to(torch.float16).to(memory_format=torch.contiguous_format)
        active = nn.functional.gelu(x, approximate="tanh") * 2 + 0.5
        joined = torch.cat([first, third, left.t(), right.t()], dim=1)
        scaled = nn.functional.interpolate(x[None, None], scale_factor=2.0)
        padded = nn.functional.conv2d(x[None, None], torch.ones(1, 1, 3, 3), padding="same")
        return joined, values, pooled, masked, picked, made, moved, active, scaled, padded


class DTypes(nn.Module):
    """Weights of every element type; buffers in and out of the state_dict; a constant in the code."""

    def __init__(self):
        super().__init__()
        for dtype in (torch.float64, torch.float16, torch.bfloat16, torch.int64, torch.int32, torch.int16):
            name = "of_" + str(dtype).removeprefix("torch.")
            self.register_buffer(name, torch.tensor([[1, 2], [3, -4]], dtype=dtype))
        self.register_buffer("of_bool", torch.tensor([True, False]))
        self.register_buffer("of_uint8", torch.tensor([200, 7], dtype=torch.uint8), persistent=False)
        self.register_buffer("of_int8", torch.tensor([-100, 7], dtype=torch.int8))
        self.register_buffer("of_complex64", torch.tensor([1 + 2j, -3j]))
        self.register_buffer("scalar", torch.tensor(2.5), persistent=False)

    def forward(self, x):
        return (
            x + self.of_float64,
            x + self.of_float16 + self.of_bfloat16,
            self.of_int64 + self.of_int32 + self.of_int16,
            torch.where(self.of_bool, self.of_uint8, self.of_int8),
            torch.view_as_real(self.of_complex64),
            x * self.scalar + torch.tensor([10.0, 20.0]),
        )


class Dynamic(nn.Module):
    """A bounded and an unbounded symbol, and sizes that follow from them."""

    def forward(self, x, y):
        return torch.cat([x, x]), y.sum(dim=-1), torch.cat([x, x[:, :1]], dim=1)


class Convolutional(nn.Module):
    """What a plain export leaves alone: batch norm, in-place ReLU, dropout; a module that is called twice."""

    def __init__(self):
        super().__init__()
        self.stem = nn.Sequential(nn.Conv2d(1, 2, 3, stride=2), nn.BatchNorm2d(2), nn.ReLU(inplace=True))
        self.block = nn.ModuleList([nn.Sequential(nn.Conv2d(2, 2, 1), nn.Dropout(0.3))])

    def forward(self, x):
        x = self.stem(x)
        for part in self.block:
            x = part(part(x))
        return nn.functional.adaptive_avg_pool2d(x, 1).flatten(1)


# --- Models whose graphs ControlFlowTest and StateTest know ------------------------------------------------------


class Branching(nn.Module):
    def forward(self, x):
        return torch.cond(x.sum() > 0, lambda t: t + 1, lambda t: t - 1, (x,))


class Counting(nn.Module):
    """Keeps state in a buffer, written through a view."""

    def __init__(self):
        super().__init__()
        self.register_buffer("count", torch.zeros(2))

    def forward(self, x):
        self.count[:1].add_(1)
        return x + self.count


class Arithmetic(nn.Module):
    def forward(self, x):
        return x.reshape(x.shape[0] * 2, -1)


class InputWriting(nn.Module):
    def forward(self, x):
        return x.add_(1)


class SharingBranches(nn.Module):
    """Branches in a branch, a weight that two of them read, a buffer that is written after one has read it."""

    def __init__(self):
        super().__init__()
        self.linear = nn.Linear(2, 2)
        self.register_buffer("count", torch.zeros(2))

    def forward(self, x):
        def positive(t):
            return torch.cond(t.sum() > 3, lambda u: self.linear(u), lambda u: self.linear(u) + self.count, (t,))

        y = torch.cond(x.sum() > 0, positive, lambda t: t - 1, (x,))
        self.count.add_(1)
        return y


class Looping(nn.Module):
    """The condition and the body read weights."""

    def __init__(self):
        super().__init__()
        self.linear = nn.Linear(2, 2)
        self.register_buffer("limit", torch.tensor(4))

    def forward(self, i, x):
        return while_loop(lambda i, x: i < self.limit, lambda i, x: (i + 1, self.linear(x)), (i, x))


class Mapping(nn.Module):
    def __init__(self):
        super().__init__()
        self.linear = nn.Linear(2, 2)

    def forward(self, xs, y):
        return map_over(lambda x, y: self.linear(x) + y, xs, y)


class Scanning(nn.Module):
    def forward(self, h, xs):
        return scan(lambda h, x: (h + x, h * x), h, xs)


class WithoutGrad(nn.Module):
    """A region that says nothing about inference; a call with a complex number."""

    def forward(self, x):
        with torch.no_grad():
            y = x + 1
        return torch.fft.rfft(y * x) * (1 + 2j)


class Sizes(nn.Module):
    """Arithmetic on sizes, and a size that depends on data."""

    def forward(self, x):
        n = x.shape[0]
        zeros = torch.zeros(n * 2 + 1), torch.zeros(n // 2 + n % 3 + 1)
        return zeros, torch.sym_max(n, 5), n / 4, x.nonzero(), x.sum().item()


# --- Models that must be refused --------------------------------------------------------------------------------


class Custom(nn.Module):
    def forward(self, x):
        return torch.ops.saguaro_test.twice(x)


def custom_operator() -> None:
    @torch.library.custom_op("saguaro_test::twice", mutates_args=())
    def twice(x: torch.Tensor) -> torch.Tensor:
        return x * 2

    @twice.register_fake
    def _(x):
        return torch.empty_like(x)


# --- Facts ------------------------------------------------------------------------------------------------------


def is_getitem(node) -> bool:
    return node.op == "call_function" and node.target is operator.getitem


def described(value):
    """An argument as the Java test writes it."""
    if value is None or isinstance(value, (bool, int)):
        return value
    if isinstance(value, torch.fx.Node):
        return {"ref": value.name}
    if isinstance(value, float):
        special = {math.inf: "Infinity", -math.inf: "-Infinity"}.get(value, "NaN" if value != value else None)
        return {"real": special or value}
    if isinstance(value, str):
        return {"text": value}
    if isinstance(value, torch.dtype):
        return {"type": str(value).removeprefix("torch.")}
    if isinstance(value, (torch.memory_format, torch.layout, torch.device)):
        return {"constant": str(value).removeprefix("torch.")}
    return [described(element) for element in value]


def fitted(value, type_):
    """A number where the schema wants a float, several or a named constant."""
    kind = type_.kind()
    if kind == "OptionalType":
        return value if value is None else fitted(value, type_.getElementType())
    if kind == "ListType":
        return [fitted(element, type_.getElementType()) for element in value]
    if kind == "FloatType" and isinstance(value, (bool, int)):
        return float(value)
    return value


# Operators whose first argument comes back as a view though their schema does not say so.
UNANNOUNCED_VIEWS = {"aten::dropout", "aten::type_as", "aten::broadcast_tensors"}


def arguments(node):
    schema = node.target._schema
    found = []
    for position, argument in enumerate(schema.arguments):
        if argument.name in node.kwargs:
            value = node.kwargs[argument.name]
        elif not argument.kwarg_only and position < len(node.args):
            value = node.args[position]
        else:
            value = argument.default_value
            if value == 0 and argument.real_type.kind() == "MemoryFormatType":
                value = torch.contiguous_format  # Schemas give the dispatcher's number.
        info = argument.alias_info
        access = "READ" if info is None else "WRITE" if info.is_write else "ALIAS"
        if position == 0 and schema.name in UNANNOUNCED_VIEWS:
            access = "ALIAS"
        found.append([argument.name, access, described(fitted(value, argument.type))])
    return found


def outputs(node):
    value = node.meta["val"]
    if isinstance(value, torch.Tensor) or not isinstance(value, (list, tuple)):
        return [node.name] if len(node.target._schema.returns) else []
    names = [None] * len(value)
    for user in node.users:
        if is_getitem(user):
            names[user.args[1]] = user.name
    return names


def module_path(node) -> str:
    stack = node.meta.get("nn_module_stack") or {}
    path = list(stack.values())[-1][0] if stack else ""
    path = path.split("@")[0]
    return path.removeprefix("L['self']").removeprefix("L__self__").removeprefix(".")


def spec(value) -> str:
    sizes = ", ".join(str(size) for size in value.shape)
    return f"{str(value.dtype).removeprefix('torch.')}[{sizes}]"


def facts(program) -> dict:
    nodes = list(program.graph.nodes)
    by_name = {node.name: node for node in nodes}
    signature = program.graph_signature
    tensors = {**program.state_dict, **program.constants}
    weights = {}
    for placeholder, name in {
        **signature.inputs_to_parameters,
        **signature.inputs_to_buffers,
        **signature.inputs_to_lifted_tensor_constants,
    }.items():
        if not by_name[placeholder].users:
            continue  # A graph keeps no weight that nobody reads.
        data = tensors[name].detach()
        values = torch.view_as_real(data) if data.is_complex() else data
        weights[name] = {
            "spec": spec(data),
            "strides": list(data.stride()),
            "values": values.to(torch.float64).flatten().tolist() if data.numel() <= 64 else None,
        }
    inputs = [by_name[name] for name in signature.user_inputs if isinstance(name, str) and name in by_name]
    return {
        "inputs": [[n.name, spec(n.meta["val"])] for n in inputs if isinstance(n.meta["val"], torch.Tensor)],
        "outputs": [described(output) for output in nodes[-1].args[0]],
        "weights": weights,
        "nodes": [
            {
                "name": node.name,
                "op": str(node.target),
                "path": module_path(node),
                "arguments": arguments(node),
                "outputs": outputs(node),
            }
            for node in nodes
            if node.op == "call_function" and not is_getitem(node)
        ],
    }


def write_facts(program, path: pathlib.Path) -> None:
    path.write_text(json.dumps(facts(program), separators=(",", ":")) + "\n", encoding="utf-8")


def forget_origins(program) -> None:
    """Drops what names files of the machine that exported, and is larger than the models."""
    for module in program.graph_module.modules():
        for node in getattr(getattr(module, "graph", None), "nodes", []):
            node.meta.pop("stack_trace", None)
            node.meta.pop("torch_fn", None)
    program._example_inputs = None


def save(name: str, program, readable: bool) -> None:
    forget_origins(program)
    torch.export.save(program, TARGET / f"{name}.pt2")
    if readable:
        write_facts(program, TARGET / f"{name}.json")


def export(name, model, args, kwargs=None, dynamic=None, readable=True, train=False, decompose=False) -> None:
    torch.manual_seed(7)
    torch._dynamo.reset()  # What one export learnt about sizes must not make those of the next dynamic.
    program = torch.export.export(model.train(train), args, kwargs, dynamic_shapes=dynamic)
    save(name, program.run_decompositions() if decompose else program, readable)


def main() -> None:
    TARGET.mkdir(parents=True, exist_ok=True)
    x = torch.arange(8.0).reshape(2, 4)
    export("tied", Tied(), (torch.tensor([[1, 2]]),))
    export("nested", Nested(), ({"a": x}, (x + 1, x.to(torch.int64))), {"scale": x})
    export("lists", Lists(), (torch.arange(16.0).reshape(4, 4),))
    export("dtypes", DTypes(), (torch.ones(2, 2),))
    batch = Dim("batch", min=2, max=64)
    export("dynamic", Dynamic(), (x, torch.ones(3, 4)), dynamic={"x": {0: batch}, "y": {0: Dim("rows")}})
    export("convolutional", Convolutional(), (torch.ones(1, 1, 9, 9),))
    export("decomposed", Convolutional(), (torch.ones(1, 1, 9, 9),), decompose=True)
    export("cond", Branching(), (x,), readable=False)
    export("cond_sharing", SharingBranches(), (x[:, :2].clone(),), readable=False)
    export("while_loop", Looping(), (torch.tensor(0), x[:, :2].clone()), readable=False)
    xs = {"xs": {0: Dim("steps", min=1, max=64)}}
    export("map", Mapping(), (x.reshape(2, 2, 2), x[0, :2].clone()), dynamic={**xs, "y": None}, readable=False)
    export("scan", Scanning(), (x[0], x), readable=False)
    export("without_grad", WithoutGrad(), (x,), readable=False)
    export("sizes", Sizes(), (x,), dynamic={"x": {0: batch}}, readable=False)
    export("state_in_place", Counting(), (x[:, :2],), readable=False)
    export("state_returned", Counting(), (x[:, :2],), readable=False, decompose=True)
    export("arithmetic", Arithmetic(), (x,), dynamic={"x": {0: batch}}, readable=False)
    export("input_write", InputWriting(), (x,), readable=False)
    export("input_returned", InputWriting(), (x,), readable=False, decompose=True)
    norm = nn.BatchNorm1d(4, momentum=0.1)
    norm.num_batches_tracked = None
    export("training", norm, (x,), readable=False, train=True)
    custom_operator()
    export("refused_custom", Custom(), (x,), readable=False)
    total = sum(path.stat().st_size for path in TARGET.iterdir())
    print(f"{len(list(TARGET.iterdir()))} files, {total} bytes, torch {torch.__version__}")


if __name__ == "__main__":
    if sys.argv[1:2] == ["--facts"]:
        write_facts(torch.export.load(sys.argv[2]), pathlib.Path(sys.argv[3]))
    else:
        main()
