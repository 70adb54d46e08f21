package io.lockstep.replicator.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.management.ManagementFactory;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;

/**
 * Bytes as a hostile or broken sender would make them, and what a reader may do with them: return,
 * or throw what it declares, and take memory in proportion to what it was given.
 */
public final class Fuzz {
  /** Memory that a reader may take whatever it reads, classes that it loads included. */
  private static final long BASE_BYTES = 8 << 20;

  private static final long PER_BYTE = 200;

  private static final int[] LENGTHS = {
    -1, 0, 1, 0x7fff, 0xffff, Integer.MAX_VALUE, Integer.MIN_VALUE, 1 << 30, 1 << 20
  };

  /** Reads bytes. */
  @FunctionalInterface
  public interface Reader {
    void read(byte[] bytes) throws Exception;
  }

  private Fuzz() {}

  /** One of the valid messages with a few things wrong, or something else altogether. */
  public static byte[] mangled(List<byte[]> valid, SplittableRandom random) {
    byte[] bytes = valid.get(random.nextInt(valid.size())).clone();
    if (random.nextInt(8) == 0) {
      bytes = new byte[random.nextInt(200)];
      random.nextBytes(bytes);
      return bytes;
    }
    for (int times = random.nextInt(4); times >= 0; times--) {
      bytes = mangled(bytes, valid, random);
    }
    return bytes;
  }

  private static byte[] mangled(byte[] bytes, List<byte[]> valid, SplittableRandom random) {
    if (bytes.length == 0) {
      return bytes;
    }
    int at = random.nextInt(bytes.length);
    switch (random.nextInt(7)) {
      case 0 -> bytes[at] ^= (byte) (1 << random.nextInt(8));
      case 1 -> bytes[at] = (byte) random.nextInt(256);
      case 2 -> {
        return Arrays.copyOf(bytes, at);
      }
      case 3 -> {
        int length = LENGTHS[random.nextInt(LENGTHS.length)];
        for (int i = 0; i < 4 && at + i < bytes.length; i++) {
          bytes[at + i] = (byte) (length >>> (24 - 8 * i));
        }
      }
      case 4 -> {
        byte[] longer = Arrays.copyOf(bytes, bytes.length + 1 + random.nextInt(40));
        return longer;
      }
      case 5 -> {
        byte[] other = valid.get(random.nextInt(valid.size()));
        byte[] spliced = Arrays.copyOf(bytes, at + other.length);
        System.arraycopy(other, 0, spliced, at, other.length);
        return spliced;
      }
      default -> {
        for (int i = at; i < Math.min(bytes.length, at + 8); i++) {
          bytes[i] = (byte) 0xff;
        }
      }
    }
    return bytes;
  }

  /**
   * Reads the bytes.
   *
   * @param clean what the reader may throw
   * @return whether they were refused
   */
  public static boolean refused(byte[] bytes, Reader reader, List<Class<?>> clean) {
    var threads = (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
    long id = Thread.currentThread().getId();
    long before = threads.getThreadAllocatedBytes(id);
    boolean refused = false;
    try {
      reader.read(bytes);
    } catch (Exception | Error e) {
      refused = true;
      if (clean.stream().noneMatch(type -> type.isInstance(e))) {
        throw new AssertionError(
            "bytes " + java.util.HexFormat.of().formatHex(bytes) + " lead to " + e, e);
      }
    }
    long taken = threads.getThreadAllocatedBytes(id) - before;
    assertThat(taken)
        .as("memory for %s bytes", bytes.length)
        .isLessThan(BASE_BYTES + PER_BYTE * bytes.length);
    return refused;
  }
}
