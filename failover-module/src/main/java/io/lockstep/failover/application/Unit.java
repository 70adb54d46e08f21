package io.lockstep.failover.application;

/**
 * A unit of systemd's that is an application, or a step of one: what is asked of {@code systemctl}.
 * Its processes are systemd's, outside of the application's process group.
 *
 * @param systemctl the program
 * @param name with its suffix, such as {@code postgresql.service}
 */
public record Unit(String systemctl, String name) {
  /** Line for {@code /bin/sh} that returns when the unit has started. */
  String start() {
    return line("start");
  }

  /** Line that returns when the unit has stopped. */
  String stop() {
    return line("stop");
  }

  /** Line that ends with 0 while the unit is active. */
  String isActive() {
    return line("is-active");
  }

  private String line(String verb) {
    return "exec " + quoted(systemctl) + " " + verb + " -- " + quoted(name);
  }

  private static String quoted(String word) {
    return "'" + word.replace("'", "'\\''") + "'";
  }
}
