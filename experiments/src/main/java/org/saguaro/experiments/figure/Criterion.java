// SPDX-License-Identifier: Apache-2.0
package org.saguaro.experiments.figure;

/**
 * What makes the shape of a published figure, and whether ours has it.
 *
 * @param text what is asked
 * @param published the figures of the publication
 * @param ours the same of ours
 * @param met whether it is so
 */
record Criterion(String text, String published, String ours, boolean met) {}
