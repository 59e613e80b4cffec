// SPDX-License-Identifier: Apache-2.0
package org.saguaro.experiments.figure;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Supplier;
import org.saguaro.runtime.core.simulation.ApplicationProfile;

/**
 * Profiles of the applications of the published experiments, as CEDR's API makes one write them: their kernels are those that the pool
 * zcu102 has costs for. The networks are substitutes, because theirs were not published.
 */
public final class PublishedApplications {

    private static final Map<String, Supplier<ApplicationProfile>> BY_NAME = new TreeMap<>(Map.of(
            "object-detection", Substitutes::objectDetection,
            "vgg", Substitutes::vgg,
            "speech-classification", Substitutes::speech,
            "wifi-tx", Substitutes::wifiTx,
            "pulse-doppler", Substitutes::pulseDoppler));

    private PublishedApplications() {}

    /** Their names, sorted. */
    public static List<String> names() {
        return List.copyOf(BY_NAME.keySet());
    }

    /** The application of that name, if there is one. */
    public static Optional<ApplicationProfile> find(String name) {
        return Optional.ofNullable(BY_NAME.get(name)).map(Supplier::get);
    }
}
