// SPDX-License-Identifier: Apache-2.0
package org.saguaro.launcher.command;

import java.io.PrintStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** What the class path side hands to a command: a map with values of the JDK's types. */
public final class Options {

    private final Map<String, Object> values;

    /** Wraps the map. */
    public Options(Map<String, Object> values) {
        this.values = values;
    }

    /** Where the command's output goes. */
    public PrintStream out() {
        return required("out", PrintStream.class);
    }

    /** Where messages go. */
    public PrintStream err() {
        return required("err", PrintStream.class);
    }

    /** An absolute path. */
    public Path path(String name) {
        return required(name, Path.class);
    }

    /** An absolute path, if it was given. */
    public Optional<Path> optionalPath(String name) {
        return Optional.ofNullable(values.get(name)).map(Path.class::cast);
    }

    /** Absolute paths. */
    public List<Path> paths(String name) {
        List<Path> paths = new ArrayList<>();
        for (Object element : required(name, List.class)) {
            paths.add((Path) element);
        }
        return paths;
    }

    /** Texts. */
    public List<String> texts(String name) {
        List<String> texts = new ArrayList<>();
        for (Object element : required(name, List.class)) {
            texts.add((String) element);
        }
        return texts;
    }

    /** Whether a switch was given. */
    public boolean flag(String name) {
        return Boolean.TRUE.equals(values.get(name));
    }

    /** A number. */
    public double number(String name) {
        return required(name, Number.class).doubleValue();
    }

    /** A number, if it was given. */
    public Optional<Double> optionalNumber(String name) {
        return Optional.ofNullable(values.get(name)).map(value -> ((Number) value).doubleValue());
    }

    /** A text, if it was given. */
    public Optional<String> optionalText(String name) {
        return Optional.ofNullable(values.get(name)).map(String.class::cast);
    }

    private <T> T required(String name, Class<T> type) {
        Object value = values.get(name);
        if (value == null) {
            throw new IllegalArgumentException("option " + name + " is missing");
        }
        return type.cast(value);
    }
}
