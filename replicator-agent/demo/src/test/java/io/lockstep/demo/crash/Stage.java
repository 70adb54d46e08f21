package io.lockstep.demo.crash;

import io.lockstep.replicator.port.CrashPoint;
import java.util.List;
import java.util.stream.Stream;

/**
 * What the pair is at when a point is reached, and which node is struck. P serves at the beginning
 * of a case and S is its peer; the pair is protected.
 */
enum Stage {
  /** P is struck under load. */
  SERVING(true),
  /** S is struck under load. */
  FOLLOWING(false),
  /** S's agent is killed; P is struck on its way to being alone. */
  GOING_ALONE(true),
  /** S is down; P is struck while it serves alone. */
  ALONE(true),
  /** P's agent is killed; S is struck while it takes over. */
  TAKEOVER(false),
  /** The operator moves the module to S; P is struck while it hands over. */
  HANDOVER(true),
  /** S comes back; P, the source, is struck. */
  RETURN_SOURCE(true),
  /** S comes back; S, the target, is struck. */
  RETURN_TARGET(false),
  /** S is struck while it starts. */
  START(false);

  private final boolean strikesServing;

  Stage(boolean strikesServing) {
    this.strikesServing = strikesServing;
  }

  /** Whether P is struck, and not S. */
  boolean strikesServing() {
    return strikesServing;
  }

  /** The stages in which a point is reached, by the first word of its name. */
  static Stream<Stage> of(CrashPoint point) {
    String name = point.name();
    if (point == CrashPoint.SECONDARY_SEGMENT_BEGUN) {
      return Stream.of(RETURN_TARGET);
    }
    if (List.of(CrashPoint.ALONE_MAP_APPENDED, CrashPoint.ALONE_TRACKED).contains(point)) {
      return Stream.of(ALONE);
    }
    if (point == CrashPoint.CREATION_HIDDEN) {
      return Stream.of(SERVING, FOLLOWING, ALONE);
    }
    return switch (name.substring(0, name.indexOf('_'))) {
      case "PRIMARY" -> Stream.of(SERVING);
      case "SECONDARY" -> Stream.of(FOLLOWING);
      case "STATE" -> Stream.of(GOING_ALONE, TAKEOVER, RETURN_SOURCE, RETURN_TARGET);
      case "ALONE" -> Stream.of(GOING_ALONE);
      case "TAKEOVER" -> Stream.of(TAKEOVER);
      case "HANDOVER" -> Stream.of(HANDOVER);
      case "SOURCE" -> Stream.of(RETURN_SOURCE);
      case "TARGET" -> Stream.of(RETURN_TARGET);
      case "START" -> Stream.of(START);
      default -> throw new IllegalArgumentException("no stage for " + point);
    };
  }
}
