package io.lockstep.agent.planted;

import io.lockstep.platform.planted.PlatformThatKnowsFailover;

/** A class where none like it may be, for {@code ArchitectureRulesTest}. */
public record AgentThatKnowsAPlatform(PlatformThatKnowsFailover platform) {}
