// SPDX-License-Identifier: Apache-2.0
/**
 * What every scheduling policy must pass, and fakes to try one out. A policy's project takes them from this module's test jar:
 *
 * <pre>{@code
 * <dependency>
 *   <groupId>org.saguaro</groupId>
 *   <artifactId>scheduler.api</artifactId>
 *   <version>${project.version}</version>
 *   <type>test-jar</type>
 *   <scope>test</scope>
 * </dependency>
 * }</pre>
 *
 * and writes one class, whose tests are all inherited:
 *
 * <pre>{@code
 * class MyPolicyContractTest extends SchedulingPolicyContract {
 *     @Override
 *     protected SchedulingPolicy createPolicy() {
 *         return new MyPolicy();
 *     }
 * }
 * }</pre>
 *
 * Tests of the policy's own rule use {@link org.saguaro.scheduler.api.contract.FakeRound}.
 */
@NullMarked
package org.saguaro.scheduler.api.contract;

import org.jspecify.annotations.NullMarked;
