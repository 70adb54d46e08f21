package io.lockstep.agent.configuration;

/**
 * One thing that is wrong in a configuration file.
 *
 * @param line from 1; 0 when the file could not be read at all
 * @param column from 1; 0 when the file could not be read at all
 * @param key the path of the key, such as {@code modules.desk.addresses[0].ip}; empty for the file
 *     as a whole
 * @param found what the file says
 * @param allowed what it may say, or what to do
 */
public record ConfigurationProblem(int line, int column, String key, String found, String allowed) {
  /** One line, without the file's name: {@code 3:12 timing.heartbeat: found '1'; allowed: …}. */
  @Override
  public String toString() {
    return (line > 0 ? line + ":" + column + " " : "")
        + (key.isEmpty() ? "" : key + ": ")
        + "found "
        + found
        + "; allowed: "
        + allowed;
  }
}
