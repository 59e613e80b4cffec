// SPDX-License-Identifier: Apache-2.0
package org.saguaro.runtime.core.workflow;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** The built-in steps by name. */
final class Builtins {

    static final Map<String, Builtin> BY_NAME = byName();

    private Builtins() {}

    private static Map<String, Builtin> byName() {
        Map<String, Builtin> byName = new LinkedHashMap<>();
        Stream.of(PictureBuiltins.all(), ShapeBuiltins.all(), ScoreBuiltins.all(), SoundBuiltins.all())
                .flatMap(List::stream)
                .forEach(builtin -> byName.put(builtin.name(), builtin));
        return Collections.unmodifiableMap(byName);
    }
}
