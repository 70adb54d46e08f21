package io.lockstep.failover.planted;

import io.lockstep.platform.planted.PlatformThatKnowsFailover;

/** A class where none like it may be, for {@code ArchitectureRulesTest}. */
public record FailoverThatKnowsAPlatform(PlatformThatKnowsFailover platform) {}
