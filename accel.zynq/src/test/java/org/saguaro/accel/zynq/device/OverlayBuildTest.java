// SPDX-License-Identifier: Apache-2.0
package org.saguaro.accel.zynq.device;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.saguaro.accel.zynq.device.Overlay.EngineDescription;

/**
 * What {@code vivado/build_overlay.tcl} asks Vivado for, recorded by {@code stub.tcl} under {@code tclsh}, and the device trees, compiled by {@code dtc}:
 * every engine of every manifest gets its place, clock, reset, memory and interrupt.
 */
@Timeout(120)
class OverlayBuildTest {

    private static final Path MODULE = module();
    private static final long WINDOW = 0xa000_0000L;
    private static final int FIRST_SPI = 89;

    @TempDir
    Path output;

    private static Path module() {
        for (Path folder = Path.of("").toAbsolutePath(); folder != null; folder = folder.getParent()) {
            if (Files.exists(folder.resolve("cnf"))) {
                return folder.resolve("accel.zynq");
            }
        }
        throw new IllegalStateException("the project's root is above the working directory");
    }

    private static List<Path> manifests() throws IOException {
        try (var files = Files.list(MODULE.resolve("overlays"))) {
            return files.filter(file -> file.toString().endsWith(".json"))
                    .sorted()
                    .toList();
        }
    }

    private record Run(int status, String text) {}

    private static Run run(String... command) throws Exception {
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        process.getOutputStream().close();
        String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        return new Run(process.waitFor(), text);
    }

    private static void assumeInstalled(String tool) {
        boolean found = Arrays.stream(System.getenv("PATH").split(java.io.File.pathSeparator, -1))
                .anyMatch(folder -> Files.isExecutable(Path.of(folder, tool)));
        Assumptions.assumeTrue(found, tool + " is not installed");
    }

    private Run stub(Path manifest, String... options) throws Exception {
        List<String> command = new ArrayList<>(
                List.of("tclsh", MODULE.resolve("vivado/stub.tcl").toString(), manifest.toString(), output.toString()));
        command.addAll(List.of(options));
        return run(command.toArray(String[]::new));
    }

    private static int line(EngineDescription engine) {
        return (int) ((engine.address() - WINDOW) >> 16);
    }

    /** The wrapper's parameter. */
    private static int kind(EngineDescription engine) {
        return switch (engine.kind()) {
            case CONV -> 0;
            case FFT -> 1;
            case ZIP -> 2;
        };
    }

    @Test
    void everyEngineGetsWhatItNeeds() throws Exception {
        assumeInstalled("tclsh");
        for (Path manifest : manifests()) {
            Overlay overlay = OverlayFile.read(manifest);
            Run run = stub(manifest);
            assertThat(run.status()).as(run.text()).isZero();
            List<String> commands = run.text().lines().toList();
            for (EngineDescription engine : overlay.engines()) {
                String name = engine.name();
                assertThat(commands)
                        .as(manifest.toString())
                        .contains(
                                "create_bd_cell -type module -reference saguaro_engine " + name,
                                "set_property -dict CONFIG.KIND " + kind(engine) + " CONFIG.LANES 64 CONFIG.COHERENT 0 "
                                        + name,
                                "connect_bd_net ps/pl_clk0 " + name + "/clk",
                                "connect_bd_net reset/peripheral_aresetn " + name + "/rst_n",
                                "connect_bd_net " + name + "/irq lines/In" + line(engine),
                                "assign_bd_address -target_address_space ps/Data -offset 0x"
                                        + Long.toHexString(engine.address()) + " -range 4K " + name + "/s_axil/reg0");
                assertThat(commands.stream()
                                .filter(command ->
                                        command.startsWith("connect_bd_intf_net") && command.contains(name + "/m_axi")))
                        .as("memory of %s", name)
                        .hasSize(1);
                assertThat(commands)
                        .anyMatch(command -> command.startsWith(
                                        "assign_bd_address -target_address_space " + name + "/m_axi -offset 0x0 ")
                                && command.endsWith("_DDR_LOW"))
                        .anyMatch(command -> command.startsWith("assign_bd_address -target_address_space " + name
                                        + "/m_axi -offset 0x800000000 ")
                                && command.endsWith("_DDR_HIGH"));
            }
            assertThat(run.text())
                    .contains("PSU__CRL_APB__PL0_REF_CTRL__FREQMHZ 250 ", "connect_bd_net lines/dout ps/pl_ps_irq0")
                    .contains("tool bootgen -image " + output.resolve(overlay.name() + ".bif"));
            assertThat(commands.stream().filter(command -> command.endsWith("/s_axil")))
                    .hasSameSizeAs(overlay.engines());
        }
    }

