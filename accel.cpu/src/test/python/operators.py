# SPDX-License-Identifier: Apache-2.0
"""Writes the table of operators that OperatorTableTest checks: arguments and what PyTorch makes of them.

    python3 accel.cpu/src/test/python/operators.py

Needs torch 2.13 and numpy. One line of JSON for each row. Operators of torchvision, whose wheels do not match this torch, are
computed by plain loops in numpy. Seeds are fixed, so that the file only changes with the table and with torch.
"""

import base64
import json
import math
import pathlib

import numpy as np
import torch

TARGET = pathlib.Path(__file__).parents[1] / "resources/org/saguaro/accel/cpu/operators.jsonl"
A = torch.ops.aten
rows = []

f16, bf16, f32, f64 = torch.float16, torch.bfloat16, torch.float32, torch.float64
u8, i8, i16, i32, i64, b1 = torch.uint8, torch.int8, torch.int16, torch.int32, torch.int64, torch.bool
c64, c128 = torch.complex64, torch.complex128
REAL = [f16, bf16, f32, f64]
WHOLE = [u8, i8, i16, i32, i64]
ALL = REAL + WHOLE + [b1, c64, c128]

generator = torch.Generator().manual_seed(11)


def t(*sizes, dtype=f32, low=-9, high=10):
    """A tensor of random elements: normal, or integers in [low, high)."""
    if dtype.is_floating_point:
        return torch.randn(sizes, generator=generator, dtype=f64).to(dtype)
    if dtype.is_complex:
        return torch.randn(sizes, generator=generator, dtype=c128).to(dtype)
    if dtype == b1:
        return torch.randint(0, 2, sizes, generator=generator).to(b1)
    low = max(low, 0) if dtype == u8 else low
    return torch.randint(low, high, sizes, generator=generator).to(dtype)


def v(*values, dtype=None):
    return torch.tensor(values, dtype=dtype)


# ---- writing rows


def tensor(x):
    x = x.detach().resolve_conj().resolve_neg().contiguous()
    raw = x.reshape(-1).view(u8).numpy().tobytes() if x.numel() else b""
    return {"d": str(x.dtype)[6:], "z": list(x.shape), "x": base64.b64encode(raw).decode()}


def argument(x, tensors, type_text):
    if x is None:
        return None
    if isinstance(x, torch.Tensor):
        tensors.append(tensor(x))
        return {"t": len(tensors) - 1}
    if isinstance(x, (list, tuple)):
        return {"L": [argument(e, tensors, type_text) for e in x]}
    if isinstance(x, bool):
        return {"b": x}
    if isinstance(x, int):
        return {"i": x}
    if isinstance(x, float):
        return {"f": x if math.isfinite(x) else repr(x)}
    if isinstance(x, str):
        return {"s": x}
    if isinstance(x, torch.dtype):
        return {"d": str(x)[6:]}
    if isinstance(x, torch.memory_format):
        return {"m": str(x)[6:]}
    raise TypeError(f"{type_text}: {x!r}")


def write(name, named, results, tolerance):
    tensors = []
    arguments = {key: argument(value, tensors, key) for key, value in named.items()}
    row = {"op": name, "args": arguments, "in": tensors, "out": [None if r is None else tensor(r) for r in results]}
    if tolerance:
        row["tol"] = tolerance
    rows.append(row)


def row(op, *args, tolerance=None, keep=None, **kwargs):
    """One row: calls the overload and writes down what it returns.

    keep: numbers of the results that count, where others are undetermined
    """
    schema = op._schema
    named = {a.name: x for a, x in zip(schema.arguments, args)}
    named.update(kwargs)
    copies = [x.clone() if isinstance(x, torch.Tensor) else [e.clone() if isinstance(e, torch.Tensor) else e for e in x]
              if isinstance(x, (list, tuple)) else x for x in args]
    with torch.no_grad():
        out = op(*copies, **kwargs)
    results = list(out) if isinstance(out, (tuple, list)) else [out]
    results = [r if isinstance(r, torch.Tensor) and (keep is None or i in keep) else None for i, r in enumerate(results)]
    write(str(op), named, results, tolerance)


def each(op, dtypes, make, *more, **kwargs):
    for dtype in dtypes:
        row(op, *make(dtype), *more, **kwargs)


# ---- arithmetic in every element type, with broadcasting, without elements, without dimensions

