// SPDX-License-Identifier: Apache-2.0
package org.saguaro.experiments.profile;

import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.saguaro.formats.text.Json;
import org.saguaro.runtime.core.json.Fields;
import org.saguaro.runtime.core.json.Located;
import org.saguaro.runtime.core.json.Problems;
import org.saguaro.runtime.core.simulation.ApplicationProfile;

/** Profiles of applications in a JSON file (docs/profile.schema.json): written by {@code ./saguaro profile}, read by simulations. */
public final class ProfileFile {

    private static final int MOST_PROFILES = 1_000;

    private ProfileFile() {}

    /**
     * Reads a file.
     *
     * @return at least one, with different names
     * @throws ProfileException if it is wrong; a line for each problem: file, line and column, what was found and expected
     */
    public static List<ApplicationProfile> read(Path file) throws IOException, ProfileException {
        String text;
        try {
            text = Files.readString(file);
        } catch (CharacterCodingException e) {
            throw new ProfileException(file + ": found no UTF-8 text, expected the JSON that ./saguaro profile writes");
        }
        return parse(file.toString(), text);
    }

    /**
     * Reads a text.
     *
     * @param origin what messages call it
     */
    public static List<ApplicationProfile> parse(String origin, String text) throws ProfileException {
        Problems problems = new Problems();
        List<ApplicationProfile> profiles = List.of();
        try {
            profiles = profiles(problems, Located.parse(text));
        } catch (Located.SyntaxException e) {
            problems.add(e.at(), "", String.valueOf(e.getMessage()));
        }
        problems.throwIfAny(found -> new ProfileException(Problems.text(origin, found)));
        return profiles;
    }

    private static List<ApplicationProfile> profiles(Problems problems, Located root) {
        Fields fields = Fields.of(problems, "", root, List.of("$schema", "profiles"));
        if (fields == null) {
            return List.of();
        }
        fields.note("$schema");
        ProfileJson reader = new ProfileJson(problems);
        List<Located> elements = fields.elements("profiles", 1, MOST_PROFILES);
        List<ApplicationProfile> profiles = new ArrayList<>();
        for (int i = 0; i < elements.size(); i++) {
            String place = "profiles[" + i + "]";
            ApplicationProfile profile = reader.profile(place, elements.get(i));
            if (profile != null) {
                if (profiles.stream().anyMatch(known -> known.name().equals(profile.name()))) {
                    problems.add(
                            elements.get(i).at(),
                            place + ".name",
                            "found '" + profile.name() + "' again, expected another name");
                }
                profiles.add(profile);
            }
        }
        return profiles;
    }

    /** The text of a file. */
    public static String text(List<ApplicationProfile> profiles) {
        StringBuilder text = new StringBuilder("{\n  \"profiles\": [");
        String separator = "\n";
        for (ApplicationProfile profile : profiles) {
            text.append(separator);
            write(text, profile);
            separator = ",\n";
        }
        return text.append("\n  ]\n}\n").toString();
    }

    /** A line for each kernel and each task: a file to be read and compared. */
    private static void write(StringBuilder text, ApplicationProfile profile) {
        Map<String, Object> object = ProfileJson.object(profile);
        text.append("    {\n      \"name\": ").append(line(Objects.requireNonNull(object.get("name"))));
        text.append(",\n      \"inputBits\": ").append(object.get("inputBits"));
        for (String list : List.of("kernels", "tasks")) {
            text.append(",\n      \"").append(list).append("\": [");
            String separator = "\n        ";
            for (Object element : (List<?>) Objects.requireNonNull(object.get(list))) {
                text.append(separator).append(line(element));
                separator = ",\n        ";
            }
            text.append("\n      ]");
        }
        text.append("\n    }");
    }

    private static String line(Object value) {
        return new String(Json.bytes(value), StandardCharsets.UTF_8);
    }

    /** Writes a file; whoever reads it meanwhile sees the old one or the new one. */
    public static void write(Path file, List<ApplicationProfile> profiles) throws IOException {
        Path fresh = file.resolveSibling(file.getFileName() + ".new");
        Files.writeString(fresh, text(profiles));
        Files.move(fresh, file, StandardCopyOption.REPLACE_EXISTING);
    }
}
