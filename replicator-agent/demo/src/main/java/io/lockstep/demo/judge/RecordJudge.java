package io.lockstep.demo.judge;

import io.lockstep.demo.recorder.RecordFormat;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.OptionalLong;
import java.util.stream.Stream;

/**
 * Checks that no acknowledged record is missing and that none is present without its predecessors.
 */
final class RecordJudge {
  private static final int PROCESSES = 4;

  private RecordJudge() {}

  /**
   * What was found.
   *
   * @param acknowledged records that the recorders said were acknowledged
   * @param present records in the tree
   * @param missing acknowledged records that are not there
   * @param findings what is wrong, in words
   */
  record Finding(long acknowledged, long present, long missing, List<String> findings) {
    boolean isGood() {
      return missing == 0 && findings.isEmpty();
    }
  }

  /** Judges the module's directory by the collector's file. */
  static Finding judge(Path directory, Path acknowledgedFile) throws IOException {
    List<String> findings = new ArrayList<>();
    long acknowledged = 0;
    long missing = 0;
    for (String line : Files.readAllLines(acknowledgedFile)) {
      String[] words = line.split(" ");
      long expected = Long.parseLong(words[2]);
      BitSet present =
          present(runs(directory).resolve(words[0]), Integer.parseInt(words[1]), findings);
      long lost = expected - present.get(1, (int) expected + 1).cardinality();
      if (lost > 0) {
        findings.add(
            "run %s, process %s: %d of %d acknowledged records are missing"
                .formatted(words[0], words[1], lost, expected));
      }
      acknowledged += expected;
      missing += lost;
    }
    return new Finding(acknowledged, countAndCheckOrder(directory, findings), missing, findings);
  }

  private static Path runs(Path directory) {
    return directory.resolve(RecordFormat.DIRECTORY);
  }

  private static long countAndCheckOrder(Path directory, List<String> findings) throws IOException {
    if (!Files.exists(runs(directory))) {
      return 0;
    }
    long count = 0;
    try (Stream<Path> runs = Files.list(runs(directory))) {
      for (Path run : runs.sorted().toList()) {
        for (int index = 0; index < PROCESSES; index++) {
          BitSet present = present(run, index, findings);
          count += present.cardinality();
          if (present.cardinality() > 0 && present.nextClearBit(1) <= present.length() - 1) {
            findings.add(
                "run %s, process %d: record %d is present without its predecessor %d"
                    .formatted(
                        run.getFileName(),
                        index,
                        present.nextSetBit(present.nextClearBit(1)),
                        present.nextClearBit(1)));
          }
        }
      }
    }
    return count;
  }

  private static BitSet present(Path run, int index, List<String> findings) throws IOException {
    BitSet present = new BitSet();
    Path log = run.resolve(RecordFormat.log(index));
    if (Files.exists(log)) {
      read(log, index, present, findings);
    }
    if (!Files.exists(run)) {
      return present;
    }
    try (Stream<Path> files = Files.list(run)) {
      String prefix = "p" + index + "-";
      for (Path file :
          files
              .filter(file -> file.getFileName().toString().startsWith(prefix))
              .filter(file -> !file.toString().endsWith(RecordFormat.UNFINISHED))
              .toList()) {
        read(file, index, present, findings);
      }
    }
    return present;
  }

  private static void read(Path file, int index, BitSet present, List<String> findings)
      throws IOException {
    for (String line : Files.readAllLines(file, StandardCharsets.ISO_8859_1)) {
      OptionalLong number = RecordFormat.number(index, line);
      if (number.isPresent()) {
        present.set((int) number.getAsLong());
      } else {
        findings.add("%s holds a harmed record: '%s'".formatted(file, line));
      }
    }
  }
}
