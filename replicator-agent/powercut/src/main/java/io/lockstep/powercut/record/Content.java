package io.lockstep.powercut.record;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.OptionalLong;
import java.util.Random;

/**
 * What the writes consist of: bytes that follow from the number of the write, so that a judge can
 * say of every piece that it finds which write it is from and whether it is whole.
 */
final class Content {
  /** Directory of the module's directory that holds one directory a run. */
  static final String RECORDS = "records";

  static final int LINE_BYTES = 32;
  static final int BLOCK_BYTES = 4096;
  static final int SECTOR_BYTES = 512;
  static final int BLOCKS = 64;

  /** How many of the newest files are kept. */
  static final int FILES_KEPT = 64;

  private static final int LARGEST_FILE = 9000;

  private Content() {}

  /** Line {@code number}, with its end. */
  static byte[] line(long number) {
    return "%010d %020d\n"
        .formatted(number, number * 0x9E3779B97F4AL)
        .getBytes(StandardCharsets.US_ASCII);
  }

  /** The name of file {@code number}. */
  static String fileName(long number) {
    return "f%08d".formatted(number);
  }

  /** The content of file {@code number}. */
  static byte[] file(long number) {
    Random random = new Random(number);
    byte[] bytes = new byte[1 + random.nextInt(LARGEST_FILE)];
    random.nextBytes(bytes);
    return bytes;
  }

  /** What write {@code number} puts into {@code block}. */
  static byte[] block(int block, long number) {
    ByteBuffer bytes = ByteBuffer.allocate(BLOCK_BYTES);
    for (int sector = 0; sector < BLOCK_BYTES / SECTOR_BYTES; sector++) {
      bytes.put(sector(block, number, sector));
    }
    return bytes.array();
  }

  private static byte[] sector(int block, long number, int sector) {
    ByteBuffer bytes = ByteBuffer.allocate(SECTOR_BYTES);
    bytes.putLong(number).putInt(block).putInt(sector);
    byte[] fill = new byte[bytes.remaining()];
    new Random(number * 1_000_003 + block * 31L + sector).nextBytes(fill);
    return bytes.put(fill).array();
  }

  /**
   * The write that sector {@code sector} of {@code block} is from: 0 if it was never written, empty
   * if it is no write's.
   */
  static OptionalLong writeOf(int block, int sector, byte[] found) {
    if (Arrays.equals(found, new byte[SECTOR_BYTES])) {
      return OptionalLong.of(0);
    }
    long number = ByteBuffer.wrap(found).getLong();
    return Arrays.equals(found, sector(block, number, sector))
        ? OptionalLong.of(number)
        : OptionalLong.empty();
  }
}
