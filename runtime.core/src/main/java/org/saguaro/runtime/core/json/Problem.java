// SPDX-License-Identifier: Apache-2.0
package org.saguaro.runtime.core.json;

/**
 * Something wrong in a description.
 *
 * @param line from 1; 0 if it is not about the text
 * @param column from 1; 0 if it is not about the text
 * @param place for instance {@code stages[2].inputs[0]}
 * @param message what was found, what was expected, what to do
 */
public record Problem(int line, int column, String place, String message) {
    @Override
    public String toString() {
        return line + ":" + column + ": " + (place.isEmpty() ? "" : place + ": ") + message;
    }
}