each(A.add.Tensor, ALL, lambda d: (t(2, 3, dtype=d), t(3, dtype=d)))
each(A.mul.Tensor, ALL, lambda d: (t(2, 1, dtype=d), t(3, dtype=d)))
each(A.sub.Tensor, REAL + WHOLE + [c64], lambda d: (t(4, dtype=d), t(4, dtype=d)), alpha=2)
each(A.div.Tensor, REAL + [i32, i64, b1, c64, c128], lambda d: (t(4, dtype=d), t(4, dtype=d).to(d) + 11 if d != b1 else v(True, True, True, True)))
each(A.div.Tensor_mode, [f32, f64, i64, i8], lambda d: (t(6, dtype=d), v(2, 3, -2, -3, 4, 5).to(d)), rounding_mode="floor")
each(A.div.Tensor_mode, [f32, i64], lambda d: (t(6, dtype=d), v(2, 3, -2, -3, 4, 5).to(d)), rounding_mode="trunc")
each(A.remainder.Tensor, [f32, i64, u8], lambda d: (t(5, dtype=d), v(2, 3, 4, 5, 6).to(d)))
each(A.fmod.Tensor, [f32, i64], lambda d: (t(5, dtype=d), v(2, 3, -4, 5, 6).to(d)))
each(A.neg.default, REAL + [i8, i64, c64], lambda d: (t(3, dtype=d),))
each(A.abs.default, REAL + [i16, i64, c64, c128], lambda d: (t(3, dtype=d),))
each(A.pow.Tensor_Scalar, [f16, f32, f64, i64, c64], lambda d: (t(4, dtype=d), 2))
each(A.pow.Tensor_Scalar, [f32, i64], lambda d: (t(4, dtype=d).abs() + 1, 0.5))
row(A.pow.Scalar, 2, t(4))
row(A.pow.Tensor_Tensor, t(4).abs(), t(4))
each(A.maximum.default, [bf16, f32, i64, b1], lambda d: (t(4, dtype=d), t(4, dtype=d)))
each(A.minimum.default, [f16, f64, u8], lambda d: (t(4, dtype=d), t(4, dtype=d)))
each(A.sum.default, ALL, lambda d: (t(2, 3, dtype=d),))
each(A.mean.dim, [bf16, f32, f64, c64], lambda d: (t(2, 3, dtype=d), [1], True))
each(A.prod.dim_int, [f32, i64, b1], lambda d: (t(2, 3, dtype=d), 1))
each(A.matmul.default, [f16, bf16, f32, f64, i64, c64], lambda d: (t(2, 3, dtype=d), t(3, 2, dtype=d)))
each(A.eq.Tensor, [f32, i64, b1, c64], lambda d: (t(5, dtype=d), t(5, dtype=d)))
each(A.lt.Scalar, [f16, f32, i64, u8], lambda d: (t(5, dtype=d), 3))
each(A.bitwise_and.Tensor, WHOLE + [b1], lambda d: (t(5, dtype=d), t(5, dtype=d)))
each(A.bitwise_or.Tensor, [i32, b1], lambda d: (t(5, dtype=d), t(5, dtype=d)))
each(A.bitwise_xor.Scalar, [u8, i64], lambda d: (t(5, dtype=d), 5))
each(A.bitwise_not.default, [u8, i64, b1], lambda d: (t(5, dtype=d),))
each(A.bitwise_left_shift.Tensor_Scalar, [i32, i64], lambda d: (t(5, dtype=d), 3))
each(A.__rshift__.Scalar, [i32, u8], lambda d: (t(5, dtype=d), 1))
each(A.__and__.Tensor, [b1, i64], lambda d: (t(5, dtype=d), t(5, dtype=d)))
each(A.logical_and.default, [f32, i64, b1], lambda d: (t(5, dtype=d), t(5, dtype=d)))
each(A.logical_not.default, [f32, b1], lambda d: (t(5, dtype=d),))
each(A.any.dim, [f32, b1, i64], lambda d: (t(2, 3, dtype=d), 1))
each(A.all.default, [b1, u8], lambda d: (t(4, dtype=d),))
row(A.add.Tensor, t(2, 3), 2, alpha=3)
row(A.add.Tensor, t(3, dtype=i64), 0.5)
row(A.mul.Tensor, t(3, dtype=f16), 0.3)
row(A.mul.Tensor, t(3, dtype=b1), 3)
row(A.add.Scalar, t(3, dtype=u8), 300)
row(A.rsub.Scalar, t(3), 1, 2)
row(A.add.Tensor, v(2.5), t(2, dtype=f64))
row(A.add.Tensor, t(dtype=f32), t(dtype=f64))
row(A.add.Tensor, t(0), t(1))
row(A.mul.Tensor, t(3, 0, 2), t(2))
row(A.sum.default, t(0))
row(A.sum.dim_IntList, t(3, 0), [1])
row(A.mean.default, t(0))
row(A.matmul.default, t(2, 0), t(0, 3))
row(A.cat.default, [t(0), t(2, 3)], 0)
row(A.cat.default, [t(2, 0), t(2, 3), t(2, 1)], 1)
row(A.cat.default, [t(2, dtype=i64), t(2, dtype=f32)])
row(A.stack.default, [t(2), t(2)], -1)
row(A.max.default, t(4, dtype=i64))
row(A.max.dim, t(3, 4), 1)
row(A.min.dim, t(3, 4), 0, True)
row(A.argmax.default, t(3, 4), 1)
row(A.argmin.default, t(3, 4))
row(A.amax.default, t(3, 4), [0, 1])
row(A.amin.default, t(3, 4), [-1], True)
row(A.aminmax.default, t(3, 4), dim=0)
row(A.var.correction, t(3, 4), [1], correction=0)
row(A.std.correction, t(3, 4), [1], correction=1, keepdim=True)
row(A.var_mean.correction, t(3, 4), [0, 1], correction=0)
row(A.logsumexp.default, t(3, 4), [1])
row(A.norm.ScalarOpt_dim, t(3, 4), 2, [1])
row(A.linalg_vector_norm.default, t(3, 4), 1, [0])
row(A.median.dim, t(3, 5), 1)
row(A.cumsum.default, t(2, 4), 1)
row(A.cumsum.default, t(2, 4, dtype=b1), 1)
row(A.cumprod.default, t(2, 4), 0)
row(A.cummax.default, t(2, 4), 1)
row(A.logcumsumexp.default, t(4), 0)
row(A.diff.default, t(2, 5))
row(A.clamp.default, t(5), -0.5, 0.5)
row(A.clamp.default, t(5, dtype=i64), None, 3)
row(A.clamp.Tensor, t(5), t(5) - 2, None)
row(A.clamp_min.default, t(5), 0)
row(A.lerp.Scalar, t(4), t(4), 0.3)
row(A.addcmul.default, t(4), t(4), t(4), value=0.5)
row(A.addmm.default, t(3), t(2, 4), t(4, 3), beta=0.5, alpha=2)
row(A.addmv.default, t(2), t(2, 3), t(3))
row(A.baddbmm.default, t(2, 2, 2), t(2, 2, 3), t(2, 3, 2))
row(A.bmm.default, t(2, 2, 3), t(2, 3, 2))
row(A.mv.default, t(2, 3), t(3))
row(A.dot.default, t(4), t(4))
row(A.outer.default, t(2), t(3))
row(A.kron.default, t(2, 2), t(1, 2))
row(A.tensordot.default, t(2, 3), t(3, 2), [1], [0])
row(A.einsum.default, "bij,bjk->bik", [t(2, 2, 3), t(2, 3, 2)])
row(A.einsum.default, "ii->i", [t(3, 3)])
row(A.einsum.default, "bhid,bhjd->bhij", [t(1, 2, 2, 3), t(1, 2, 4, 3)])
row(A.bilinear.default, t(2, 3), t(2, 2), t(4, 3, 2), t(4))
row(A.where.self, t(4, dtype=b1), t(4), t(1))
row(A.where.ScalarOther, t(4, dtype=b1), t(4), 0.5)
row(A.where.default, v(True, False, True))
row(A.masked_fill.Scalar, t(2, 3), t(3, dtype=b1), float("-inf"))
row(A.masked_fill.Tensor, t(2, 3), t(2, 3, dtype=b1), v(2.0)[0])
row(A.masked_select.default, t(5), v(True, False, True, True, False))
row(A.masked_scatter.default, t(4), v(True, False, True, False), t(4))
row(A.isnan.default, v(1.0, float("nan"), float("inf")))
row(A.isinf.default, v(1.0, float("nan"), float("-inf")))
row(A.nan_to_num.default, v(1.0, float("nan"), float("inf")))
for name in ("exp log1p sqrt rsqrt reciprocal sin cos tan tanh asin atan sinh cosh erf erfc sigmoid floor ceil round trunc sign "
             "frac expm1 log log2 log10 lgamma digamma square sgn special_expit").split():
    row(getattr(A, name).default, t(5).abs() * 0.3 + 0.1)
