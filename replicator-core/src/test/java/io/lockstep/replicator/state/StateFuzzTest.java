package io.lockstep.replicator.state;

import static org.assertj.core.api.Assertions.assertThat;

import io.lockstep.replicator.execution.SystemDisk;
import io.lockstep.replicator.execution.SystemExecution;
import io.lockstep.replicator.model.Ancestor;
import io.lockstep.replicator.model.Generation;
import io.lockstep.replicator.testkit.Damage;
import io.lockstep.replicator.testkit.Fuzz;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.UUID;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.lifecycle.AfterTry;
import net.jqwik.api.lifecycle.BeforeTry;

/**
 * A node's durable files with anything wrong in them: what is read was once written, or nothing is
 * read and the reason is told.
 */
class StateFuzzTest {
  private final SystemDisk disk = new SystemDisk();
  private Path directory;

  @BeforeTry
  void make() throws IOException {
    directory = Files.createTempDirectory("state-fuzz");
  }

  @AfterTry
  void remove() throws IOException {
    for (Path each : disk.list(directory)) {
      Files.delete(each);
    }
    Files.delete(directory);
  }

  private static byte[] payload(long number, int bytes) {
    byte[] content = new byte[bytes];
    new SplittableRandom(number).nextBytes(content);
    return content;
  }

  @Property(tries = 200, seed = "20261126")
  void aStateFileIsReadAsOneOfTheLastTwoThatWereWritten(@ForAll long seed) throws IOException {
    SplittableRandom random = new SplittableRandom(seed);
    Path path = directory.resolve("state");
    int writes = 2 + random.nextInt(3);
    try (StateFile file = StateFile.create(disk, path, payload(0, 100))) {
      for (int i = 1; i < writes; i++) {
        file.write(payload(i, 100 + random.nextInt(1_000)));
      }
    }
    byte[] good = Files.readAllBytes(path);
    for (int i = 0; i < 10; i++) {
      byte[] damaged =
          random.nextBoolean() ? Damage.done(good, 3, random) : inOneSlot(good, random);
      Files.write(path, damaged);
      try (StateFile file = StateFile.open(disk, path)) {
        byte[] last = file.read();
        assertThat(last)
            .satisfiesAnyOf(
                read -> assertThat(read).isEqualTo(payload(writes - 1, read.length)),
                read -> assertThat(read).isEqualTo(payload(writes - 2, read.length)));
        file.write(payload(77, 50));
      } catch (IOException e) {
        assertThat(e.getMessage()).contains("state");
      }
    }
  }

  /** The slot of the newest content only: the other must be read. */
  private static byte[] inOneSlot(byte[] good, SplittableRandom random) {
    byte[] damaged = good.clone();
    int slot = random.nextInt(2) * (good.length / 2);
    damaged[slot + random.nextInt(128)] ^= (byte) (1 << random.nextInt(8));
    return damaged;
  }

  @Property(tries = 100, seed = "20261126")
  void damageInOneSlotAloneAlwaysLeavesTheOther(@ForAll long seed) throws IOException {
    SplittableRandom random = new SplittableRandom(seed);
    Path path = directory.resolve("state");
    try (StateFile file = StateFile.create(disk, path, payload(0, 200))) {
      file.write(payload(1, 200));
    }
    byte[] good = Files.readAllBytes(path);
    for (int i = 0; i < 10; i++) {
      Files.write(path, inOneSlot(good, random));
      try (StateFile file = StateFile.open(disk, path)) {
        assertThat(List.of(payload(0, 200), payload(1, 200))).contains(file.read());
      }
    }
  }

  @Property(tries = 300, seed = "20261126")
  void recordsAreReadOrRefused(@ForAll long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    Generation first = new Generation(0, 1);
    byte[] fresh = NodeRecordCodec.encode(NodeRecord.create("c", "m", new UUID(1, 2), "boot"));
    byte[] lived =
        NodeRecordCodec.encode(
            new NodeRecord(
                "c",
                "m",
                new UUID(1, 2),
                3,
                4,
                new Generation(0, 2),
                List.of(new Ancestor(new Generation(0, 2), first, 5)),
                Optional.of(new Ancestor(new Generation(0, 3), first, 6)),
                Standing.values()[0],
                true,
                7,
                "boot",
                io.lockstep.replicator.model.DataState.UP_TO_DATE,
                8,
                9,
                10,
                11,
                Set.of(new UUID(5, 5)),
                Map.of("session", "x")));
    for (int i = 0; i < 100; i++) {
      Fuzz.refused(
          Fuzz.mangled(List.of(fresh, lived), random),
          NodeRecordCodec::decode,
          List.of(IOException.class));
    }
  }

  @Property(tries = 150, seed = "20261126")
  void aLogIsAPrefixOfWhatWasAppendedOrIsRefused(@ForAll long seed) throws IOException {
    SplittableRandom random = new SplittableRandom(seed);
    Path path = directory.resolve("dirty.log");
    List<byte[]> appended = new ArrayList<>();
    try (ChecksummedLog log = ChecksummedLog.open(new SystemExecution(), disk, path)) {
      for (int i = 0; i < 40; i++) {
        appended.add(payload(i, random.nextInt(300)));
        log.append(ByteBuffer.wrap(appended.get(i)));
        if (random.nextInt(6) == 0) {
          log.force();
        }
      }
    }
    byte[] good = Files.readAllBytes(path);
    for (int i = 0; i < 10; i++) {
      Files.write(path, Damage.done(good, 3, random));
      checkLog(path, appended);
    }
  }

  private void checkLog(Path path, List<byte[]> appended) throws IOException {
    byte[] before = Files.readAllBytes(path);
    try (ChecksummedLog log = ChecksummedLog.open(new SystemExecution(), disk, path)) {
      List<byte[]> found = new ArrayList<>();
      log.read(
          record -> {
            byte[] copy = new byte[record.remaining()];
            record.get(copy);
            found.add(copy);
          });
      assertThat(found.size()).isLessThanOrEqualTo(appended.size());
      for (int i = 0; i < found.size(); i++) {
        assertThat(found.get(i)).isEqualTo(appended.get(i));
      }
      log.append(ByteBuffer.wrap(new byte[5]));
      log.force();
    } catch (StateCorruptException e) {
      assertThat(Files.readAllBytes(path)).as("nothing is altered").isEqualTo(before);
    } catch (IOException e) {
      assertThat(e.getMessage()).contains("format version");
    }
  }
}
