#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes c-abi-schemas.txt: what the C ABI backend knows of operators, since libtorch's C ABI tells nothing of them.

    python3 tools/c_abi_schemas.py OLD_LIBTORCH_CPU_SO > src/main/resources/org/saguaro/accel/cpu/cabi/c-abi-schemas.txt

Schemas come from the torch that Python imports. OLD_LIBTORCH_CPU_SO is the oldest libtorch that is supported, of any
architecture: a schema that it does not have in the same form is marked, because a call by a wrong schema reads beyond its arguments.
"""
import re
import subprocess
import sys

import torch

SKIPPED = re.compile(
    r"_backward|_foreach_|_fused_|quantize|sparse|cudnn|miopen|_cuda|mkldnn|_mps|_mkl|nested|_jagged|_dyn_quant|_weight_int|"
    r"_ctc|_thnn|c10d|_coalesce|_efficient_attention|_flash_attention_forward|_masked_scale|_amp_|_test_|_print|"
    r"crow_indices|ccol_indices|record_stream|rename|refine_names|align_|pin_memory|is_pinned|_debug|cufft|philox|fbgemm|_dimI|_dimV|names$|_sobol")
OUTS = {"addmm.out", "bmm.out", "mm.out", "baddbmm.out", "scatter.src_out", "scatter.value_out", "scatter_reduce.two_out"}


def parameters(schema):
    """The types and names of a schema's text, without defaults and alias marks."""
    head, _, tail = schema.rpartition(" -> ")
    inside = re.sub(r"\([a-z!>*|-]+( -> [*a-z]+)?\)", "", head[head.index("(") + 1:head.rindex(")")])
    found = []
    for part in re.split(r",\s*(?![^\[]*\])", inside):
        part = part.split("=")[0].strip()
        if part and part != "*":
            kind, _, name = part.rpartition(" ")
            found.append((re.sub(r"SymInt", "int", re.sub(r"\[\d+\]", "[]", kind)), name))
    return found, re.sub(r"\([a-z!]+\)", "", tail).replace(" ", "")


def main():
    text = subprocess.run(["strings", "-n", "6", sys.argv[1]], capture_output=True, check=True).stdout.decode("latin1")
    old = {}
    for line in text.splitlines():
        if re.match(r"^(aten::)?[A-Za-z_][A-Za-z_0-9]*(\.[A-Za-z_0-9]+)?\(.*\) -> ", line):
            name = line[:line.index("(")]
            name = name if name.startswith("aten::") else "aten::" + name
            try:
                old.setdefault(name, set()).add(repr(parameters(re.sub(r"^(aten::)", "", line))))
            except ValueError:
                pass

    def in_old(full, wanted):
        if wanted in old.get(full, ()):
            return True
        # The linker keeps one copy of strings of which one is the end of the other: special_logsumexp(...), say.
        ends = (line[line.index(full[6:] + "("):] for line in text.splitlines() if full[6:] + "(" in line and " -> " in line)
        return any(repr(parameters(end)) == wanted for end in ends)

    lines, renewed = [], 0
    for schema in torch._C._jit_get_all_schemas():
        full = schema.name + ("." + schema.overload_name if schema.overload_name else "")
        if not full.startswith("aten::"):
            continue
        short = full[6:]
        is_out = any(a.is_out for a in schema.arguments)
        if (is_out and short not in OUTS) or SKIPPED.search(short):
            continue
        try:
            if not torch._C._dispatch_has_kernel(full) or not torch._C._dispatch_has_computed_kernel_for_dispatch_key(full, "CPU"):
                continue
            composite = not torch._C._dispatch_has_kernel_for_dispatch_key(full, "CPU")
        except RuntimeError:
            continue
        line = str(schema)
        if re.search(r"Dimname|Storage|Stream|__torch__|Dict|Future|Any\b|: t|List\[", line):
            continue
        same = in_old(full, repr(parameters(line[6:])))
        renewed += not same
        lines.append(("c" if composite else "-") + ("-" if same else "n") + " " + line)
    print("# Written by tools/c_abi_schemas.py from torch " + torch.__version__.split("+")[0]
          + ". Marks: c composed of other operators, n not in this form in the oldest libtorch supported.")
    print("\n".join(sorted(lines, key=lambda line: line[3:])))
    print(len(lines), "schemas,", renewed, "not in the old libtorch", file=sys.stderr)


main()
