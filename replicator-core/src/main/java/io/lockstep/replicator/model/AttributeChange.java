package io.lockstep.replicator.model;

import java.util.OptionalInt;
import java.util.OptionalLong;

/**
 * Which attributes of a file change, and to what; an empty one stays as it is. Times in ns since
 * 1970.
 */
public record AttributeChange(
    OptionalInt permissions,
    OptionalInt owner,
    OptionalInt group,
    OptionalLong accessNs,
    OptionalLong modifyNs) {
  /** Changes nothing. */
  public static final AttributeChange NOTHING =
      new AttributeChange(
          OptionalInt.empty(),
          OptionalInt.empty(),
          OptionalInt.empty(),
          OptionalLong.empty(),
          OptionalLong.empty());

  /** Sets only the time of modification. */
  public static AttributeChange modified(long modifyNs) {
    return new AttributeChange(
        OptionalInt.empty(),
        OptionalInt.empty(),
        OptionalInt.empty(),
        OptionalLong.empty(),
        OptionalLong.of(modifyNs));
  }

  /** Sets both times to the same. */
  public static AttributeChange times(long ns) {
    return new AttributeChange(
        OptionalInt.empty(),
        OptionalInt.empty(),
        OptionalInt.empty(),
        OptionalLong.of(ns),
        OptionalLong.of(ns));
  }

  /** Sets only the permission bits. */
  public static AttributeChange permissions(int permissions) {
    return new AttributeChange(
        OptionalInt.of(permissions),
        OptionalInt.empty(),
        OptionalInt.empty(),
        OptionalLong.empty(),
        OptionalLong.empty());
  }

  /** Sets everything that {@code status} tells and both nodes must agree on. */
  public static AttributeChange all(FileStatus status) {
    return new AttributeChange(
        OptionalInt.of(status.permissions()),
        OptionalInt.of(status.owner()),
        OptionalInt.of(status.group()),
        OptionalLong.of(status.accessNs()),
        OptionalLong.of(status.modifyNs()));
  }
}