    @Test
    void optionsReachTheDesign() throws Exception {
        assumeInstalled("tclsh");
        Run run = stub(manifests().get(0), "-coherent", "-lanes", "128", "-clock", "200");
        assertThat(run.status()).as(run.text()).isZero();
        assertThat(run.text())
                .contains("CONFIG.KIND 0 CONFIG.LANES 128 CONFIG.COHERENT 1 conv0")
                .contains("FREQMHZ 200 ", "S_AXI_HPC0_FPD", "ps/SAXIGP0/HPC0_DDR_LOW")
                .doesNotContain("S_AXI_HP0_FPD");
        assertThat(Files.readString(output.resolve("conv-fft-zip.dtso")))
                .contains("assigned-clock-rates = <200000000>");
    }

    @Test
    void wrongManifestsAndOptionsAreRefused() throws Exception {
        assumeInstalled("tclsh");
        Path manifest = output.resolve("bad.json");
        String good = Files.readString(manifests().get(0));
        Files.writeString(manifest, good.replace("0xa0020000", "0xb0020000"));
        assertThat(stub(manifest).text())
                .contains("found fft0 at 0xb0020000, expected one of 8 places from 0xa0000000");
        Files.writeString(manifest, good.replace("\"fft\"", "\"gemm\""));
        assertThat(stub(manifest).text()).contains("found kind gemm, expected one of conv fft zip");
        assertThat(stub(manifests().get(0), "-lanes", "48").text()).contains("found -lanes 48, expected 16, 32");
        assertThat(stub(manifests().get(0), "-fast").text()).contains("found -fast, expected -clock");
    }

    /** The engine's own tree and the one for all overlays say the same of it. */
    @Test
    void deviceTreesCompileAndAgree() throws Exception {
        assumeInstalled("dtc");
        assumeInstalled("tclsh");
        String all = Files.readString(compiled(MODULE.resolve("dts/saguaro-zcu102.dtso")));
        compiled(MODULE.resolve("dts/saguaro-memory.dtso"), "-W", "no-avoid_unnecessary_addr_size");
        for (Path manifest : manifests()) {
            Overlay overlay = OverlayFile.read(manifest);
            assertThat(stub(manifest).status()).isZero();
            String own = Files.readString(compiled(output.resolve(overlay.name() + ".dtso")));
            for (EngineDescription engine : overlay.engines()) {
                String node = node(own, engine);
                assertThat(node)
                        .contains("compatible = \"generic-uio\"")
                        .contains(String.format("reg = <0x00 0x%x 0x00 0x1000>", engine.address()))
                        .contains(String.format("interrupts = <0x00 0x%x 0x04>", FIRST_SPI + line(engine)));
                assertThat(node(all, engine)).isEqualTo(node);
            }
        }
    }

    /** Compiled without a warning, and back. */
    private Path compiled(Path source, String... options) throws Exception {
        Path blob = output.resolve(source.getFileName() + ".dtbo");
        List<String> command = new ArrayList<>(List.of("dtc", "-@", "-I", "dts", "-O", "dtb", "-o", blob.toString()));
        command.addAll(List.of(options));
        command.add(source.toString());
        Run compile = run(command.toArray(String[]::new));
        assertThat(compile).as(source.toString()).isEqualTo(new Run(0, ""));
        Path text = output.resolve(source.getFileName() + ".dts");
        assertThat(run("dtc", "-q", "-I", "dtb", "-O", "dts", "-o", text.toString(), blob.toString())
                        .status())
                .isZero();
        return text;
    }

    private static String node(String tree, EngineDescription engine) {
        String start = engine.name() + "@" + Long.toHexString(engine.address());
        Matcher node = Pattern.compile(start + " \\{(.*?)\\};", Pattern.DOTALL).matcher(tree);
        assertThat(node.find()).as("a node %s", start).isTrue();
        // Handles differ from tree to tree.
        return node.group(1).replaceAll("phandle = <0x[0-9a-f]+>;", "").replaceAll("\\s+", " ");
    }

    /** The rules give away what the driver opens, by the names that it looks for. */
    @Test
    void udevRulesKnowAllEngines() throws Exception {
        String rules = Files.readString(MODULE.resolve("board/90-saguaro.rules"));
        Matcher names = Pattern.compile("ATTR\\{name\\}==\"([^\"]*)\"").matcher(rules);
        assertThat(names.find()).isTrue();
        Pattern glob = Pattern.compile(names.group(1).replace("*", ".*"));
        for (Path manifest : manifests()) {
            for (EngineDescription engine : OverlayFile.read(manifest).engines()) {
                assertThat(engine.name()).matches(glob);
            }
        }
        assertThat(rules).contains("KERNEL==\"saguaro\"", "sync_for_device", "fpga_manager");
    }
}
