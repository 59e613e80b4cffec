// SPDX-License-Identifier: Apache-2.0
package org.saguaro.accel.cpu;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.saguaro.accel.cpu.cabi.CAbiForTests;
import org.saguaro.accel.cpu.presets.Presets;
import org.saguaro.lib.pytorch.NativeLibraries;
import org.saguaro.lib.pytorch.ProgressListener;

/**
 * The backend that tests run on. The build runs them several times, each with another one, which the property
 * {@code saguaro.cpu.backend} names: {@code presets}; {@code c-abi} for the presets' own libtorch through its C ABI; {@code c-abi-2.7} for the same with
 * nothing that libtorch 2.7 for aarch64 does not have; {@code c-abi-pip} for the torch that Python imports; or a folder.
 */
public final class Backends {

    private static final String PRESETS = "presets";
    private static final String NAME = System.getProperty("saguaro.cpu.backend", PRESETS);

    private Backends() {}

    public static boolean arePresets() {
        return NAME.equals(PRESETS);
    }

    /** Whether libtorch's own words reach Java; its C ABI has told them since 2.13. */
    public static boolean tellReasons() {
        return arePresets() || NAME.equals("c-abi-pip");
    }

    /** One of its own, sharing nothing with other tests. */
    public static Backend make() {
        return switch (NAME) {
            case PRESETS -> {
                NativeLibraries.load(null, ProgressListener.SILENT);
                yield new Presets();
            }
            case "c-abi" -> CAbiForTests.latest(presetsFolder());
            case "c-abi-2.7" -> CAbiForTests.asOldest(presetsFolder());
            case "c-abi-pip" -> CAbiForTests.latest(pipFolder());
            default -> CAbiForTests.latest(Path.of(NAME));
        };
    }

    /** Where the presets have extracted their libtorch. */
    private static Path presetsFolder() {
        NativeLibraries.load(null, ProgressListener.SILENT);
        try (Stream<String> maps = Files.lines(Path.of("/proc/self/maps"))) {
            Path file = Path.of(maps.filter(line -> line.endsWith("/libtorch_cpu.so"))
                    .map(line -> line.substring(line.indexOf('/')))
                    .findFirst()
                    .orElseThrow());
            return Objects.requireNonNull(file.getParent());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Where pip has put torch; tests are skipped where it has not. */
    private static Path pipFolder() {
        String find = "import importlib.util as u; print(u.find_spec('torch').submodule_search_locations[0])";
        try {
            Process python = new ProcessBuilder(List.of("python3", "-c", find))
                    .redirectError(ProcessBuilder.Redirect.DISCARD)
                    .start();
            String folder = new String(python.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
            Assumptions.assumeTrue(python.waitFor() == 0, "python3 finds no torch");
            return Path.of(folder);
        } catch (IOException e) {
            return Assumptions.abort("there is no python3: " + e.getMessage());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }
}
