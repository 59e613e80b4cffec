// SPDX-License-Identifier: Apache-2.0
package org.saguaro.accel.zynq;

import org.osgi.service.metatype.annotations.AttributeDefinition;
import org.osgi.service.metatype.annotations.ObjectClassDefinition;
import org.osgi.service.metatype.annotations.Option;

/** Configuration of {@link ZynqAccelerator}. */
@ObjectClassDefinition(
        name = "FPGA processing elements",
        description = "Engines in the programmable logic of a Zynq, on the board or simulated")
@interface ZynqSettings {

    @AttributeDefinition(
            name = "Transport",
            description = "How the device is reached: linux (UIO, u-dma-buf, FPGA manager of this machine) or rtl"
                    + " (its engines' RTL, simulated cycle by cycle). Empty: there is no device",
            options = {@Option(label = "none", value = ""), @Option("linux"), @Option("rtl")})
    String transport() default "";

    @AttributeDefinition(name = "Overlays", description = "Manifests of overlays, or folders of such files")
    String[] overlays() default {};

    @AttributeDefinition(
            name = "Overlay",
            description = "Name of the one that is loaded first. Empty: the first by name")
    String overlay() default "";

    @AttributeDefinition(
            name = "All overlays",
            description =
                    "Whether the runtime may change between overlays; if not, only the first one's engines are offered")
    boolean overlays_all() default true;

    @AttributeDefinition(
            name = "Memory",
            description = "linux: the u-dma-buf device that engines and tensors share, as in /dev")
    String memory() default "saguaro";

    @AttributeDefinition(
            name = "Memory size",
            description = "Bytes of DMA memory, a multiple of 4096. 0: linux: all there is; rtl: 256 MiB")
    long memory_bytes() default 0;

    @AttributeDefinition(
            name = "Coherent",
            description =
                    "linux: whether the engines' ports keep the CPU's caches coherent; nothing is synchronised then")
    boolean memory_coherent() default false;

    @AttributeDefinition(
            name = "Interrupts",
            description = "Whether interrupts are waited for; if not, registers are polled")
    boolean interrupts() default true;

    @AttributeDefinition(
            name = "Already loaded",
            description =
                    "linux: whether somebody else has configured the logic; then nothing is loaded, and there is one overlay")
    boolean loaded() default false;

    @AttributeDefinition(
            name = "Watchdog",
            description =
                    "Milliseconds of engine time without any progress until a command is ended. 0: the engine's choice")
    double watchdog_millis() default 0;

    @AttributeDefinition(
            name = "Library",
            description =
                    "rtl: path of a libsaguaro_rtl. Empty: built with this machine's Verilator and kept in the state folder")
    String library() default "";

    @AttributeDefinition(name = "Seed", description = "rtl: of the memory timing's random choices")
    long seed() default 1;
}
