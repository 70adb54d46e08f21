package io.lockstep.replicator.journal;

import static org.assertj.core.api.Assertions.assertThat;

import io.lockstep.replicator.execution.SystemDisk;
import io.lockstep.replicator.execution.SystemExecution;
import io.lockstep.replicator.testkit.Damage;
import io.lockstep.replicator.testkit.PlainSegmentAppender;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.stream.Stream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.lifecycle.AfterContainer;
import net.jqwik.api.lifecycle.BeforeContainer;

/**
 * Journal files with anything wrong in them, written by the queue and by its stand-in: opening and
 * reading end with what was appended, up to some record, or with an exception that says why. Never
 * with other content, without an end, or by a fault of a mapped file.
 */
class JournalFuzzTest {
  private static final int PAYLOAD = 2_100;
  private static final long FORCED = 60;
  private static final long LAST = 100;
  private static final Duration BOUND = Duration.ofSeconds(5);

  private static Path home;
  private static Map<String, byte[]> byTheQueue;
  private static Map<String, byte[]> byItsStandIn;
  private static int opened;
  private static int refused;

  @BeforeContainer
  static void write() throws IOException {
    home = Files.createTempDirectory("journal-fuzz");
    byTheQueue = written(ChronicleAppender::new);
    byItsStandIn = written(PlainSegmentAppender::new);
  }

  @AfterContainer
  static void remove() throws IOException {
    assertThat(List.of(opened, refused)).as("opened, refused").allMatch(count -> count > 10);
    Recovery.delete(new SystemDisk(), home);
  }

  private static ChronicleJournal open(SegmentAppender.Factory appenders, Path directory, long mark)
      throws IOException {
    return ChronicleJournal.open(
        new SystemExecution(),
        new SystemDisk(),
        appenders,
        new JournalOptions(directory, 64 << 10, 16 << 20, 0),
        mark,
        true);
  }

  /** Several segments, and one that nobody forced. */
  private static Map<String, byte[]> written(SegmentAppender.Factory appenders) throws IOException {
    Path directory = Files.createDirectory(home.resolve("written"));
    try (ChronicleJournal journal = open(appenders, directory, 0)) {
      Records.append(journal, 1, FORCED, PAYLOAD);
      journal.force();
      Records.append(journal, FORCED + 1, LAST, PAYLOAD);
    }
    Map<String, byte[]> files = new TreeMap<>();
    try (Stream<Path> all = Files.walk(directory)) {
      for (Path each : all.filter(Files::isRegularFile).toList()) {
        files.put(directory.relativize(each).toString(), Files.readAllBytes(each));
      }
    }
    assertThat(files.keySet().stream().filter(name -> name.endsWith(".cq4")).count())
        .as("segments of %s", files.keySet())
        .isGreaterThan(2);
    Recovery.delete(new SystemDisk(), directory);
    return files;
  }

  @Property(tries = 40, seed = "20261126")
  void segmentsOfTheQueue(@ForAll long seed) throws IOException {
    damaged(byTheQueue, ChronicleAppender::new, new SplittableRandom(seed));
  }

  @Property(tries = 60, seed = "20261126")
  void segmentsOfItsStandIn(@ForAll long seed) throws IOException {
    damaged(byItsStandIn, PlainSegmentAppender::new, new SplittableRandom(seed));
  }

  private static void damaged(
      Map<String, byte[]> good, SegmentAppender.Factory appenders, SplittableRandom random)
      throws IOException {
    Path directory = Files.createTempDirectory(home, "try");
    long since = System.nanoTime();
    try {
      restore(good, directory, random);
      long mark = List.of(0L, 1L, FORCED, LAST, LAST + 1).get(random.nextInt(5));
      check(appenders, directory, mark);
    } finally {
      Recovery.delete(new SystemDisk(), directory);
    }
    assertThat(Duration.ofNanos(System.nanoTime() - since)).isLessThan(BOUND);
  }

  private static void restore(Map<String, byte[]> good, Path directory, SplittableRandom random)
      throws IOException {
    List<String> names = new ArrayList<>(good.keySet());
    String victim = names.get(random.nextInt(names.size()));
    for (Map.Entry<String, byte[]> each : good.entrySet()) {
      Path file = directory.resolve(each.getKey());
      Files.createDirectories(file.getParent());
      boolean hit = each.getKey().equals(victim);
      byte[] other = good.get(names.get(random.nextInt(names.size())));
      if (hit && random.nextInt(10) == 0) {
        Files.write(file, other); // another segment's bytes
      } else if (!hit || random.nextInt(10) != 0) { // or none
        Files.write(file, hit ? Damage.done(each.getValue(), 4, random) : each.getValue());
      }
    }
    strangers(directory, random);
  }

  /** What people and programs leave in a directory. */
  private static void strangers(Path directory, SplittableRandom random) throws IOException {
    switch (random.nextInt(6)) {
      case 0 -> Files.createDirectory(directory.resolve("segment-99999999999999999999"));
      case 1 -> Files.createDirectory(directory.resolve("segment-00000000000000000101.new"));
      case 2 -> Files.createFile(directory.resolve("segment-00000000000000000500"));
      case 3 -> Files.createFile(Files.createDirectories(directory.resolve("aside")).resolve("x"));
      case 4 -> Files.createDirectories(directory.resolve("trash-1/deep"));
      default -> Files.createFile(directory.resolve("README"));
    }
  }

  private static void check(SegmentAppender.Factory appenders, Path directory, long mark)
      throws IOException {
    long last;
    try (ChronicleJournal journal = open(appenders, directory, mark)) {
      last = journal.lastSequence();
      assertThat(last).isBetween(mark, LAST);
      List<Long> found = Records.check(journal, PAYLOAD);
      assertThat(found).isEqualTo(Records.range(journal.firstSequence(), last));
      Records.append(journal, last + 1, last + 2, PAYLOAD);
      assertThat(journal.force()).isEqualTo(last + 2);
    } catch (IOException e) {
      assertThat(e.getMessage()).isNotBlank();
      refused++;
      return;
    }
    opened++;
    try (ChronicleJournal journal = open(appenders, directory, last + 2)) {
      List<Long> found = Records.check(journal, PAYLOAD);
      assertThat(found).isEqualTo(Records.range(journal.firstSequence(), last + 2));
    }
  }
}