row(A.exp.default, t(3, dtype=c64))
row(A.atan2.default, t(4), t(4))
row(A.hypot.default, t(4), t(4))
row(A.copysign.Tensor, t(4), t(4))
row(A.logaddexp.default, t(4), t(4))
row(A.xlogy.Tensor, t(4).abs(), t(4).abs())
row(A.floor_divide.default, t(4, dtype=i64), v(2, 3, 4, 5))
row(A.gcd.default, v(12, 18), v(8, 27))
row(A.cross.default, t(2, 3), t(2, 3), 1)

# ---- activations

for name in "relu relu6 silu mish hardswish hardsigmoid softsign log_sigmoid selu tanhshrink".split():
    if hasattr(A, name):
        row(getattr(A, name).default, t(6))
row(A.gelu.default, t(6))
row(A.gelu.default, t(6), approximate="tanh")
row(A.elu.default, t(6), 0.5)
row(A.celu.default, t(6), 0.7)
row(A.leaky_relu.default, t(6), 0.2)
row(A.prelu.default, t(2, 3, 2), t(3))
row(A.hardtanh.default, t(6), -0.5, 0.5)
row(A.softplus.default, t(6), 2, 10)
row(A.softshrink.default, t(6), 0.2)
row(A.hardshrink.default, t(6), 0.2)
row(A.threshold.default, t(6), 0.1, 7)
row(A.glu.default, t(2, 4), 1)
row(A.softmax.int, t(2, 4), -1)
row(A._softmax.default, t(2, 4), 1, False)
row(A.log_softmax.int, t(2, 4), 1, dtype=f64)
row(A.softmax.int, t(2, 4, dtype=f16), 1, dtype=f32)
row(A.rrelu.default, t(4), 0.1, 0.3, False)
row(A.dropout.default, t(4), 0.5, False)
row(A.native_dropout.default, t(4), 0.5, False, keep=[0])
row(A.alpha_dropout.default, t(4), 0.5, False)
row(A.feature_dropout.default, t(2, 3), 0.5, False)

# ---- shapes, copies and what functionalization of in-place writes makes

x = t(2, 3, 4)
row(A.view.default, x, [6, -1])
row(A.view.dtype, t(2, 4), i32)
row(A._unsafe_view.default, x, [24])
row(A.reshape.default, x, [4, 6])
row(A.flatten.using_ints, x, 1, 2)
row(A.unflatten.int, x, 2, [2, 2])
row(A.permute.default, x, [2, 0, 1])
row(A.transpose.int, x, 0, -1)
row(A.t.default, t(2, 3))
row(A.numpy_T.default, t(2, 3))
row(A.mT.default, x)
row(A.movedim.int, x, 0, 2)
row(A.swapaxes.default, x, 0, 1)
row(A.squeeze.dim, t(2, 1, 3), 1)
row(A.squeeze.dims, t(1, 2, 1), [0, 2])
row(A.squeeze.default, t(1, 2, 1))
row(A.unsqueeze.default, t(2), -1)
row(A.expand.default, t(2, 1), [3, 2, 4])
row(A.expand_as.default, t(1), t(3))
row(A.broadcast_to.default, t(3), [2, 3])
row(A.broadcast_tensors.default, [t(3), t(2, 1)])
row(A.repeat.default, t(2, 2), [2, 1, 2])
row(A.repeat_interleave.self_int, t(3), 2)
row(A.repeat_interleave.self_Tensor, t(3), v(1, 0, 2))
row(A.tile.default, t(2), [2, 2])
row(A.slice.Tensor, x, 1, 0, 9223372036854775807, 2)
row(A.slice.Tensor, x, 2, -3, -1)
row(A.narrow.default, x, 2, 1, 2)
row(A.select.int, x, 1, -1)
row(A.diagonal.default, t(3, 3), 1)
row(A.diag_embed.default, t(2, 2))
row(A.tril.default, t(3, 3), -1)
row(A.triu.default, t(3, 3), 1)
row(A.tril_indices.default, 3, 3)
row(A.unfold.default, t(7), 0, 3, 2)
row(A.as_strided.default, t(6), [2, 2], [3, 1], 1)
row(A.split.Tensor, t(5, 2), 2)
row(A.split_with_sizes.default, t(5, 2), [1, 4])
row(A.chunk.default, t(2, 6), 3, 1)
row(A.unbind.int, t(2, 3), 0)
row(A.tensor_split.sections, t(5), 3)
row(A.unsafe_split.Tensor, t(4), 2)
row(A.unsafe_chunk.default, t(4), 2)
row(A.meshgrid.indexing, [t(2), t(3)], indexing="ij")
row(A.flip.default, x, [0, 2])
row(A.roll.default, t(2, 4), [1], [1])
row(A.rot90.default, t(2, 3), 1, [0, 1])
row(A.pixel_shuffle.default, t(1, 4, 2, 2), 2)
row(A.pixel_unshuffle.default, t(1, 1, 4, 4), 2)
row(A.channel_shuffle.default, t(1, 4, 2, 1), 2)
row(A.clone.default, x, memory_format=torch.contiguous_format)
row(A.contiguous.default, t(1, 2, 3, 2), memory_format=torch.channels_last)
row(A.detach.default, x)
row(A.alias.default, x)
row(A.lift_fresh_copy.default, t(2))
row(A.lift_fresh.default, t(2))
row(A.copy.default, t(2, 3), t(3))
row(A.copy_.default, t(2, 3), t(2, 3, dtype=i64))
row(A.fill.Scalar, t(2, 3), 7)
row(A.fill.Tensor, t(2, 3), v(3.0)[0])
row(A.fill_.Scalar, t(2, 3), 1.5)
row(A.zero_.default, t(2))
row(A.zero.default, t(2))
row(A.add_.Tensor, t(2, 3), t(3))
row(A.mul_.Tensor, t(3), 2)
row(A.select_scatter.default, x, t(2, 4), 1, 2)
row(A.slice_scatter.default, x, t(2, 2, 4), 1, 1, 3)
row(A.diagonal_scatter.default, t(3, 3), t(3))
row(A.as_strided_scatter.default, t(6), t(2, 2), [2, 2], [3, 1], 1)
row(A.view_copy.default, x, [6, 4])
row(A.expand_copy.default, t(2, 1), [2, 3])
row(A.permute_copy.default, t(2, 3), [1, 0])
row(A.select_copy.int, x, 0, 1)
row(A.slice_copy.Tensor, x, 1, 1)
row(A.squeeze_copy.dim, t(1, 2), 0)
row(A.transpose_copy.int, t(2, 3), 0, 1)
row(A.unsqueeze_copy.default, t(2), 0)
row(A.unbind_copy.int, t(2, 3), 0)
row(A.split_copy.Tensor, t(4), 2)
row(A.to.dtype, t(3), i64)
row(A.to.dtype, t(3), f32)
row(A.to.other, t(3), t(1, dtype=f64))
row(A._to_copy.default, t(3), dtype=f16)
row(A._to_copy.default, t(3, dtype=i64), dtype=c64)
row(A.type_as.default, t(3), t(1, dtype=i32))
each(A.zeros_like.default, ALL, lambda d: (t(2, dtype=d),))
row(A.ones_like.default, t(0, 3))
row(A.full_like.default, t(2), 3, dtype=i64)
row(A.new_zeros.default, t(2), [3])
row(A.new_full.default, t(2, dtype=i64), [2], 5)
row(A.new_ones.default, t(2), [2, 2])
row(A.zeros.default, [2, 2], dtype=b1)
row(A.ones.default, [0, 2])
row(A.full.default, [2], float("-inf"))
row(A.full.default, [2], True)
row(A.scalar_tensor.default, 2.5)
row(A.arange.default, 4)
row(A.arange.start_step, 1, 9, 3, dtype=f32)
row(A.linspace.default, 0, 1, 5)
row(A.logspace.default, 0, 2, 3)
row(A.eye.m, 2, 3)
row(A.one_hot.default, v(0, 2, 1), 4)
row(A.hann_window.default, 5)
row(A.complex.default, t(3), t(3))
row(A.polar.default, t(3), t(3))
row(A.view_as_real.default, t(3, dtype=c64))
row(A.view_as_complex.default, t(3, 2))
row(A.real.default, t(3, dtype=c64))
row(A.imag.default, t(3, dtype=c64))
row(A.conj.default, t(3, dtype=c64))
row(A._conj.default, t(3, dtype=c128))
row(A.conj_physical.default, t(3, dtype=c64))
row(A.angle.default, t(3, dtype=c64))
row(A.resolve_conj.default, t(3, dtype=c64))

