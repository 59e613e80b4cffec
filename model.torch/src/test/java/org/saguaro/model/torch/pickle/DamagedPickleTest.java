// SPDX-License-Identifier: Apache-2.0
package org.saguaro.model.torch.pickle;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Objects;
import java.util.Random;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.ShrinkingMode;
import org.saguaro.model.api.ModelFormatException;
import org.saguaro.model.torch.zip.StoredZip;

/** Whatever the bytes are, either a value comes out or a {@link ModelFormatException} that names the place. */
class DamagedPickleTest {

    private static final String OPCODES = "NKMJXCB)t]lae}dsu(012qrhjcRbQG.";

    @Property(tries = 3000, shrinking = ShrinkingMode.OFF)
    void savedPickleSurvivesDamage(@ForAll long seed, @ForAll("counts") int changes) throws Exception {
        readDamaged("saved", seed, changes);
    }

    @Property(tries = 3000, shrinking = ShrinkingMode.OFF)
    void scriptedPickleSurvivesDamage(@ForAll long seed, @ForAll("counts") int changes) throws Exception {
        readDamaged("scripted", seed, changes);
    }

    @Property(tries = 3000)
    void anySequenceOfOpcodesIsReadOrRefused(@ForAll("opcodes") byte[] tail) throws Exception {
        byte[] pickle = new byte[tail.length + 2];
        pickle[0] = (byte) 0x80;
        pickle[1] = 4;
        System.arraycopy(tail, 0, pickle, 2, tail.length);
        try (StoredZip zip = open("saved")) {
            readOrRefuse(zip, "saved", pickle);
        }
    }

    @Provide
    Arbitrary<Integer> counts() {
        return Arbitraries.integers().between(1, 8);
    }

    @Provide
    Arbitrary<byte[]> opcodes() {
        Arbitrary<Byte> known = Arbitraries.chars().with(OPCODES).map(c -> (byte) (char) c);
        Arbitrary<Byte> high = Arbitraries.integers().between(0x80, 0x98).map(Integer::byteValue);
        Arbitrary<Byte> small = Arbitraries.bytes().between((byte) 0, (byte) 4);
        return Arbitraries.oneOf(known, high, small)
                .array(byte[].class)
                .ofMinSize(1)
                .ofMaxSize(60);
    }

    private static void readDamaged(String name, long seed, int changes) throws Exception {
        Random random = new Random(seed);
        try (StoredZip zip = open(name)) {
            byte[] pickle = zip.read(Objects.requireNonNull(zip.entry(name + "/data.pkl")), 1 << 20);
            for (int i = 0; i < changes; i++) {
                int at = random.nextInt(pickle.length);
                pickle[at] = random.nextBoolean()
                        ? (byte) random.nextInt(256)
                        : (byte) OPCODES.charAt(random.nextInt(OPCODES.length()));
            }
            readOrRefuse(zip, name, pickle);
        }
    }

    private static void readOrRefuse(StoredZip zip, String name, byte[] pickle) throws IOException {
        PickleClasses classes = new TorchClasses(new EntryStorages(zip, name + "/data/"));
        try {
            Unpickler.read(zip.file(), "entry data.pkl", pickle, classes);
        } catch (ModelFormatException refusal) {
            assertThat(refusal.place()).startsWith("entry ");
            assertThat(refusal.found()).isNotBlank();
            assertThat(refusal.action()).isNotBlank();
        }
    }

    private static StoredZip open(String name) throws Exception {
        return StoredZip.open(Path.of(Objects.requireNonNull(DamagedPickleTest.class.getResource(name + ".pt"), name)
                .toURI()));
    }
}
