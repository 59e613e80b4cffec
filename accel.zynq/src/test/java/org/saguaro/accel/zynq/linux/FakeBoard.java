// SPDX-License-Identifier: Apache-2.0
package org.saguaro.accel.zynq.linux;

import java.io.IOException;
import java.nio.ByteOrder;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.TimeUnit;
import org.saguaro.accel.zynq.device.Overlay.EngineDescription;
import org.saguaro.accel.zynq.device.Overlay.EngineKind;

/** A tree of {@code /sys}, {@code /dev} and {@code /lib/firmware} as a board's kernel makes it; registers and memory are ordinary files. */
final class FakeBoard {

    static final long PHYSICAL = 0x6_0000_0000L;
    static final int MEMORY_BYTES = 64 * 1024;
    static final long ADDRESS = 0xa000_0000L;

    final Path root;

    FakeBoard(Path root) throws IOException {
        this.root = root;
        Files.createDirectories(path("dev"));
        Files.createDirectories(path("lib/firmware"));
    }

    /** With memory of the usual name. */
    static FakeBoard withMemory(Path root) throws IOException {
        FakeBoard board = new FakeBoard(root);
        board.memory("u-dma-buf", "saguaro", PHYSICAL, MEMORY_BYTES);
        return board;
    }

    Path path(String path) {
        return root.resolve(path);
    }

    FakeBoard file(String path, String text) throws IOException {
        Path file = path(path);
        Files.createDirectories(file.getParent());
        Files.writeString(file, text);
        return this;
    }

    LinuxSettings settings() {
        return LinuxSettings.board("fake").withRoot(root).withTimeoutNanos(TimeUnit.MILLISECONDS.toNanos(300));
    }

    void memory(String kind, String name, long physical, int bytes) throws IOException {
        String folder = "sys/class/" + kind + "/" + name + "/";
        file(folder + "phys_addr", String.format("0x%016x\n", physical))
                .file(folder + "size", bytes + "\n")
                .file(folder + "sync_for_device", "")
                .file(folder + "sync_for_cpu", "")
                .file(folder + "driver_version", "5.4.0\n");
        Files.write(path("dev/" + name), new byte[bytes]);
    }

    static EngineDescription engine(String name, EngineKind kind, long address) {
        return new EngineDescription(name, kind, address);
    }

    /** A UIO device whose node is an ordinary file of one page; returns a view of the page. */
    MappedByteBuffer uio(int number, EngineDescription engine) throws IOException {
        describe(number, engine.name(), engine.address(), 0x10000, 0);
        Files.deleteIfExists(path("dev/uio" + number));
        MappedByteBuffer page = page(path("dev/uio" + number));
        page.putInt(0, engine.kind().id());
        return page;
    }

    void describe(int number, String name, long address, long size, long offset) throws IOException {
        String folder = "sys/class/uio/uio" + number + "/";
        file(folder + "name", name + "\n")
                .file(folder + "maps/map0/addr", String.format("0x%016x\n", address))
                .file(folder + "maps/map0/size", String.format("0x%016x\n", size))
                .file(folder + "maps/map0/offset", String.format("0x%x\n", offset));
    }

    void removeUio(int number) throws IOException {
        for (String file :
                new String[] {"name", "maps/map0/addr", "maps/map0/size", "maps/map0/offset", "maps/map0", "maps", ""
                }) {
            Files.delete(path("sys/class/uio/uio" + number).resolve(file));
        }
        Files.delete(path("dev/uio" + number));
    }

    static MappedByteBuffer page(Path file) throws IOException {
        try (FileChannel channel =
                FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            MappedByteBuffer page = channel.map(FileChannel.MapMode.READ_WRITE, 0, 4096);
            page.order(ByteOrder.LITTLE_ENDIAN);
            return page;
        }
    }
}
