# SPDX-License-Identifier: Apache-2.0
"""Writes what Python says about host operators: python3 host_ops.py > ../resources/org/saguaro/runtime/core/host/host-ops.json

Each case is [operator, operands, result]; a result that Python refuses is {"error": type}.
"""

import json
import math
import operator as op
import random
import sys


def encode(value):
    if value is None or isinstance(value, (bool, str)):
        return value
    if isinstance(value, int):
        if not -(2**63) <= value < 2**63:
            raise OverflowError("64 bits")
        return value
    if isinstance(value, float):
        return {"f": repr(value)}
    if isinstance(value, complex):
        raise ValueError("complex")
    if isinstance(value, (list, range)):
        return [encode(v) for v in value]
    if isinstance(value, tuple):
        return {"t": [encode(v) for v in value]}
    if isinstance(value, dict):
        return {"d": [[encode(k), encode(v)] for k, v in value.items()]}
    raise TypeError(type(value))


def changed(container, change):
    copy = container.copy() if hasattr(container, "copy") else list(container)
    change(copy)
    return copy


def removed(container, key):
    if not isinstance(container, (list, dict)):
        raise TypeError
    return changed(container, lambda c: c.__delitem__(key))


def put(container, key, value):
    if not isinstance(container, (list, dict)):
        raise TypeError
    return changed(container, lambda c: c.__setitem__(key, value))


OPS = {
    "add": op.add, "sub": op.sub, "mul": op.mul, "truediv": op.truediv, "floordiv": op.floordiv, "mod": op.mod,
    "pow": op.pow, "neg": op.neg, "abs": abs, "min": min, "max": max, "sum": sum, "floor": math.floor,
    "ceil": math.ceil, "round": round, "trunc": math.trunc, "sqrt": math.sqrt, "exp": math.exp, "log": math.log,
    "log2": math.log2, "sin": math.sin, "cos": math.cos, "tan": math.tan, "is_nan": math.isnan, "is_inf": math.isinf,
    "eq": op.eq, "ne": op.ne, "lt": op.lt, "le": op.le, "gt": op.gt, "ge": op.ge,
    "and": op.and_, "or": op.or_, "xor": op.xor, "not": op.not_, "invert": op.invert, "lshift": op.lshift,
    "rshift": op.rshift, "int": int, "float": float, "bool": bool, "str": str,
    "select": lambda c, a, b: a if c else b, "identity": lambda a: a,
    "list": list, "tuple": tuple, "dict": lambda k, v: dict(zip(k, v)), "len": len, "get": lambda c, k: c[k],
    "slice": lambda c, a, b, s: c[a:b:s], "contains": op.contains, "set": put,
    "append": lambda c, v: changed(c, lambda x: x.append(v)),
    "insert": lambda c, i, v: changed(c, lambda x: x.insert(i, v)), "remove": removed,
    "keys": lambda d: list(d.keys()), "values": lambda d: list(d.values()), "items": lambda d: list(d.items()),
    "range": lambda a, b, c: range(a, b, c), "reversed": lambda c: list(reversed(c)),
    "sorted": lambda c, d: sorted(c, reverse=d), "index": lambda c, v: c.index(v),
    "format": lambda t, a: t.format(*a), "percent": lambda t, a: t % a, "join": lambda s, c: s.join(c),
    "split": lambda t, s: t.split(s), "strip": str.strip, "upper": str.upper, "lower": str.lower,
    "starts_with": str.startswith, "ends_with": str.endswith, "replace": lambda t, a, b: t.replace(a, b),
}

INTS = [0, 1, -1, 2, 3, -3, 7, -7, 10, 62, 63, 64, 2**31, -(2**31), 2**53 + 1, 2**62, 2**63 - 1, -(2**63)]
REALS = [0.0, -0.0, 1.0, -1.0, 0.5, 1.5, 2.5, -2.5, 3.14159, 1e-5, 0.1, 1e16, 123456789012345680.0, 1e22, 9.0e15, 5e-324,
         1.7976931348623157e308, float("inf"), float("-inf"), float("nan"), 9.3e18, 0.0001, 0.00012345, 2.0**53, 2.0**63]
