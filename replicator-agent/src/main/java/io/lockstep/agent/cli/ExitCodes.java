package io.lockstep.agent.cli;

import io.lockstep.agent.api.CommandResult;

/** What the command answers to its caller. */
final class ExitCodes {
  static final int OK = CommandResult.OK;
  static final int FAILED = CommandResult.FAILED;
  static final int USAGE = CommandResult.USAGE;
  static final int REFUSED = CommandResult.REFUSED;
  static final int UNREACHABLE = 4;

  private ExitCodes() {}
}
