package io.lockstep.failover.application;

import java.time.Duration;
import java.util.Objects;

/**
 * A unit of systemd's that is an application, or a step of one: what is asked of {@code systemctl}.
 * Its processes are systemd's, outside of the application's process group.
 *
 * @param systemctl the program
 * @param name with its suffix, such as {@code postgresql.service}
 * @param answer longest wait for {@code systemctl} to tell how it is, or to take an order to end it
 */
public record Unit(String systemctl, String name, Duration answer) {
  /** Out of systemd's memory: it is busy when it takes longer. */
  private static final Duration USUAL = Duration.ofSeconds(5);

  /** With the usual time for an answer. */
  public Unit(String systemctl, String name) {
    this(systemctl, name, USUAL);
  }

  /** However long it is waited for, it is the same unit. */
  @Override
  public boolean equals(Object other) {
    return other instanceof Unit unit && unit.systemctl.equals(systemctl) && unit.name.equals(name);
  }

  @Override
  public int hashCode() {
    return Objects.hash(systemctl, name);
  }

  /**
   * Line for {@code /bin/sh} that returns when the unit has started. Starts that systemd has
   * counted are forgotten before: how often it may start is for the application's budget to say.
   */
  String start() {
    return word("reset-failed") + " 2>/dev/null; " + line("start");
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
    return "exec " + word(verb);
  }

  private String word(String verb) {
    return quoted(systemctl) + " " + verb + " -- " + quoted(name);
  }

  private static String quoted(String word) {
    return "'" + word.replace("'", "'\\''") + "'";
  }
}
