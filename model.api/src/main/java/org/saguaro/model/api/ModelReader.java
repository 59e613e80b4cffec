// SPDX-License-Identifier: Apache-2.0
package org.saguaro.model.api;

import java.io.IOException;
import java.nio.file.Path;
import org.osgi.annotation.versioning.ConsumerType;

/**
 * SPI: reads one family of model files. Registered as a service; the core asks each reader in turn.
 *
 * <p>Called from any thread, several at a time; a reader keeps no state between calls.
 */
@ConsumerType
public interface ModelReader {

    /** Name of the format, for people: {@code torch.export (.pt2)}. */
    String format();

    /**
     * Whether the file looks like this reader's format. Cheap: looks at names and magic numbers only.
     *
     * @throws IOException if the file cannot be opened
     */
    boolean accepts(Path file) throws IOException;

    /**
     * Reads the whole graph. Weights are views on the mapped file, so the file must stay as it is while the graph lives.
     *
     * @throws ModelFormatException if the file is damaged or uses something not supported; nothing is kept
     * @throws IOException if the file cannot be read at all
     */
    LayerGraph read(Path file) throws IOException, ModelFormatException;
}
