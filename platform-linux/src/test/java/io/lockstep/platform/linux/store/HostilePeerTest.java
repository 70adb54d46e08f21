package io.lockstep.platform.linux.store;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.lockstep.replicator.model.Allocation;
import io.lockstep.replicator.model.AttributeChange;
import io.lockstep.replicator.model.FileId;
import io.lockstep.replicator.model.FileKind;
import io.lockstep.replicator.model.NewFile;
import io.lockstep.replicator.model.Operation;
import io.lockstep.replicator.model.TreePath;
import io.lockstep.replicator.port.FileStore;
import io.lockstep.replicator.reintegration.HostileMessages;
import io.lockstep.replicator.reintegration.ReintegrationMode;
import io.lockstep.replicator.reintegration.ReintegrationTarget;
import io.lockstep.replicator.replication.ApplyFailure;
import io.lockstep.replicator.replication.OperationApplier;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A peer whose operations lead through symbolic links, planted in the tree before or made by
 * itself, to what is outside of the module: nothing there ever changes, on the machine's own file
 * system.
 */
class HostilePeerTest {
  private static final int OPERATIONS = 1_500;
  private static final String[] NAMES = {
    "out", "up", "abs", "file", "d", "secret", "new", ".lockstep", "self"
  };

  @TempDir Path temporary;
  private Path module;
  private Path outside;

  @BeforeEach
  void plant() throws IOException {
    outside = Files.createDirectory(temporary.resolve("outside"));
    Files.writeString(outside.resolve("secret"), "nobody may touch this");
    Files.createDirectory(outside.resolve("d"));
    module = Files.createDirectory(temporary.resolve("module"));
    Files.createDirectory(module.resolve("d"));
    Files.createSymbolicLink(module.resolve("out"), outside);
    Files.createSymbolicLink(module.resolve("up"), Path.of(".."));
    Files.createSymbolicLink(module.resolve("abs"), outside.resolve("secret"));
    Files.createSymbolicLink(module.resolve("d/out"), Path.of("../../outside"));
    Files.createSymbolicLink(module.resolve("self"), Path.of("/proc/self/fd"));
  }

  /** Else JUnit warns of each when it deletes the directory. */
  @AfterEach
  void removeLinks() throws IOException {
    try (Stream<Path> all = Files.walk(module)) {
      for (Path path : all.filter(Files::isSymbolicLink).toList()) {
        Files.delete(path);
      }
    }
  }

  @ParameterizedTest(name = "openat2 {0}")
  @ValueSource(booleans = {true, false})
  void nothingOutsideEverChanges(boolean openat2) throws Exception {
    Map<String, String> before = look();
    int refused = 0;
    for (long seed = 1; seed <= 4; seed++) {
      SplittableRandom random = new SplittableRandom(seed);
      try (FileStore store = StoreOpener.open(List.of(module), openat2);
          OperationApplier applier = new OperationApplier(store)) {
        for (int i = 0; i < OPERATIONS / 4; i++) {
          Operation operation = operation(random);
          try {
            if (random.nextBoolean()) {
              applier.apply(operation);
            } else {
              applier.replay(operation);
            }
          } catch (ApplyFailure e) {
            refused++;
          }
        }
      }
    }
    assertThat(look()).isEqualTo(before);
    assertThat(refused).isBetween(OPERATIONS / 20, OPERATIONS - 50);
  }

  /** Of a session only the answers and the refusal are left; the next message begins another. */
  @ParameterizedTest(name = "openat2 {0}")
  @ValueSource(booleans = {true, false})
  void nothingOutsideEverChangesByAReturn(boolean openat2) throws Exception {
    Map<String, String> before = look();
    SplittableRandom random = new SplittableRandom(5);
    HostileMessages messages = new HostileMessages(random, NAMES);
    int refused = 0;
    try (FileStore store = StoreOpener.open(List.of(module), openat2)) {
      for (int session = 0; session < 150; session++) {
        try (ReintegrationTarget target = target(store)) {
          target.onMessage(HostileMessages.hello());
          for (int i = 0; i < 40; i++) {
            target.onMessage(messages.next());
          }
        } catch (IOException e) {
          refused++;
        }
      }
    }
    assertThat(look()).isEqualTo(before);
    assertThat(refused).isBetween(10, 149);
  }

  private static ReintegrationTarget target(FileStore store) {
    return new ReintegrationTarget(
        store,
        answer -> {},
        new ReintegrationTarget.Identity(new UUID(1, 1), new UUID(0, 0), List.of()),
        path -> false,
        new ReintegrationTarget.Events() {
          @Override
          public void begin(UUID session, ReintegrationMode mode) {}

          @Override
          public void live() {}

          @Override
          public void inSync() {}
        });
  }

  private static Operation operation(SplittableRandom random) {
    FileId id = new FileId(5, 1 + random.nextInt(6));
    FileId parent = random.nextBoolean() ? FileId.root(0) : new FileId(5, 1 + random.nextInt(6));
    TreePath path = path(random);
    long at = random.nextInt(5_000);
    return switch (random.nextInt(10)) {
      case 0 -> new Operation.Write(id, path, at, ByteBuffer.allocateDirect(20), 1);
      case 1 -> new Operation.Truncate(id, path, at, 1);
      case 2 -> new Operation.Allocate(id, path, Allocation.RESERVE, at, 10, 1);
      case 3, 4 -> new Operation.Create(id, parent, path, file(random), 1);
      case 5 -> new Operation.Link(id, path(random), parent, path, 1);
      case 6 -> new Operation.Remove(id, parent, path, random.nextBoolean(), 1);
      case 7 -> new Operation.Rename(id, parent, path, parent, path(random), FileId.NONE, 1);
      case 8 -> new Operation.SetAttributes(id, path, AttributeChange.permissions(0777), 1);
      default -> {
        String name = random.nextInt(3) == 0 ? "trusted.lockstep.id" : "user.x";
        yield new Operation.SetXattr(id, path, name.getBytes(UTF_8), new byte[16], 1);
      }
    };
  }

  private static NewFile file(SplittableRandom random) {
    return switch (random.nextInt(4)) {
      case 0 -> NewFile.directory(0777, 0, 0);
      case 1 -> NewFile.symlink("../outside".getBytes(UTF_8), 0, 0);
      case 2 -> new NewFile(FileKind.SYMLINK, 0777, 0, 0, 0, "../outside/d".getBytes(UTF_8));
      default -> NewFile.file(0666, 0, 0);
    };
  }

  private static TreePath path(SplittableRandom random) {
    TreePath path = TreePath.root(0).resolve(NAMES[random.nextInt(NAMES.length)]);
    while (random.nextInt(2) == 0) {
      path = path.resolve(NAMES[random.nextInt(NAMES.length)]);
    }
    return path;
  }

  /** Everything outside: names, content, attributes and their times of change. */
  private Map<String, String> look() throws IOException {
    Map<String, String> found = new TreeMap<>();
    try (Stream<Path> all = Files.walk(outside)) {
      for (Path path : all.toList()) {
        String content = Files.isRegularFile(path) ? Files.readString(path) : "";
        found.put(
            path.toString(),
            content
                + Files.readAttributes(
                    path, "unix:mode,ino,ctime,nlink,size", LinkOption.NOFOLLOW_LINKS));
      }
    }
    try (Stream<Path> all = Files.list(temporary)) {
      all.forEach(path -> found.put(path.toString(), ""));
    }
    return found;
  }
}
