// SPDX-License-Identifier: Apache-2.0
/**
 * What every accelerator must pass. An accelerator's project takes the contract from this module's test jar:
 *
 * <pre>{@code
 * <dependency>
 *   <groupId>org.saguaro</groupId>
 *   <artifactId>accel.api</artifactId>
 *   <version>${project.version}</version>
 *   <type>test-jar</type>
 *   <scope>test</scope>
 * </dependency>
 * }</pre>
 *
 * (JUnit and AssertJ come with Saguaro's root POM; a project elsewhere adds {@code junit-jupiter} and {@code assertj-core}
 * itself) and writes one class, whose tests are all inherited:
 *
 * <pre>{@code
 * class MyAcceleratorContractTest extends ProcessingElementContract {
 *     @Override
 *     protected ProcessingElement createProcessingElement(int index) {
 *         return new MyAccelerator("mine" + index);
 *     }
 * }
 * }</pre>
 *
 * Start reading at {@link org.saguaro.accel.api.contract.ProcessingElementContract}: its other hooks say what to do when the
 * hardware is absent, when the device has memory of its own, computes less exactly than float32, or runs operators that the
 * bundled {@link org.saguaro.accel.api.contract.SampleSegments} lack.
 */
@NullMarked
package org.saguaro.accel.api.contract;

import org.jspecify.annotations.NullMarked;
