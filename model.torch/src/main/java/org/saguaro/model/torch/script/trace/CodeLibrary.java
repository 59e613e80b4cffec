// SPDX-License-Identifier: Apache-2.0
package org.saguaro.model.torch.script.trace;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.saguaro.model.api.ModelFormatException;
import org.saguaro.model.torch.script.ScriptArchive;
import org.saguaro.model.torch.script.record.Recording;
import org.saguaro.model.torch.script.syntax.ClassDefinition;
import org.saguaro.model.torch.script.syntax.FunctionDefinition;
import org.saguaro.model.torch.script.syntax.Parser;
import org.saguaro.model.torch.script.syntax.Position;
import org.saguaro.model.torch.script.syntax.SourceUnit;
import org.saguaro.model.torch.script.syntax.TypeName;

/**
 * Finds the archive's classes and functions by their full names; {@code __torch__.models.Net} is in {@code
 * code/__torch__/models.py}. A file is parsed when something of it is first asked for.
 */
final class CodeLibrary implements Recording.NamedTuples {

    private static final String PREFIX = "__torch__";
    private static final SourceUnit NOTHING = new SourceUnit(Map.of(), Map.of());

    private final ScriptArchive archive;
    private final Map<String, SourceUnit> units = new HashMap<>();

    CodeLibrary(ScriptArchive archive) {
        this.archive = archive;
    }

    /** The class of that name, or null. */
    @Nullable
    ClassDefinition findClass(String name) throws ModelFormatException {
        return unitOf(name).classes().get(simple(name));
    }

    /** The function of that name, or null. */
    @Nullable
    FunctionDefinition findFunction(String name) throws ModelFormatException {
        return unitOf(name).functions().get(simple(name));
    }

    @Override
    public @Nullable List<TypeName> fields(String className) throws ModelFormatException {
        ClassDefinition definition = className.startsWith(PREFIX) ? findClass(className) : null;
        if (definition == null || !definition.base().equals("NamedTuple")) {
            return null;
        }
        List<TypeName> types = new ArrayList<>();
        definition.attributes().values().forEach(attribute -> types.add(attribute.type()));
        return types;
    }

    private static String simple(String name) {
        return name.substring(name.lastIndexOf('.') + 1);
    }

    private SourceUnit unitOf(String name) throws ModelFormatException {
        int dot = name.lastIndexOf('.');
        if (dot < 0 || !name.startsWith(PREFIX)) {
            return NOTHING;
        }
        String path = name.substring(0, dot).replace('.', '/') + ".py";
        SourceUnit known = units.get(path);
        if (known != null) {
            return known;
        }
        String text;
        try {
            text = archive.code(path);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        SourceUnit unit =
                text == null ? NOTHING : Parser.parse(new Position.Source(archive.file(), "code/" + path), text);
        units.put(path, unit);
        return unit;
    }
}
