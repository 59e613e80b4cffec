// SPDX-License-Identifier: Apache-2.0
package org.saguaro.accel.zynq.rtl;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.List;

/** What libsaguaro_rtl is built from; it travels in this bundle. */
final class RtlSources {

    /** Below accel.zynq/rtl; a test holds it against that folder. */
    static final List<String> FILES = List.of(
            "Makefile",
            "shim/saguaro_rtl.cpp",
            "shim/saguaro_rtl.h",
            "sim/conv_model.h",
            "sim/check.h",
            "sim/engine.h",
            "sim/fft_model.h",
            "sim/twiddle.cpp",
            "sim/zip_model.h",
            "src/axi_read_mux.sv",
            "src/axi_reader.sv",
            "src/axi_writer.sv",
            "src/conv_engine.sv",
            "src/conv_epilogue.sv",
            "src/conv_lane_pair.sv",
            "src/conv_requant.sv",
            "src/conv_sequencer.sv",
            "src/engine_common.svh",
            "src/engine_control.sv",
            "src/fft_bank.sv",
            "src/fft_engine.sv",
            "src/fp_add.sv",
            "src/fp_mul.sv",
            "src/int_to_fp.sv",
            "src/ports.svh",
            "src/sync_fifo.sv",
            "src/zip_engine.sv",
            "src/zip_lane.sv");

    private RtlSources() {}

    /** Adds all of them to a digest. */
    static void digest(MessageDigest digest) {
        for (String file : FILES) {
            digest.update(file.getBytes(StandardCharsets.UTF_8));
            digest.update((byte) 0);
            digest.update(content(file));
            digest.update((byte) 0);
        }
    }

    /** Writes all of them. */
    static void extract(Path folder) throws IOException {
        for (String file : FILES) {
            Path target = folder.resolve(file);
            Files.createDirectories(folder.resolve(file).resolve("..").normalize());
            Files.write(target, content(file));
        }
    }

    private static byte[] content(String file) {
        try (InputStream in = RtlSources.class.getResourceAsStream("/rtl/" + file)) {
            if (in == null) {
                throw new IllegalStateException("the bundle lacks rtl/" + file + ", which its build puts there");
            }
            return in.readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
