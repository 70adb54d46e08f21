package io.lockstep.agent.api;

/**
 * How a command ended.
 *
 * @param message for the operator: what happened, what it means, what to do
 */
public record CommandResult(boolean ok, String message, int exitCode) {
  /** Done, or begun where it takes long. */
  public static final int OK = 0;

  /** Tried, and it failed. */
  public static final int FAILED = 1;

  /** The command, its arguments or the configuration are wrong. */
  public static final int USAGE = 2;

  /** Not done, with the reason; nothing has changed. */
  public static final int REFUSED = 3;

  /** It went well. */
  public static CommandResult ok(String message) {
    return new CommandResult(true, message, OK);
  }

  /** It was tried and failed. */
  public static CommandResult failed(String message) {
    return new CommandResult(false, message, FAILED);
  }

  /** It cannot be: wrong arguments, no such module, an invalid configuration. */
  public static CommandResult usage(String message) {
    return new CommandResult(false, message, USAGE);
  }

  /** It was not done, and nothing has changed. */
  public static CommandResult refused(String message) {
    return new CommandResult(false, message, REFUSED);
  }
}