# ---- looking up, writing at indices, sorting

row(A.index.Tensor, x, [None, v(2, 0)])
row(A.index.Tensor, t(4), [v(True, False, True, True)])
row(A.index.Tensor, x, [v(0, 1), None, v(3, 1)])
row(A._unsafe_index.Tensor, x, [None, v(2, 0)])
row(A.index_put.default, t(4), [v(0, 2)], t(2))
row(A.index_put.default, t(4), [v(0, 0)], t(2), True)
row(A.index_put_.default, t(4), [v(True, False, False, True)], v(7.0)[0])
row(A.index_select.default, x, 1, v(2, 2, 0))
row(A.index_add.default, t(3, 2), 0, v(0, 0), t(2, 2), alpha=2)
row(A.index_copy.default, t(3, 2), 0, v(2, 0), t(2, 2))
row(A.index_fill.int_Scalar, t(3, 2), 0, v(1), 5)
row(A.gather.default, t(2, 4), 1, v([0, 3], [1, 1]))
row(A.take.default, t(2, 3), v(5, 0))
row(A.take_along_dim.default, t(2, 3), v([2], [0]), 1)
row(A.scatter.src, t(2, 4), 1, v([0, 3], [1, 2]), t(2, 2))
row(A.scatter.value, t(2, 4), 1, v([0, 3], [1, 2]), 5)
row(A.scatter_add.default, t(2, 4), 1, v([0, 0], [1, 1]), t(2, 2))
row(A.scatter_reduce.two, t(4), 0, v(0, 0, 2), t(3), "amax")
row(A.put.default, t(4), v(1, 3), t(2))
row(A.embedding.default, t(5, 3), v([0, 4], [2, 2]))
row(A.embedding.default, t(5, 3, dtype=f16), v(1, 3, dtype=i32), 1)
row(A.embedding.default, t(5, 3), t(0, dtype=i64))
row(A.embedding_bag.default, t(5, 3), v(0, 2, 4, 1), v(0, 3), False, 1, keep=[0])
row(A.embedding_bag.padding_idx, t(5, 3), v(0, 2, 4, 1), v(0, 3), False, 0, False, t(4), False, None, keep=[0])
row(A._embedding_bag_forward_only.default, t(5, 3), v(0, 2, 4, 1), v(0, 3), False, 2, keep=[0])
row(A.topk.default, t(2, 5), 3, 1)
row(A.topk.default, t(6), 2, 0, False, True)
row(A.kthvalue.default, t(6), 2)
row(A.sort.default, t(2, 5), 1, True)
row(A.sort.stable, v(2, 1, 2, 1, 0), stable=True, dim=0, descending=False)
row(A.argsort.default, t(2, 5), 1)
row(A.argsort.stable, v(2, 1, 2, 1), stable=True)
row(A.msort.default, t(4))
row(A.nonzero.default, v([1, 0], [0, 2]))
row(A.nonzero.default, t(0, 3))
row(A.nonzero_numpy.default, v([1, 0], [0, 2]))
row(A.argwhere.default, v(0, 1, 1))
row(A.count_nonzero.default, v(0, 1, 1))
row(A._unique2.default, v(3, 1, 3, 2), True, True, True)
row(A.unique_consecutive.default, v(1, 1, 2, 2, 1), True, True)
row(A.unique_dim.default, v([1, 2], [1, 2], [0, 1]), 0, True, True, True)
row(A.bincount.default, v(0, 2, 2))
row(A.histc.default, t(20), 4, -2, 2)
row(A.searchsorted.Tensor, v(1.0, 3.0, 5.0), v(2.0, 5.0))
row(A.bucketize.Tensor, v(2.0, 5.0), v(1.0, 3.0, 5.0), right=True)
row(A.isin.Tensor_Tensor, v(1, 2, 3), v(2, 4))
row(A.cartesian_prod.default, [t(2), t(2)])
row(A.combinations.default, t(3))
row(A.block_diag.default, [t(1, 2), t(2, 1)])
row(A.trapezoid.dx, t(4))
row(A.cdist.default, t(3, 2), t(4, 2), 2.0)
row(A.cdist.default, t(3, 2), t(4, 2), 1.0)
row(A._cdist_forward.default, t(3, 2), t(4, 2), 2.0, None)
row(A.pdist.default, t(3, 2))
row(A.cosine_similarity.default, t(2, 3), t(2, 3))
row(A.pairwise_distance.default, t(2, 3), t(2, 3))

