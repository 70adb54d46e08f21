package io.lockstep.platform.linux.fuse;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import io.lockstep.platform.linux.store.StoreOpener;
import io.lockstep.replicator.execution.SystemExecution;
import io.lockstep.replicator.port.FileStore;
import io.lockstep.replicator.volume.ReplicatedVolume;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

/**
 * Requests that no kernel sends: numbers of nodes and handles that were never given out, lengths
 * that are not true, names that are none. Each is answered, with an error where it makes no sense;
 * no worker dies of it, and nothing outside of the directory is reached.
 */
class FuseFuzzTest {
  private static final int HIGHEST_OPCODE = 60;
  private static final int REQUESTS = 10_000;

  private static final List<byte[]> NAMES =
      Stream.of(
              "file\0",
              "..\0",
              ".\0",
              "../secret\0",
              "/etc/x\0",
              "\0",
              "d\0e\0",
              ".lockstep\0",
              "x".repeat(300) + "\0")
          .map(name -> name.getBytes(StandardCharsets.US_ASCII))
          .toList();

  @TempDir Path home;

  @Test
  @Timeout(60)
  void everyRequestIsAnswered() throws Exception {
    assumeTrue("root".equals(System.getProperty("user.name")), "needs root");
    Path module = Files.createDirectory(home.resolve("module"));
    Path secret = Files.writeString(home.resolve("secret"), "outside");
    Logger log = (Logger) LoggerFactory.getLogger(FuseDispatcher.class);
    Level level = log.getLevel();
    log.setLevel(Level.OFF); // each request that fails in Lockstep itself would be an error there
    List<String> failures = new ArrayList<>();
    try (Syncs syncs = new Syncs("fuzz", 4);
        FileStore store = StoreOpener.open(List.of(module))) {
      ReplicatedVolume volume =
          new ReplicatedVolume(
              new SystemExecution(), store, new PromptSequencer(), 7, path -> false, failures::add);
      FuseDispatcher dispatcher =
          new FuseDispatcher(
              volume, 0, Negotiation.WANTED, syncs, new Room(new KnownFiles(100_000), 1, false));
      play(dispatcher);
      dispatcher.close();
    } finally {
      log.setLevel(level);
    }
    assertThat(secret).hasContent("outside");
    try (Stream<Path> all = Files.list(home)) {
      assertThat(all).containsExactlyInAnyOrder(module, secret);
    }
    assertThat(failures).as("copies given up").isEmpty();
  }

  private static void play(FuseDispatcher dispatcher) {
    SplittableRandom random = new SplittableRandom(20261126);
    FuseRequest request = new FuseRequest(16 << 10);
    FuseReply reply = new FuseReply(Negotiation.MAX_DATA_BYTES + 4096);
    int good = 0;
    for (int i = 0; i < REQUESTS; i++) {
      fill(request, random);
      int errno = dispatcher.handle(request, reply.begin(), new NoChannel());
      assertThat(errno).as("request %s", i).isBetween(FuseReply.NONE, 4095);
      good += errno == 0 ? 1 : 0;
    }
    assertThat(good).as("requests that made sense").isGreaterThan(100);
  }

  private static void fill(FuseRequest request, SplittableRandom random) {
    ByteBuffer memory = request.memory();
    int body = random.nextInt(random.nextInt(4) == 0 ? 4_000 : 120);
    for (int i = 0; i < body; i++) {
      memory.put(40 + i, (byte) (random.nextInt(3) == 0 ? random.nextInt(256) : 0));
    }
    if (random.nextBoolean()) {
      byte[] name = NAMES.get(random.nextInt(NAMES.size()));
      int at = List.of(0, 8, 12, 16).get(random.nextInt(4));
      memory.put(40 + at, name);
      body = Math.max(body, at + name.length);
    }
    memory.putInt(0, 40 + body);
    memory.putInt(4, random.nextInt(HIGHEST_OPCODE));
    memory.putLong(8, random.nextLong());
    memory.putLong(16, random.nextInt(10) == 0 ? random.nextLong() : random.nextInt(6));
    memory.putInt(24, 0).putInt(28, 0);
    if (request.opcode() == FuseProtocol.FALLOCATE) {
      memory.putLong(40 + 16, random.nextInt(1 << 20)); // else it may really fill the disk
    }
    request.received(40 + body);
  }
}
