// SPDX-License-Identifier: Apache-2.0
package org.saguaro.accel.cpu.cabi;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import org.saguaro.accel.cpu.Backend;

/** Backends on a libtorch in a folder. */
public final class CAbiForTests {

    private CAbiForTests() {}

    /** With all it has. */
    public static Backend latest(Path folder) {
        return new CAbi(Libtorch.load(folder));
    }

    /** As if it exported only what libtorch 2.7.1 for aarch64 exports, which is what a board has. */
    public static Backend asOldest(Path folder) {
        return new CAbi(Libtorch.load(folder).restrictedTo(exportsOfOldest()));
    }

    static Set<String> exportsOfOldest() {
        try (InputStream in =
                Objects.requireNonNull(CAbiForTests.class.getResourceAsStream("exports-2.7.1-aarch64.txt"))) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8)
                    .lines()
                    .filter(line -> !line.startsWith("#"))
                    .collect(Collectors.toSet());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