# ---- convolutions, pooling, interpolation, padding

image = t(1, 4, 4, 3)
for dtype in (f32, f64, bf16, f16):
    row(A.conv2d.default, image.to(dtype), t(2, 4, 3, 3, dtype=dtype) * 0.2, t(2, dtype=dtype), [2, 1], [1, 0], tolerance=0.03 if dtype in (bf16, f16) else None)
row(A.conv2d.padding, image, t(4, 1, 3, 3), None, [1, 1], "same", [1, 1], 4)
row(A.conv2d.default, t(0, 4, 4, 3), t(2, 4, 3, 3))
row(A.conv1d.default, t(2, 3, 9), t(4, 3, 3), t(4), [1], [2], [2])
row(A.conv3d.default, t(1, 2, 3, 4, 4), t(2, 2, 2, 2, 2))
row(A.conv_transpose1d.default, t(1, 2, 5), t(2, 3, 3), t(3), [2], [1], [1])
row(A.conv_transpose2d.input, image, t(4, 2, 2, 2), None, [2, 2])
row(A.conv_transpose3d.input, t(1, 2, 2, 2, 2), t(2, 1, 2, 2, 2))
row(A.convolution.default, image, t(4, 2, 3, 3), None, [1, 1], [1, 1], [1, 1], True, [0, 0], 2)
row(A.linear.default, t(2, 3), t(4, 3), t(4))
row(A.linear.default, t(2, 3, dtype=bf16), t(4, 3, dtype=bf16))
row(A.linear.default, t(0, 3), t(4, 3), t(4))
row(A.linear.default, t(3), t(4, 3))
row(A.max_pool2d.default, image, [3, 3], [2, 2], [1, 1])
row(A.max_pool2d.default, image, [2, 2], [2, 2], [0, 0], [1, 1], True)
row(A.max_pool2d_with_indices.default, image, [2, 2])
row(A.max_pool1d.default, t(1, 2, 7), [3])
row(A.max_pool3d.default, t(1, 1, 4, 4, 4), [2, 2, 2])
row(A.avg_pool2d.default, image, [3, 3], [2, 2], [1, 1], True, False)
row(A.avg_pool1d.default, t(1, 2, 7), [3])
row(A.avg_pool3d.default, t(1, 1, 4, 4, 4), [2, 2, 2])
row(A.adaptive_avg_pool2d.default, image, [3, 2])
row(A._adaptive_avg_pool2d.default, image, [1, 1])
row(A.adaptive_avg_pool1d.default, t(1, 2, 7), [3])
row(A.adaptive_max_pool2d.default, image, [2, 2])
row(A.adaptive_avg_pool3d.default, t(1, 1, 4, 4, 4), [2, 2, 2])
row(A.max_unpool2d.default, t(1, 1, 2, 2), v([[[0, 3], [8, 11]]]), [4, 4])
for mode in ("nearest1d", "linear1d"):
    row(getattr(A, "upsample_" + mode).default, t(1, 2, 5), [8], *([False] if "linear" in mode else []))
row(A.upsample_nearest2d.default, image, [9, 7])
row(A.upsample_nearest2d.vec, image, None, [2.0, 1.5])
row(A._upsample_nearest_exact2d.default, image, [9, 7])
row(A.upsample_bilinear2d.default, image, [9, 7], False)
row(A.upsample_bilinear2d.vec, image, [9, 7], True, None)
row(A.upsample_bilinear2d.vec, image, None, False, [0.5, 2.0])
row(A._upsample_bilinear2d_aa.default, image, [3, 3], False)
row(A.upsample_bicubic2d.default, image, [9, 7], False)
row(A._upsample_bicubic2d_aa.default, image, [3, 3], False)
row(A.upsample_nearest3d.default, t(1, 1, 2, 2, 2), [3, 4, 2])
row(A.upsample_trilinear3d.default, t(1, 1, 2, 2, 2), [3, 4, 2], True)
row(A.grid_sampler.default, image, t(1, 3, 3, 2) * 0.6, 0, 0, False)
row(A.grid_sampler.default, image, t(1, 3, 3, 2) * 0.6, 1, 1, True)
row(A.grid_sampler_2d.default, image, t(1, 3, 3, 2) * 0.9, 2, 2, False)
row(A.grid_sampler_3d.default, t(1, 1, 3, 3, 3), t(1, 2, 2, 2, 3) * 0.6, 0, 0, False)
row(A.affine_grid_generator.default, t(1, 2, 3), [1, 1, 3, 2], False)
row(A.im2col.default, image, [2, 2], [1, 1], [0, 0], [2, 2])
row(A.col2im.default, t(1, 8, 4), [3, 3], [2, 2], [1, 1], [0, 0], [1, 1])
row(A.constant_pad_nd.default, t(2, 3), [1, 2, 0, 1], 0.5)
row(A.pad.default, t(2, 3), [1, -1])
row(A.pad.default, t(1, 2, 4), [2, 1], "reflect")
row(A.reflection_pad1d.default, t(1, 2, 4), [1, 2])
row(A.reflection_pad2d.default, image, [1, 2, 2, 1])
row(A.replication_pad1d.default, t(1, 2, 4), [1, 2])
row(A.replication_pad2d.default, image, [1, 2, 2, 1])
row(A.replication_pad3d.default, t(1, 1, 2, 2, 2), [1, 0, 1, 1, 0, 1])
row(A._pad_circular.default, t(1, 2, 4), [1, 2])