TEXTS = ["", "a", "b", "ab", "it's", 'q"', "tab\tnewline\n", "10", " -12 ", "1_000", "1.5e3", "inf", "é", "Hello World", "a,b,,c", "  x  y "]
LISTS = [[], [1], [1, 2, 3], [3, 1, 2], [1.5, 1, True], ["b", "a"], [[1], [1, 2]], [None], [1, "a"], [0.0, -0.0], list(range(6))]
TUPLES = [(), (1,), (1, 2), ("a", 2.5), (None, True), ((1, 2), [3])]
DICTS = [{}, {"a": 1}, {"a": 1, "b": [2]}, {1: "x", 2: "y"}, {True: 1}, {(1, 2): "t"}]
ANY = [None, True, False] + INTS + REALS + TEXTS + LISTS + TUPLES + DICTS
NUMBERS = [True, False] + INTS + REALS
BINARY = ["add", "sub", "mul", "truediv", "floordiv", "mod", "pow"]
COMPARE = ["eq", "ne", "lt", "le", "gt", "ge"]


def main():
    random.seed(20260101)
    cases = []
    seen = set()
    sampled = {}

    def case(name, *operands):
        try:
            shown = [encode(o) for o in operands]
        except (OverflowError, TypeError):
            return
        try:
            result = encode(OPS[name](*operands))
        except Exception as e:  # what Python raises is the expectation
            result = {"error": type(e).__name__}
        line = json.dumps([name, shown, result], ensure_ascii=True)
        often = sampled.get(name, 0)
        sampled[name] = often + 1
        # Of an operator with many cases some are enough.
        if len(line) < 2000 and line not in seen and (often < 60 or random.random() < 0.35):
            seen.add(line)
            cases.append(line)

    pick = random.choice
    for name in BINARY:
        for _ in range(180):
            a, b = pick(NUMBERS), pick(NUMBERS)
            if name == "pow" and isinstance(a, int) and isinstance(b, int) and abs(a) > 1 and b > 10**4:
                b = 70
            case(name, a, b)
        for _ in range(60):
            a, b = random.randint(-50, 50), random.randint(-9, 9)
            case(name, a, b)
            case(name, a / 4, b)
            case(name, a, b / 8)
        for _ in range(60):
            case(name, random.uniform(-1000, 1000), random.uniform(-10, 10))
    # Text % and repetition by huge numbers are other operators, and other tests.
    for a in LISTS + TUPLES + TEXTS[:8]:
        for b in [pick(LISTS), pick(TUPLES), pick(TEXTS), 0, 2, -1, 1.5, True]:
            case("add", a, b)
            case("mul", a, b)
            case("mul", b, a)
            case("sub", a, b)
    for name in COMPARE:
        for _ in range(200):
            case(name, pick(NUMBERS), pick(NUMBERS))
        for _ in range(100):
            case(name, pick(ANY), pick(ANY))
            case(name, pick(LISTS + TUPLES), pick(LISTS + TUPLES))
        for a in ANY:
            case(name, a, a)
    for name in ["neg", "abs", "floor", "ceil", "round", "trunc", "sqrt", "exp", "log", "log2", "sin", "cos", "tan", "is_nan",
                 "is_inf", "invert", "not", "bool", "int", "float", "str", "identity", "list", "tuple", "len", "reversed"]:
        for a in ANY:
            case(name, a)
    for _ in range(400):
        case("str", random.choice([1, -1]) * random.random() * 10 ** random.randint(-20, 25))
        case("str", float("%.*g" % (random.randint(1, 17), random.uniform(-1e6, 1e6))))
        case("round", random.randint(-40, 40) / 4)
    for name in ["and", "or", "xor", "lshift", "rshift"]:
        for _ in range(120):
            case(name, pick(INTS + [True, False]), pick(INTS[:12] + [True, False]))
        case(name, 1.5, 2)
    for name in ["min", "max", "sum", "sorted"]:
        for c in LISTS + TUPLES + [REALS, INTS[:9], [1, 1.0, True], [True, 1, 1.0], TEXTS]:
            if name == "sorted":
                if not any(isinstance(x, float) and math.isnan(x) for x in c):
                    case(name, c, False)
                    case(name, c, True)
            elif name == "sum" and c == REALS:
                pass
            else:
                case(name, c)
    for _ in range(200):
        case("sorted", [random.randint(0, 5) for _ in range(random.randint(0, 8))], pick([True, False]))
        case("sorted", [pick(TEXTS) for _ in range(4)], pick([True, False]))
        case("sum", [random.randint(-9, 9) for _ in range(5)])
    for _ in range(60):
        case("select", pick(ANY), pick(ANY), pick(ANY))
    for c in LISTS + TUPLES + TEXTS + DICTS + [None, 5]:
        for k in [0, 1, -1, -2, 5, -7, "a", 1.0, True, None, (1, 2), [1]]:
            case("get", c, k)
            case("contains", c, k)
            case("remove", c, k)
            if not isinstance(c, str):
                case("set", c, k, pick(ANY))
            if isinstance(c, list):
                case("index", c, k)
                case("insert", c, k, pick(ANY))
                case("append", c, k)
    for _ in range(500):
        bounds = [None, None, 0, 1, 2, 3, 5, 9, -1, -2, -4, -9]
        case("slice", pick(LISTS + TUPLES + ["abcdef", "é€x"]), pick(bounds), pick(bounds),
             pick([None, 1, 2, 3, -1, -2, -5, 0, 2**63 - 1]))
    for d in DICTS + [[1], None]:
        case("keys", d) if isinstance(d, dict) else None
        case("values", d) if isinstance(d, dict) else None
        case("items", d) if isinstance(d, dict) else None
    for keys, values in [(["a", "b"], [1, 2]), (["a", "a"], [1, 2]), ([1, 1.0, True], ["x", "y", "z"]), ([], []), ([[1]], [1])]:
        case("dict", keys, values)
    for _ in range(300):
        case("range", random.randint(-9, 9), random.randint(-9, 30), pick([1, 2, 3, -1, -2, -4, 0]))
    for template, arguments in [("", []), ("{} is {}", [1, "x"]), ("{1}{0}", ["a", "b"]), ("{{}}{}", [None]), ("{}", []),
                                ("}", []), ("{", [1]), ("{} {} {}", [1.5, [1, "a"], (1,)]), ("{}", [{"a": True}]), ("x", [1])]:
        case("format", template, arguments)
    for spec in ["%d", "%5d", "%-5d|", "%05d", "%+d", "% d", "%x", "%X", "%#x", "%o", "%i", "%.3d", "%u"]:
        for v in [0, 1, -1, 255, -255, 12345, True] + ([3.7, -3.7] if spec in ("%d", "%5d", "%i") else []):
            case("percent", spec, (v,))
    for spec in ["%f", "%.2f", "%8.3f", "%-9.1f|", "%+.0f", "%e", "%.3e", "%E", "%g", "%.3g", "%G", "%10.4g", "%08.2f", "%#g", "%.0e", "%.10g"]:
        for v in [0.0, -0.0, 0.25, 0.35, 2.5, 1.005, -1234.5678, 1e-7, 123456789.0, 1e20, 0.0001, 99999.95, float("inf"), float("nan"), 3]:
            case("percent", spec, (v,))
    for template, arguments in [("%s", (None,)), ("%s and %s", ("a", 1)), ("%r", ("a",)), ("%5s|%-5s|%.1s", ("ab", "cd", "ef")),
                                ("100%%", ()), ("%d%%", (5,)), ("%s", ()), ("%s", (1, 2)), ("%q", (1,)), ("%", ()), ("%d", ("a",)),
                                ("%s", 5), ("%s", "text"), ("%s", ([1, 2],)), ("%x", (1.5,))]:
        case("percent", template, arguments)
    for t in TEXTS:
        for name in ["strip", "upper", "lower"]:
            case(name, t)
        for s in [None, ",", " ", "ab", "", "l"]:
            case("split", t, s)
            if s is not None:
                case("starts_with", t, s)
                case("ends_with", t, s)
                case("replace", t, s, "<>")
    for c in [["a", "b"], [], ["x"], ["a", 1], ("a", "b")]:
        case("join", ", ", c)
    sys.stdout.write("[\n" + ",\n".join(cases) + "\n]\n")


main()
