// SPDX-License-Identifier: Apache-2.0
package org.saguaro.model.torch.script;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.saguaro.model.torch.zip.ZipBytes;

/** Puts a TorchScript archive together around a piece of code: a module {@code __torch__.Net} without weights. */
public final class ScriptBuilder {

    private static final String ROOT = "synthetic/";

    private final Map<String, byte[]> entries = new LinkedHashMap<>();
    private final Map<String, @Nullable Object> attributes = new LinkedHashMap<>();
    private String code = "";

    public ScriptBuilder() {
        version(10);
        attributes.put("training", false);
    }

    public ScriptBuilder version(int version) {
        entries.put("version", (version + "\n").getBytes(StandardCharsets.US_ASCII));
        return this;
    }

    /** An attribute of the module: a boolean, an integer, a text or null. */
    public ScriptBuilder attribute(String name, @Nullable Object value) {
        attributes.put(name, value);
        return this;
    }

    /** Puts the lines of a method {@code forward(self, parameters)} into the module. */
    public ScriptBuilder forward(String parameters, String... lines) {
        return method("forward", parameters, lines);
    }

    /** Puts a method into the module. */
    public ScriptBuilder method(String name, String parameters, String... lines) {
        StringBuilder text = new StringBuilder(code.isEmpty() ? "class Net(Module):\n  __parameters__ = []\n" : code);
        text.append("  def ").append(name).append("(self: __torch__.Net");
        text.append(parameters.isEmpty() ? "" : ",\n    " + parameters).append(") -> Tensor:\n");
        for (String line : lines) {
            text.append("    ").append(line).append('\n');
        }
        return code(text.toString());
    }

    /** The whole text of {@code code/__torch__.py}. */
    public ScriptBuilder code(String text) {
        code = text;
        return this;
    }

    /** Adds or replaces an entry. */
    public ScriptBuilder entry(String name, byte[] contents) {
        entries.put(name, contents);
        return this;
    }

    /** Writes the archive into a folder. */
    public Path write(Path folder) throws IOException {
        entries.putIfAbsent("data.pkl", pickle());
        entries.put("code/__torch__.py", code.getBytes(StandardCharsets.UTF_8));
        ZipBytes zip = new ZipBytes();
        entries.forEach((name, contents) -> zip.put(ROOT + name, contents));
        return Files.write(Files.createTempFile(folder, "script", ".pt"), zip.build());
    }

    private byte[] pickle() {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.writeBytes(bytes("\u0080\u0002c__torch__\nNet\n)\u0081}("));
        attributes.forEach((name, value) -> {
            text(out, name);
            if (value instanceof Boolean bool) {
                out.write(bool ? 0x88 : 0x89);
            } else if (value instanceof Integer number) {
                out.write('J');
                out.writeBytes(int32(number));
            } else if (value == null) {
                out.write('N');
            } else {
                text(out, value.toString());
            }
        });
        out.writeBytes(bytes("ub."));
        return out.toByteArray();
    }

    private static void text(ByteArrayOutputStream out, String text) {
        byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
        out.write('X');
        out.writeBytes(int32(utf8.length));
        out.writeBytes(utf8);
    }

    private static byte[] int32(int value) {
        return ByteBuffer.allocate(4)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putInt(value)
                .array();
    }

    private static byte[] bytes(String latin1) {
        return latin1.getBytes(StandardCharsets.ISO_8859_1);
    }
}