# ---- normalisation

row(A.batch_norm.default, image, t(4), t(4), t(4), t(4).abs() + 0.5, False, 0.1, 1e-5, True)
row(A._native_batch_norm_legit_no_training.default, image, t(4), t(4), t(4), t(4).abs() + 0.5, 0.1, 1e-5, keep=[0])
row(A._native_batch_norm_legit.no_stats, image, t(4), t(4), True, 0.1, 1e-5)
row(A.batch_norm.default, image, None, None, None, None, True, 0.1, 1e-5, True)
for dtype in (f32, f64, bf16):
    row(A.layer_norm.default, t(2, 3, 4, dtype=dtype), [4], t(4, dtype=dtype), t(4, dtype=dtype))
row(A.native_layer_norm.default, t(2, 3, 4), [3, 4], None, None, 1e-5)
row(A.group_norm.default, image, 2, t(4), t(4))
row(A.native_group_norm.default, image, t(4), t(4), 1, 4, 12, 2, 1e-5)
row(A.instance_norm.default, image, t(4), t(4), None, None, True, 0.1, 1e-5, True)
row(A.rms_norm.default, t(2, 4), [4], t(4))
row(A._weight_norm.default, t(3, 2), t(3, 1), 0)
row(A.renorm.default, t(3, 2), 2, 0, 1.0)

# ---- recurrent networks: one and two directions, batch first, packed sequences, cells


def weights(gates, inputs, hidden, directions, layers=1):
    made = []
    for layer in range(layers):
        for _ in range(directions):
            width = inputs if layer == 0 else hidden * directions
            made += [t(gates * hidden, width) * 0.4, t(gates * hidden, hidden) * 0.4, t(gates * hidden) * 0.4, t(gates * hidden) * 0.4]
    return made


for directions, first, layers in ((1, False, 1), (2, True, 1), (2, False, 2)):
    sequence = t(2, 3, 3) if first else t(3, 2, 3)
    state = lambda: t(layers * directions, 2, 2)
    rest = (True, layers, 0.0, False, directions == 2, first)
    row(A.lstm.input, sequence, [state(), state()], weights(4, 3, 2, directions, layers), *rest)
    row(A.gru.input, sequence, state(), weights(3, 3, 2, directions, layers), *rest)
    row(A.rnn_tanh.input, sequence, state(), weights(1, 3, 2, directions, layers), *rest)
    row(A.rnn_relu.input, sequence, state(), weights(1, 3, 2, directions, layers), *rest)
packed, sizes = t(5, 3), v(2, 2, 1)
row(A.lstm.data, packed, sizes, [t(1, 2, 2), t(1, 2, 2)], weights(4, 3, 2, 1), True, 1, 0.0, False, False)
row(A.lstm.data, packed, sizes, [t(2, 2, 2), t(2, 2, 2)], weights(4, 3, 2, 2), True, 1, 0.0, False, True)
row(A.gru.data, packed, sizes, t(1, 2, 2), weights(3, 3, 2, 1), True, 1, 0.0, False, False)
row(A.rnn_tanh.data, packed, sizes, t(1, 2, 2), weights(1, 3, 2, 1), True, 1, 0.0, False, False)
row(A.rnn_relu.data, packed, sizes, t(1, 2, 2), weights(1, 3, 2, 1), True, 1, 0.0, False, False)
row(A._pack_padded_sequence.default, t(3, 2, 3), v(3, 2), False)
row(A._pad_packed_sequence.default, packed, sizes, False, 0.0, 3)
row(A.lstm_cell.default, t(2, 3), [t(2, 2), t(2, 2)], *weights(4, 3, 2, 1))
row(A.gru_cell.default, t(2, 3), t(2, 2), *weights(3, 3, 2, 1))
row(A.rnn_tanh_cell.default, t(2, 3), t(2, 2), *weights(1, 3, 2, 1))
row(A.rnn_relu_cell.default, t(2, 3), t(2, 2), *weights(1, 3, 2, 1))
row(A.lstm.input, t(3, 2, 3, dtype=bf16), [t(1, 2, 2, dtype=bf16), t(1, 2, 2, dtype=bf16)], [w.to(bf16) for w in weights(4, 3, 2, 1)], True, 1, 0.0, False, False, False, tolerance=0.05)

# ---- attention

q, k, w = t(1, 2, 3, 4), t(1, 2, 5, 4), t(1, 2, 5, 4)
row(A.scaled_dot_product_attention.default, q, k, w)
row(A.scaled_dot_product_attention.default, q, k, w, t(3, 5))
row(A.scaled_dot_product_attention.default, q, k, w, t(3, 5) > -0.5)
row(A.scaled_dot_product_attention.default, q, q, q, None, 0.0, True)
row(A.scaled_dot_product_attention.default, q, k, w, scale=0.3)
row(A.scaled_dot_product_attention.default, t(1, 4, 3, 4), t(1, 2, 5, 4), t(1, 2, 5, 4), enable_gqa=True)
row(A.scaled_dot_product_attention.default, q.to(bf16), k.to(bf16), w.to(bf16), tolerance=0.03)
row(A.scaled_dot_product_attention.default, q.to(f64), k.to(f64), w.to(f64))
row(A._scaled_dot_product_attention_math.default, q, k, w)
row(A._scaled_dot_product_flash_attention_for_cpu.default, q, k, w, keep=[0])
half = lambda *s: t(*s) * 0.3
row(A._native_multi_head_attention.default, (y := t(2, 3, 4)), y, y, 4, 2, half(12, 4), half(12), half(4, 4), half(4), None, False, keep=[0])
row(A._native_multi_head_attention.default, (y := t(2, 3, 4)), y, y, 4, 2, half(12, 4), half(12), half(4, 4), half(4))
row(A._transformer_encoder_layer_fwd.default, t(2, 3, 4), 4, 2, half(12, 4), half(12), half(4, 4), half(4), True, False, 1e-5,
    half(4) + 1, half(4), half(4) + 1, half(4), half(6, 4), half(6), half(4, 6), half(4))
