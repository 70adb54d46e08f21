package io.lockstep.agent.drill;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.lockstep.replicator.port.Disk;
import io.lockstep.replicator.port.Disk.DiskFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The newest drills of a module that this node knows of, its own and the peer's, in the file {@code
 * drills} of the module's state: a line of JSON each, oldest first, replaced whole. One thread at a
 * time.
 */
final class DrillLog {
  private static final Logger LOG = LoggerFactory.getLogger(DrillLog.class);
  private static final String NAME = "drills";
  private static final int MOST = 50;
  private static final int MOST_BYTES = 1 << 20;
  private static final int MOST_TEXT = 2_000;
  private static final ObjectMapper JSON =
      new ObjectMapper().configure(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES, false);

  private final Disk disk;
  private final Path directory;
  private final List<DrillResult> results;

  private DrillLog(Disk disk, Path directory, List<DrillResult> results) {
    this.disk = disk;
    this.directory = directory;
    this.results = results;
  }

  /** What is there; lines that are none are passed over. */
  static DrillLog open(Disk disk, Path directory) {
    List<DrillResult> results = new ArrayList<>();
    Path file = directory.resolve(NAME);
    if (disk.exists(file)) {
      try {
        read(disk, file).lines().forEach(line -> of(line).ifPresent(results::add));
      } catch (IOException e) {
        LOG.warn("Earlier drills are not known: cannot read {}", file, e);
      }
    }
    return new DrillLog(disk, directory, results);
  }

  private static String read(Disk disk, Path file) throws IOException {
    try (DiskFile open = disk.open(file, false)) {
      ByteBuffer bytes = ByteBuffer.allocate((int) Math.min(open.size(), MOST_BYTES));
      while (bytes.hasRemaining() && open.read(bytes, bytes.position()) > 0) {
        LOG.trace("{} read on", file);
      }
      return StandardCharsets.UTF_8.decode(bytes.flip()).toString();
    }
  }

  /** A line of the file, or what the peer tells. */
  static Optional<DrillResult> of(String line) {
    try {
      DrillResult result = JSON.readValue(line, DrillResult.class);
      return Optional.ofNullable(result)
          .filter(r -> r.outcome() != null && r.node() != null && r.who() != null)
          .filter(r -> r.text() != null && r.text().length() <= MOST_TEXT);
    } catch (JsonProcessingException e) {
      return Optional.empty();
    }
  }

  static String line(DrillResult result) {
    try {
      return JSON.writeValueAsString(result);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException(e);
    }
  }

  /** The same with no more text than a line takes. */
  static DrillResult cut(DrillResult r) {
    return r.text().length() <= MOST_TEXT
        ? r
        : new DrillResult(
            r.node(),
            r.who(),
            r.beganMs(),
            r.endedMs(),
            r.outcome(),
            r.drainMs(),
            r.startMs(),
            r.recoveryMs(),
            r.text().substring(0, MOST_TEXT));
  }

  /** All that is kept, oldest first. */
  List<DrillResult> results() {
    return List.copyOf(results);
  }

  /**
   * Adds one, durable on return.
   *
   * @throws IOException when it is not; it counts all the same until this process ends
   */
  void add(DrillResult result) throws IOException {
    results.add(result);
    while (results.size() > MOST) {
      results.remove(0);
    }
    StringBuilder text = new StringBuilder(MOST * 300);
    results.forEach(each -> text.append(line(each)).append('\n'));
    Path fresh = directory.resolve(NAME + ".new");
    try (DiskFile file = disk.open(fresh, true)) {
      file.setSize(0);
      file.write(ByteBuffer.wrap(text.toString().getBytes(StandardCharsets.UTF_8)), 0);
      file.force();
    }
    disk.replace(fresh, directory.resolve(NAME));
  }
}
