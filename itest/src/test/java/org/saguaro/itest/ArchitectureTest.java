// SPDX-License-Identifier: Apache-2.0
package org.saguaro.itest;

import static com.tngtech.archunit.library.Architectures.layeredArchitecture;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.importer.ImportOption.DoNotIncludeTests;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.lang.syntax.ArchRuleDefinition;

/** The arrows between the rooms, as docs/architecture.md draws them. */
@AnalyzeClasses(packages = "org.saguaro", importOptions = DoNotIncludeTests.class)
class ArchitectureTest {

    @ArchTest
    static final ArchRule arrows = layeredArchitecture()
            .consideringOnlyDependenciesInAnyPackage("org.saguaro..")
            .withOptionalLayers(true)
            .layer("model.api")
            .definedBy("org.saguaro.model.api..")
            .layer("model.torch")
            .definedBy("org.saguaro.model.torch..")
            .layer("accel.api")
            .definedBy("org.saguaro.accel.api..")
            .layer("accel.cpu")
            .definedBy("org.saguaro.accel.cpu..")
            .layer("accel.zynq")
            .definedBy("org.saguaro.accel.zynq..")
            .layer("lib.pytorch")
            .definedBy("org.saguaro.lib.pytorch..")
            .layer("scheduler.api")
            .definedBy("org.saguaro.scheduler.api..")
            .layer("scheduler.heuristics")
            .definedBy("org.saguaro.scheduler.heuristics..")
            .layer("runtime.core")
            .definedBy("org.saguaro.runtime.core..")
            .layer("formats")
            .definedBy("org.saguaro.formats..")
            .layer("experiments")
            .definedBy("org.saguaro.experiments..")
            .layer("launcher")
            .definedBy("org.saguaro.launcher..")
            .layer("examples")
            .definedBy("org.saguaro.examples..")
            .layer("itest")
            .definedBy("org.saguaro.itest..")
            .whereLayer("model.api")
            .mayNotAccessAnyLayer()
            .whereLayer("model.torch")
            .mayOnlyAccessLayers("model.api")
            .whereLayer("accel.api")
            .mayOnlyAccessLayers("model.api")
            .whereLayer("lib.pytorch")
            .mayNotAccessAnyLayer()
            .whereLayer("accel.cpu")
            .mayOnlyAccessLayers("accel.api", "model.api", "lib.pytorch")
            .whereLayer("accel.zynq")
            .mayOnlyAccessLayers("accel.api", "model.api")
            .whereLayer("scheduler.api")
            .mayNotAccessAnyLayer()
            .whereLayer("scheduler.heuristics")
            .mayOnlyAccessLayers("scheduler.api")
            .whereLayer("runtime.core")
            .mayOnlyAccessLayers("model.api", "accel.api", "scheduler.api")
            .whereLayer("examples")
            .mayOnlyAccessLayers("runtime.core", "model.api", "accel.api")
            .whereLayer("formats")
            .mayOnlyAccessLayers("runtime.core", "model.api")
            .whereLayer("experiments")
            .mayOnlyAccessLayers("runtime.core", "formats", "scheduler.api", "model.api")
            .whereLayer("launcher")
            .mayOnlyAccessLayers("experiments", "formats", "runtime.core", "model.api", "accel.api", "lib.pytorch");

    @ArchTest
    static final ArchRule usersSeeTheCoresExportedPackageOnly = ArchRuleDefinition.noClasses()
            .that()
            .resideOutsideOfPackage("org.saguaro.runtime.core..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(
                    "org.saguaro.runtime.core.calls..",
                    "org.saguaro.runtime.core.host..",
                    "org.saguaro.runtime.core.lowering..",
                    "org.saguaro.runtime.core.dispatch..",
                    "org.saguaro.runtime.core.deploy..",
                    "org.saguaro.runtime.core.residency..",
                    "org.saguaro.runtime.core.cost..",
                    "org.saguaro.runtime.core.monitor..",
                    "org.saguaro.runtime.core.sensors..",
                    "org.saguaro.runtime.core.policy..",
                    "org.saguaro.runtime.core.workflow..");

    /** What users can write who have no more of Saguaro than its {@code sdk/}. */
    @ArchTest
    static final ArchRule applicationsKnowTheLayerApiOnly = ArchRuleDefinition.noClasses()
            .that()
            .resideInAnyPackage(
                    "org.saguaro.examples.wifitx..",
                    "org.saguaro.examples.pulsedoppler..",
                    "org.saguaro.examples.radarcorrelator..",
                    "org.saguaro.examples.lanedetection..")
            .should()
            .dependOnClassesThat(JavaClass.Predicates.resideInAPackage("org.saguaro..")
                    .and(DescribedPredicate.not(JavaClass.Predicates.resideInAnyPackage(
                            "org.saguaro.examples..",
                            "org.saguaro.model.api..",
                            "org.saguaro.runtime.core",
                            "org.saguaro.runtime.core.layers.."))));
}
