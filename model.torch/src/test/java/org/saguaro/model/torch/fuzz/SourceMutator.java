// SPDX-License-Identifier: Apache-2.0
package org.saguaro.model.torch.fuzz;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * TorchScript source, token by token and line by line: removed, doubled, exchanged, replaced by other tokens of the file, nested
 * deeply; huge literals, loops that never end, functions that call themselves.
 */
final class SourceMutator implements Mutator {

    private static final Pattern TOKEN = Pattern.compile(
            "[A-Za-z_][A-Za-z_0-9]*|[0-9][0-9.eE]*|\"(?:\\\\.|[^\"\\\\])*+\"|[ ]+|\n|.", Pattern.DOTALL);

    private static final List<String> SNIPPETS = List.of(
            "None",
            "True",
            "-1",
            "0",
            "9223372036854775807",
            "9223372036854775808",
            "1e999",
            "nan",
            "\"\"",
            "\"\\x\"",
            "self",
            "self.forward(x)",
            "[]",
            "()",
            "{}",
            "torch.relu",
            "torch.zeros([1000000, 1000000])",
            "uninitialized(Tensor)",
            "annotate(List[int], [])",
            "range(9223372036854775807)",
            "ops.prim.data(x)",
            "CONSTANTS.c9999",
            "lambda",
            "import os",
            "\t",
            "\0",
            "\u2028");

    private static final List<String> LOOPS = List.of(
            "  while True:\n    pass\n",
            "  for _zz in range(4611686018427387904):\n    _zy = _zz\n",
            "  _zx = [0]\n  for _zz in range(60):\n    _zx = torch.add(_zx, _zx)\n",
            "  _zs = \"x\"\n  for _zz in range(62):\n    _zs = torch.add(_zs, _zs)\n",
            "  _zn = 3\n  for _zz in range(40):\n    _zn = torch.mul(_zn, _zn)\n",
            "  raise AssertionError\n",
            "  return self.forward(self)\n");

    @Override
    public boolean appliesTo(Archive archive) {
        return !archive.names(SourceMutator::isSource).isEmpty();
    }

    @Override
    public String mutate(Archive archive, Random random) {
        String entry = Lies.oneOf(archive.names(SourceMutator::isSource), random);
        String source = new String(archive.contents(entry), StandardCharsets.UTF_8);
        StringBuilder done = new StringBuilder(entry).append(':');
        for (int n = 1 + random.nextInt(3); n > 0; n--) {
            source = random.nextInt(3) == 0 ? lines(source, done, random) : tokens(source, done, random);
        }
        archive.entries.put(entry, source.getBytes(StandardCharsets.UTF_8));
        return done.toString();
    }

    private static String tokens(String source, StringBuilder done, Random random) {
        List<String> tokens = new ArrayList<>();
        Matcher matcher = TOKEN.matcher(source);
        while (matcher.find()) {
            tokens.add(matcher.group());
        }
        if (tokens.isEmpty()) {
            return source;
        }
        int at = random.nextInt(tokens.size());
        done.append(" token ").append(at).append(' ');
        switch (random.nextInt(8)) {
            case 0 -> {
                tokens.remove(at);
                done.append("removed");
            }
            case 1 -> {
                tokens.add(at, tokens.get(at));
                done.append("doubled");
            }
            case 2 -> {
                int other = random.nextInt(tokens.size());
                String kept = tokens.get(at);
                tokens.set(at, tokens.get(other));
                tokens.set(other, kept);
                done.append("exchanged with ").append(other);
            }
            case 3, 4 -> {
                String other = Lies.oneOf(tokens, random);
                tokens.set(at, other);
                done.append("-> ").append(other.strip());
            }
            case 5 -> {
                String snippet = Lies.oneOf(SNIPPETS, random);
                tokens.set(at, snippet);
                done.append("-> ").append(snippet);
            }
            case 6 -> {
                int depth = Lies.depth(random);
                String open = Lies.oneOf(List.of("(", "[", "-", "not ", "f(", "List["), random);
                String close = open.equals("(") || open.equals("f(") ? ")" : open.endsWith("[") ? "]" : "";
                tokens.set(at, open.repeat(depth) + tokens.get(at) + close.repeat(depth));
                done.append("nested ").append(depth).append(" deep in ").append(open);
            }
            default -> {
                String huge = random.nextBoolean() ? "9".repeat(20_000) : '"' + "x".repeat(100_000) + '"';
                tokens.set(at, huge);
                done.append("-> a literal of ").append(huge.length()).append(" characters");
            }
        }
        return String.join("", tokens);
    }

    private static String lines(String source, StringBuilder done, Random random) {
        List<String> lines = new ArrayList<>(source.lines().toList());
        if (lines.isEmpty()) {
            return source;
        }
        int at = random.nextInt(lines.size());
        done.append(" line ").append(at).append(' ');
        switch (random.nextInt(6)) {
            case 0 -> {
                lines.remove(at);
                done.append("removed");
            }
            case 1 -> {
                lines.add(random.nextInt(lines.size() + 1), lines.get(at));
                done.append("copied");
            }
            case 2 -> {
                lines.set(
                        at,
                        random.nextBoolean()
                                ? "  " + lines.get(at)
                                : lines.get(at).strip());
                done.append("indented otherwise");
            }
            case 3, 4 -> {
                String loop = Lies.oneOf(LOOPS, random);
                lines.add(at, loop.stripTrailing());
                done.append("after ").append(loop.lines().findFirst().orElse("").strip());
            }
            default -> {
                int depth = Math.min(3_000, Lies.depth(random));
                StringBuilder nested = new StringBuilder();
                for (int i = 0; i < depth; i++) {
                    nested.append(" ".repeat(2 + i)).append("if True:\n");
                }
                lines.add(
                        at, nested.append(" ".repeat(2 + depth)).append("pass").toString());
                done.append("after ").append(depth).append(" nested ifs");
            }
        }
        return String.join("\n", lines) + "\n";
    }

    private static boolean isSource(String name) {
        return name.endsWith(".py");
    }
}
