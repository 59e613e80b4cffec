// SPDX-License-Identifier: Apache-2.0
package org.saguaro.launcher.distribution;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code ./saguaro} in a source tree of its own with a Maven that only notes how it was called. */
final class RootScriptTest {

    @TempDir
    Path folder;

    private Path root;
    private Path mavenCalls;

    @BeforeEach
    void makeTree() throws IOException {
        root = Files.createDirectories(folder.resolve("a tree"));
        mavenCalls = folder.resolve("calls");
        Files.copy(checkout().resolve("saguaro"), root.resolve("saguaro"), StandardCopyOption.COPY_ATTRIBUTES);
        Files.createDirectories(root.resolve("core/src/main/java"));
        Files.createDirectories(root.resolve("core/src/test/java"));
        Files.createDirectories(root.resolve("docs"));
        Files.writeString(root.resolve("pom.xml"), "<project/>");
        Files.writeString(root.resolve("core/src/main/java/A.java"), "class A {}");
        Path bin = Files.createDirectories(folder.resolve("bin"));
        script(bin.resolve("mvn"), """
                #!/bin/sh
                echo "$*" >>"$MAVEN_CALLS"
                echo "[INFO] Building Saguaro :: core [1/1]"
                [ -z "${MAVEN_FAILS:-}" ] || { echo "[ERROR] no such thing"; exit 1; }
                mkdir -p launcher/target/saguaro/bin
                printf '#!/bin/sh\\necho "ran in $PWD with $# words: $*"\\nexit 7\\n' >launcher/target/saguaro/bin/saguaro
                chmod +x launcher/target/saguaro/bin/saguaro
                """);
    }

    @Test
    void buildsOnceAndThenOnlyWhenSourcesChange() throws Exception {
        Shell.Result first = run("infer", "my model.pt2");
        assertThat(first.out()).as("%s", first).isEqualTo("ran in " + folder + " with 2 words: infer my model.pt2\n");
        assertThat(first.code()).isEqualTo(7);
        assertThat(first.err()).contains("building the distribution");
        assertThat(builds()).isEqualTo(1);

        assertThat(run().err()).isEmpty();
        assertThat(builds()).isEqualTo(1);

        touch("core/src/test/java/ATest.java");
        touch("docs/page.md");
        touch("core/target/classes/A.class");
        run();
        assertThat(builds())
                .as("neither tests nor documents nor build products go into the distribution")
                .isEqualTo(1);

        touch("core/src/main/java/A.java");
        run();
        assertThat(builds()).isEqualTo(2);
        run();
        assertThat(builds()).isEqualTo(2);

        Files.delete(root.resolve("core/src/main/java/A.java"));
        Files.setLastModifiedTime(
                root.resolve("core/src/main/java"), FileTime.from(Instant.now().plusSeconds(5)));
        run();
        assertThat(builds()).as("a source was removed").isEqualTo(3);
    }

    @Test
    void runsThroughASymbolicLink() throws Exception {
        Path link = Files.createSymbolicLink(folder.resolve("link"), Path.of("a tree/saguaro"));

        Shell.Result result = shell().run(link, "status");

        assertThat(result.out()).as("%s", result).endsWith("with 1 words: status\n");
    }

    @Test
    void aFailedBuildShowsWhyAndIsTriedAgain() throws Exception {
        Shell.Result failed = shell().with("MAVEN_FAILS", "yes").run(root.resolve("saguaro"), "demo");

        assertThat(failed.code()).as("%s", failed).isEqualTo(1);
        assertThat(failed.err()).contains("the build failed").contains("[ERROR] no such thing");
        assertThat(run().code()).isEqualTo(7);
        assertThat(builds()).isEqualTo(2);
    }

    @Test
    void saysWhatIsMissing() throws Exception {
        Shell.Result result = shell().with("JAVA_HOME", "/nowhere").run(root.resolve("saguaro"), "demo");

        assertThat(result.code()).isEqualTo(1);
        assertThat(result.err()).contains("JAVA_HOME is /nowhere").contains("JDK 17");
    }

    private Shell.Result run(String... arguments) throws IOException, InterruptedException {
        Object[] command = new Object[arguments.length + 1];
        command[0] = root.resolve("saguaro");
        System.arraycopy(arguments, 0, command, 1, arguments.length);
        return shell().run(command);
    }

    private Shell shell() {
        return new Shell(folder)
                .with("PATH", folder.resolve("bin") + ":" + System.getenv("PATH"))
                .with("JAVA_HOME", System.getProperty("java.home"))
                .with("MAVEN_CALLS", mavenCalls.toString());
    }

    private int builds() throws IOException {
        return Files.readAllLines(mavenCalls).size();
    }

    /** Changes a file after the last build, which moves into the past, so that nothing waits for the clock. */
    private void touch(String file) throws IOException {
        Path path = root.resolve(file);
        Files.createDirectories(path.getParent());
        Files.writeString(path, "changed");
        age(root, Duration.ofHours(1));
        age(root.resolve("launcher/target/distribution.stamp"), Duration.ofSeconds(2));
        age(path, Duration.ofSeconds(1));
    }

    /** Makes a file, or everything in a folder, look as old as that. */
    private static void age(Path path, Duration age) throws IOException {
        FileTime time = FileTime.from(Instant.now().minus(age));
        try (Stream<Path> files = Files.walk(path)) {
            for (Path file : files.toList()) {
                Files.setLastModifiedTime(file, time);
            }
        }
    }

    private static void script(Path file, String text) throws IOException {
        Files.writeString(file, text);
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
    }

    /** The root of this source checkout. */
    static Path checkout() {
        for (Path folder = Path.of("").toAbsolutePath(); folder != null; folder = folder.getParent()) {
            if (Files.exists(folder.resolve("launcher/pom.xml"))) {
                return folder;
            }
        }
        throw new AssertionError("no source checkout above " + Path.of("").toAbsolutePath());
    }
}
