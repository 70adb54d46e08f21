package io.lockstep.replicator.model;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Names that a file has before it gets its own: {@code .lockstep.new.} and 16 hexadecimal digits.
 * They belong to Lockstep in every directory, and so does {@code .lockstep} in the root. No store
 * lists them, no application can use them, and a node never tells another that a file has one.
 */
public final class HiddenName {
  private static final byte[] BEGIN = ".lockstep.new.".getBytes(StandardCharsets.US_ASCII);
  private static final int BYTES = BEGIN.length + 16;

  private static final byte[] PLACE = ".lockstep".getBytes(StandardCharsets.US_ASCII);

  private HiddenName() {}

  /** The one name in each root that is Lockstep's own. */
  public static byte[] place() {
    return PLACE.clone();
  }

  /** Whether {@code name} is Lockstep's own in a directory, which is the root or another. */
  public static boolean isOwn(byte[] name, boolean inRoot) {
    return is(name) || inRoot && Arrays.equals(name, PLACE);
  }

  /** The name with those digits. */
  public static byte[] of(long digits) {
    byte[] name = Arrays.copyOf(BEGIN, BYTES);
    for (int i = BYTES - 1; i >= BEGIN.length; i--, digits >>>= 4) {
      name[i] = (byte) Character.forDigit((int) (digits & 15), 16);
    }
    return name;
  }

  /** Whether {@code name} is one. */
  public static boolean is(byte[] name) {
    return name.length == BYTES && endsIn(name);
  }

  /** Whether the last name of {@code path} is one. */
  public static boolean is(TreePath path) {
    byte[] bytes = path.bytes();
    int before = bytes.length - BYTES;
    return before == 0 && endsIn(bytes) || before > 0 && bytes[before - 1] == '/' && endsIn(bytes);
  }

  private static boolean endsIn(byte[] bytes) {
    int at = bytes.length - BYTES;
    for (int i = 0; i < BYTES; i++) {
      byte b = bytes[at + i];
      boolean fits = i < BEGIN.length ? b == BEGIN[i] : Character.digit(b, 16) >= 0;
      if (!fits) {
        return false;
      }
    }
    return true;
  }
}
