package io.lockstep.demo.recorder;

import java.nio.charset.StandardCharsets;
import java.util.OptionalLong;
import java.util.zip.CRC32C;

/**
 * What recorders write and send.
 *
 * <p>Each process counts its records from 1. Most are lines appended to {@code pN.log}; every so
 * many is a file of its own, {@code pN-NUMBER.rec}, written under another name and renamed. Lines
 * and files share one count: in any prefix of the process's operations the numbers have no gap.
 */
public final class RecordFormat {
  /** The directory in the module's directory that holds a directory for each run of recorders. */
  public static final String DIRECTORY = "records";

  /** Ends the names of files that were not renamed yet. */
  public static final String UNFINISHED = ".tmp";

  private RecordFormat() {}

  /** The name of the file that process {@code index} appends to. */
  public static String log(int index) {
    return "p" + index + ".log";
  }

  /** The name of the file that is record {@code number} of process {@code index}. */
  public static String file(int index, long number) {
    return "p%d-%08d.rec".formatted(index, number);
  }

  /** A record's line, with its end. */
  public static byte[] line(int index, long number) {
    String body = index + " " + number;
    return "%s %08x\n".formatted(body, checksum(body)).getBytes(StandardCharsets.US_ASCII);
  }

  /** The number in a whole, unharmed line of process {@code index}; empty for anything else. */
  public static OptionalLong number(int index, String line) {
    String[] words = line.split(" ");
    if (words.length != 3
        || !words[0].equals(Integer.toString(index))
        || !words[1].matches("\\d{1,18}")) {
      return OptionalLong.empty();
    }
    long number = Long.parseLong(words[1]);
    byte[] expected = line(index, number);
    return new String(expected, StandardCharsets.US_ASCII).equals(line + "\n")
        ? OptionalLong.of(number)
        : OptionalLong.empty();
  }

  private static int checksum(String body) {
    CRC32C crc = new CRC32C();
    crc.update(body.getBytes(StandardCharsets.US_ASCII));
    return (int) crc.getValue();
  }
}