row(A._transformer_encoder_layer_fwd.default, t(2, 3, 4), 4, 2, half(12, 4), half(12), half(4, 4), half(4), False, True, 1e-5,
    half(4) + 1, half(4), half(4) + 1, half(4), half(6, 4), half(6), half(4, 6), half(4), torch.triu(torch.ones(3, 3), 1).bool(), 0)

# ---- Fourier transforms

signal = t(2, 8)
row(A.fft_rfft.default, signal)
row(A.fft_rfft.default, t(2, 8, dtype=f64), 6, 1, "ortho")
row(A.fft_irfft.default, t(2, 5, dtype=c64))
row(A.fft_irfft.default, t(2, 5, dtype=c64), 7)
row(A.fft_fft.default, t(6, dtype=c64))
row(A.fft_ifft.default, t(6, dtype=c128))
row(A.fft_fft2.default, t(2, 3, 4))
row(A.fft_ifft2.default, t(3, 4, dtype=c64))
row(A.fft_rfft2.default, t(2, 3, 4))
row(A.fft_irfft2.default, t(3, 3, dtype=c64))
row(A.fft_fftn.default, t(2, 3, dtype=c64))
row(A.fft_rfftn.default, t(2, 4))
row(A.fft_hfft.default, t(4, dtype=c64))
row(A.fft_fftshift.default, t(5))
row(A.fft_ifftshift.default, t(5))
row(A.fft_fftfreq.default, 5, 0.5)
row(A.fft_rfftfreq.default, 6)
row(A._fft_r2c.default, signal, [1], 0, True)
row(A._fft_c2r.default, t(2, 5, dtype=c64), [1], 2, 8)
row(A._fft_c2c.default, t(4, dtype=c64), [0], 0, False)
row(A.stft.default, t(2, 16), 8, 4, 8, torch.hann_window(8), False, True, True)
row(A.stft.center, t(2, 16), 8, 4, 8, torch.hann_window(8), True, "reflect", False, True, True)
row(A.istft.default, torch.stft(t(2, 16), 8, 4, window=torch.hann_window(8), return_complex=True), 8, 4, 8, torch.hann_window(8))
row(A.mul.Tensor, t(3, dtype=c64), t(3))

# ---- linear algebra

square = t(2, 3, 3) + 3 * torch.eye(3)
positive = square @ square.mT + torch.eye(3)
row(A.linalg_inv.default, square)
row(A.inverse.default, square)
row(A.linalg_solve.default, square, t(2, 3, 1))
row(A.linalg_det.default, square)
row(A.linalg_slogdet.default, square)
row(A.linalg_svdvals.default, square)
row(A._linalg_svd.default, square, keep=[1])
row(A.linalg_cholesky.default, positive, tolerance=1e-4)
row(A.cholesky_solve.default, t(3, 1), torch.linalg.cholesky(positive[0]), tolerance=1e-4)
row(A.linalg_eigvalsh.default, positive)
row(A.linalg_lstsq.default, square, t(2, 3, 1), keep=[0])
row(A.linalg_qr.default, square, "r", keep=[])
row(A.linalg_pinv.default, t(2, 3), 1e-6)
row(A.linalg_matrix_power.default, square, 3)
row(A.linalg_norm.default, t(2, 3))
row(A.linalg_matrix_norm.str_ord, t(2, 3))
row(A.linalg_solve_triangular.default, torch.triu(square), t(2, 3, 1), upper=True)
row(A.linalg_cross.default, t(2, 3), t(2, 3))
row(A.linalg_multi_dot.default, [t(2, 3), t(3, 2), t(2, 1)])
row(A.matrix_exp.default, t(2, 2) * 0.3)
row(A.trace.default, t(3, 3))

# ---- losses, which some exported models compute

row(A.mse_loss.default, t(4), t(4))
row(A.l1_loss.default, t(4), t(4), 2)
row(A.smooth_l1_loss.default, t(4), t(4))
row(A.huber_loss.default, t(4), t(4))
row(A.cross_entropy_loss.default, t(3, 4), v(0, 3, 1))
row(A.nll_loss_nd.default, t(3, 4), v(0, 3, 1))
row(A.binary_cross_entropy_with_logits.default, t(4), torch.rand(4, generator=generator))
row(A.kl_div.default, t(4), t(4).abs())


# ---- torchvision, by the papers' definitions


def nms(boxes, scores, threshold):
    """Greedy: the best box that is left is kept, what overlaps it by more than the threshold goes."""
    area = (boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1])
    left = sorted(range(len(scores)), key=lambda i: -scores[i])
    kept = []
    while left:
        best = left.pop(0)
        kept.append(best)
        rest = []
        for other in left:
            w = max(boxes.dtype.type(0), min(boxes[best, 2], boxes[other, 2]) - max(boxes[best, 0], boxes[other, 0]))
            h = max(boxes.dtype.type(0), min(boxes[best, 3], boxes[other, 3]) - max(boxes[best, 1], boxes[other, 1]))
            union = area[best] + area[other] - w * h
            if not float(w * h / union) > threshold:
                rest.append(other)
        left = rest
    return np.array(kept, dtype=np.int64)


def bilinear(plane, y, x):
    """The value between four pixels; pixels outside the image are zero."""
    total = 0.0
    for row_ in (math.floor(y), math.floor(y) + 1):
        for column in (math.floor(x), math.floor(x) + 1):
            if 0 <= row_ < plane.shape[0] and 0 <= column < plane.shape[1]:
                total += plane[row_, column] * (1 - abs(y - row_)) * (1 - abs(x - column))
    return total


