package io.lockstep.replicator.testkit;

import java.util.Arrays;
import java.util.SplittableRandom;

/** A file's bytes as a dying disk, a torn write or a hand that slips would leave them. */
public final class Damage {
  private Damage() {}

  /** The same file with something wrong, in at most {@code times} places. */
  public static byte[] done(byte[] file, int times, SplittableRandom random) {
    byte[] damaged = file.clone();
    for (int left = 1 + random.nextInt(times); left > 0; left--) {
      damaged = once(damaged, random);
    }
    return damaged;
  }

  private static byte[] once(byte[] file, SplittableRandom random) {
    if (file.length == 0) {
      return file;
    }
    int at = random.nextInt(file.length);
    int to = Math.min(file.length, at + 1 + random.nextInt(random.nextBoolean() ? 16 : 8192));
    switch (random.nextInt(8)) {
      case 0, 1 -> file[at] ^= (byte) (1 << random.nextInt(8));
      case 2 -> Arrays.fill(file, at, to, (byte) 0);
      case 3 -> {
        for (int i = at; i < to; i++) {
          file[i] = (byte) random.nextInt(256);
        }
      }
      case 4 -> {
        return Arrays.copyOf(file, at);
      }
      case 5 -> {
        byte[] longer = Arrays.copyOf(file, file.length + random.nextInt(9000));
        if (random.nextBoolean()) {
          Arrays.fill(longer, file.length, longer.length, (byte) random.nextInt(256));
        }
        return longer;
      }
      case 6 -> {
        int from = random.nextInt(file.length);
        System.arraycopy(file, from, file, at, Math.min(to - at, file.length - from));
      }
      default -> {
        int here = at & ~3;
        int value = random.nextBoolean() ? 0x40000000 | random.nextInt(1 << 16) : random.nextInt();
        for (int i = 0; i < 4 && here + i < file.length; i++) {
          file[here + i] = (byte) (value >>> (8 * i));
        }
      }
    }
    return file;
  }
}