def roi_align(image, rois, scale, height, width, ratio, aligned):
    n, channels, rows_, columns = image.shape
    out = np.zeros((len(rois), channels, height, width))
    for r, (index, *box) in enumerate(rois):
        x1, y1, x2, y2 = (c * scale - (0.5 if aligned else 0) for c in box)
        w, h = x2 - x1, y2 - y1
        if not aligned:
            w, h = max(w, 1), max(h, 1)
        gh = ratio if ratio > 0 else math.ceil(h / height)
        gw = ratio if ratio > 0 else math.ceil(w / width)
        for c in range(channels):
            for i in range(height):
                for j in range(width):
                    total = 0.0
                    for a in range(gh):
                        for b in range(gw):
                            y = y1 + (i + (a + 0.5) / gh) * h / height
                            x = x1 + (j + (b + 0.5) / gw) * w / width
                            if -1 <= y <= rows_ and -1 <= x <= columns:
                                y, x = min(max(y, 0), rows_ - 1), min(max(x, 0), columns - 1)
                                total += bilinear(image[int(index), c], y, x)
                    out[r, c, i, j] = total / max(gh * gw, 1)
    return out


def deform_conv2d(image, weight, offset, mask, bias, stride, pad, dilation, groups, offset_groups):
    n, channels, _, _ = image.shape
    outputs, per_group, kh, kw = weight.shape
    _, _, rows_, columns = offset.shape
    out = np.zeros((n, outputs, rows_, columns))
    for b in range(n):
        for o in range(outputs):
            for i in range(rows_):
                for j in range(columns):
                    total = bias[o]
                    for c in range(per_group):
                        channel = o // (outputs // groups) * per_group + c
                        group = channel // (channels // offset_groups)
                        for a in range(kh):
                            for d in range(kw):
                                tap = group * kh * kw + a * kw + d
                                y = i * stride[0] - pad[0] + a * dilation[0] + offset[b, 2 * tap, i, j]
                                x = j * stride[1] - pad[1] + d * dilation[1] + offset[b, 2 * tap + 1, i, j]
                                factor = 1 if mask is None else mask[b, tap, i, j]
                                total += weight[o, c, a, d] * factor * bilinear(image[b, channel], y, x)
                    out[b, o, i, j] = total
    return out


def vision(name, arguments, result, dtype, tolerance=None):
    write("torchvision." + name, arguments, [torch.as_tensor(result).to(dtype)], tolerance)


for dtype in (f32, f64, f16):
    corners = (torch.rand(12, 2, generator=generator) * 8).to(dtype)
    boxes = torch.cat([corners, corners + (torch.rand(12, 2, generator=generator) * 6 + 1).to(dtype)], 1)
    scores = torch.randperm(12, generator=generator).to(dtype) / 16
    for threshold in (0.1, 0.5):
        exact = boxes.float() if dtype == f16 else boxes
        kept = nms(exact.numpy(), scores.float().numpy(), threshold)
        vision("nms", {"dets": boxes, "scores": scores, "iou_threshold": threshold}, kept, i64)
# Overlap of exactly 3/10, which float32 rounds up.
pair = v([0.0, 0.0, 13.0, 1.0], [7.0, 0.0, 20.0, 1.0])
vision("nms", {"dets": pair, "scores": v(1.0, 0.5), "iou_threshold": 0.3}, nms(pair.numpy(), [1, 0.5], 0.3), i64)
vision("nms", {"dets": pair.double(), "scores": v(1.0, 0.5).double(), "iou_threshold": 0.3}, nms(pair.double().numpy(), [1, 0.5], 0.3), i64)
vision("nms", {"dets": t(0, 4), "scores": t(0), "iou_threshold": 0.3}, np.zeros(0), i64)

regions = v([0.0, 1.0, 2.0, 9.0, 8.0], [1.0, -2.5, 0.3, 4.1, 13.9], [0.0, 3.0, 3.0, 3.2, 3.1], [1.0, 0.0, 0.0, 30.0, 30.0])
for dtype in (f32, f64, f16):
    for ratio, aligned in ((0, False), (2, True), (-1, True)):
        features = t(2, 2, 7, 6, dtype=dtype)
        found = roi_align(features.double().numpy(), regions.to(dtype).double().numpy(), 0.5, 3, 2, ratio, aligned)
        vision("roi_align", {"input": features, "rois": regions.to(dtype), "spatial_scale": 0.5, "pooled_height": 3,
                             "pooled_width": 2, "sampling_ratio": ratio, "aligned": aligned}, found, dtype)
vision("roi_align", {"input": t(1, 2, 3, 3), "rois": t(0, 5), "spatial_scale": 1.0, "pooled_height": 2, "pooled_width": 2,
                     "sampling_ratio": 2, "aligned": True}, np.zeros((0, 2, 2, 2)), f32)

for dtype in (f32, f64):
    for groups, offset_groups, stride, pad, dilation, masked in ((1, 1, (1, 1), (1, 1), (1, 1), True), (2, 2, (2, 1), (1, 1), (1, 2), False)):
        features, weight = t(2, 4, 4, 5, dtype=dtype), t(2, 4 // groups, 3, 3, dtype=dtype)
        out = [(s + 2 * p - d * 2 - 1) // st + 1 for s, p, d, st in zip((4, 5), pad, dilation, stride)]
        moved = t(2, 18 * offset_groups, *out, dtype=dtype)
        factors = t(2, 9 * offset_groups, *out, dtype=dtype) if masked else torch.zeros(2, 1, dtype=dtype)
        bias = t(2, dtype=dtype)
        found = deform_conv2d(*(a.double().numpy() for a in (features, weight, moved)),
                              factors.double().numpy() if masked else None, bias.double().numpy(), stride, pad, dilation, groups, offset_groups)
        vision("deform_conv2d", {"input": features, "weight": weight, "offset": moved, "mask": factors, "bias": bias,
                                 "stride_h": stride[0], "stride_w": stride[1], "pad_h": pad[0], "pad_w": pad[1],
                                 "dilation_h": dilation[0], "dilation_w": dilation[1], "groups": groups,
                                 "offset_groups": offset_groups, "use_mask": masked}, found, dtype)

TARGET.parent.mkdir(parents=True, exist_ok=True)
with TARGET.open("w") as file:
    for each_row in rows:
        file.write(json.dumps(each_row, separators=(",", ":")) + "\n")
print(f"{len(rows)} rows of {len({r['op'] for r in rows})} operators, {TARGET.stat().st_size} bytes")
