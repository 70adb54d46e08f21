package io.lockstep.agent.split;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.lockstep.replicator.execution.SystemDisk;
import io.lockstep.replicator.model.AttributeChange;
import io.lockstep.replicator.model.Generation;
import io.lockstep.replicator.model.NewFile;
import io.lockstep.replicator.model.TreePath;
import io.lockstep.replicator.port.Disk;
import io.lockstep.replicator.testkit.sim.disk.SimDisk;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The losing side's versions, copied aside. */
class QuarantineTest {
  private static final long ROOM = 1 << 20;
  private static final int MOST_CALLS = 400;

  @TempDir Path home;
  private final SplitTree tree = new SplitTree();
  private final Disk disk = new SystemDisk();

  private static byte[] bytes(String latin) {
    return latin.getBytes(StandardCharsets.ISO_8859_1);
  }

  private static List<Path> files(Path at) throws IOException {
    try (Stream<Path> all = Files.walk(at)) {
      return all.filter(Files::isRegularFile).filter(p -> !p.endsWith("index.json")).toList();
    }
  }

  @Test
  void noTwoFilesShareACopyAndEveryOneIsInTheIndex() throws IOException {
    for (String name :
        List.of("plain", "x%FF", "x\u00ff", "a b", "line\nbreak", "\u00fe".repeat(255))) {
      tree.file(TreePath.of(0, bytes(name)), "of " + name, 1);
    }
    tree.file("\u00fcber", "of umlaut");

    Path made = tree.quarantine(disk, home, ROOM);
    Map<String, QuarantineEntry> entries = SplitTree.entries(disk, made);
    assertThat(files(made)).hasSize(7).allMatch(copy -> copy.startsWith(made));
    assertThat(entries).hasSize(7).containsKeys("0:/x%25FF", "0:/x%FF", "0:/line%0Abreak");
    assertThat(entries.get("0:/plain").copy()).isEqualTo("directory-0/plain");
    assertThat(entries.get("0:/x%FF").copy()).startsWith("numbered/");
    assertThat(SplitTree.content(disk, made.resolve(entries.get("0:/x%25FF").copy())))
        .isEqualTo("of x%FF");
    assertThat(SplitTree.content(disk, made.resolve(entries.get("0:/x%FF").copy())))
        .isEqualTo("of x\u00ff");
  }

  @Test
  void aPathThatWouldBeTooLongBelowAnotherDirectoryIsKeptAllTheSame() throws IOException {
    TreePath path = TreePath.root(0);
    for (int i = 0; i < 16; i++) {
      path = path.resolve("d".repeat(250));
      if (i < 15) {
        tree.store.create(path, NewFile.directory(0755, 0, 0), tree.next(1));
      }
    }
    tree.file(path, "deep", 1);
    Path made = tree.quarantine(disk, home, ROOM);
    assertThat(Files.readString(made.resolve("numbered/1"))).isEqualTo("deep");
    assertThat(SplitTree.entries(disk, made).get(PathText.of(path)).copy()).isEqualTo("numbered/1");
  }

  @Test
  void keepsAttributesLinksAndHoles() throws IOException {
    TreePath file = tree.file("f", "head");
    tree.write(file, "tail", 1 << 20);
    tree.store.setXattr(file, bytes("user.x"), bytes("v\u00ff"));
    tree.store.setAttributes(file, AttributeChange.modified(1_234_567_890_123_456_789L));
    tree.store.link(file, TreePath.of(0, "g"));
    tree.store.create(
        TreePath.of(0, "out"), NewFile.symlink(bytes("../../etc/passwd"), 3, 4), tree.next(1));

    Path made = tree.quarantine(disk, home, ROOM);
    Map<String, QuarantineEntry> entries = SplitTree.entries(disk, made);
    QuarantineEntry kept = entries.get("0:/f");
    assertThat(kept.mode()).isEqualTo(0644);
    assertThat(kept.links()).isEqualTo(2);
    assertThat(kept.modifiedNs()).isEqualTo(1_234_567_890_123_456_789L);
    assertThat(kept.xattrs())
        .containsExactlyEntriesOf(
            Map.of("user.x", Base64.getEncoder().encodeToString(bytes("v\u00ff"))));
    assertThat(entries.get("0:/g").copy()).isEqualTo(kept.copy());
    assertThat(SplitTree.content(disk, made.resolve(kept.copy())))
        .hasSize((1 << 20) + 4)
        .startsWith("head\0")
        .endsWith("\0tail");
    QuarantineEntry link = entries.get("0:/out");
    assertThat(link.kind()).isEqualTo("SYMLINK");
    assertThat(link.target()).isEqualTo("../../etc/passwd");
    assertThat(link.owner()).isEqualTo(3);
    try (Stream<Path> all = Files.walk(made)) {
      assertThat(all).noneMatch(Files::isSymbolicLink);
    }
    assertThat(QuarantineIndex.head(disk, made).bytes()).isLessThan(100_000);
  }

  @Test
  void isForItsOwnerAlone() throws IOException {
    tree.file("secret", "1");
    Path shelf = home.resolve("quarantine");
    tree.quarantine(disk, shelf, ROOM);
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(shelf)))
        .isEqualTo("rwx------");
  }

  /** Killed, or without power, at any call to the disk: none, or all of it, and then all. */
  @Test
  void isWholeWhereverItWasInterrupted() throws IOException {
    for (int i = 0; i < 5; i++) {
      tree.file("f" + i, "content " + i);
    }
    Path shelf = Path.of("/state/desk/quarantine");
    boolean finished = false;
    int struck = 0;
    for (int call = 1; !finished; call++) {
      assertThat(call).isLessThan(MOST_CALLS);
      for (boolean power : new boolean[] {false, true}) {
        SimDisk sim = new SimDisk(new Random(call));
        finished = !interrupted(sim, shelf, call);
        struck += finished ? 0 : 1;
        if (power) {
          sim.powerLoss();
        } else {
          sim.processCrash();
        }
        QuarantineShelf kept = new QuarantineShelf(sim, shelf);
        if (kept.of(SplitTree.LOST).isPresent()) {
          assertWhole(sim, kept.of(SplitTree.LOST).get());
        } else {
          assertThat(finished).isFalse();
          assertWhole(sim, tree.quarantine(sim, shelf, ROOM));
        }
        assertThat(kept.list()).hasSize(1);
      }
    }
    assertThat(struck).isGreaterThan(40);
  }

  private boolean interrupted(SimDisk sim, Path shelf, int at) {
    AtomicInteger left = new AtomicInteger(at);
    sim.hook(
        (call, path) -> {
          if (left.decrementAndGet() <= 0 && call != SimDisk.Call.CLOSE) {
            throw new IOException("struck");
          }
        });
    try {
      tree.quarantine(sim, shelf, ROOM);
      return false;
    } catch (IOException e) {
      return true;
    } finally {
      sim.hook((call, path) -> {});
    }
  }

  private static void assertWhole(Disk at, Path made) throws IOException {
    Map<String, QuarantineEntry> entries = SplitTree.entries(at, made);
    assertThat(entries).hasSize(5);
    for (int i = 0; i < 5; i++) {
      assertThat(SplitTree.content(at, made.resolve(entries.get("0:/f" + i).copy())))
          .isEqualTo("content " + i);
    }
  }

  @Test
  void refusesWhatDoesNotFitBeforeItCopiesAnything() throws IOException {
    tree.file("big", "x".repeat(10_000));
    assertThatThrownBy(() -> tree.quarantine(disk, home, 9_000))
        .hasMessageContaining("10000 bytes")
        .hasMessageContaining("0 of 9000 are held")
        .hasMessageContaining("split.quarantine.quota");
    assertThat(files(home)).isEmpty();
    assertThat(new QuarantineRoom(100, 0, 50, 20).refusal(31).orElseThrow())
        .contains("make room there");
    assertThat(new QuarantineRoom(100, 0, 50, 20).refusal(30)).isEmpty();
    assertThat(new QuarantineRoom(100, 71, 50, 20).refusal(30).orElseThrow())
        .contains("71 of 100 are held");
  }

  @Test
  void endsWhenItIsNotWantedAnyMore() throws IOException {
    tree.file("f", "1");
    QuarantineShelf shelf = new QuarantineShelf(disk, home);
    assertThatThrownBy(
            () ->
                shelf.make(
                    tree.store,
                    new QuarantineShelf.Branch(
                        "desk", "desk-b", SplitTree.LOST, SplitTree.KEPT, 0, tree.all()),
                    ROOM,
                    0,
                    Instant.EPOCH,
                    () -> false))
        .hasMessageContaining("given up");
    assertThat(shelf.list()).isEmpty();
    assertThat(shelf.of(SplitTree.LOST)).isEmpty();
  }

  @Test
  void isDeletedWhenItsRetentionIsOver() throws IOException {
    tree.file("f", "1");
    QuarantineShelf shelf = new QuarantineShelf(disk, home);
    String id = tree.quarantine(disk, home, ROOM).getFileName().toString();
    Duration day = Duration.ofDays(1);
    Instant later = Instant.EPOCH.plus(day).plusMillis(1);
    assertThat(shelf.expire(Duration.ZERO, later, Generation.NONE)).isEmpty();
    assertThat(shelf.expire(day, later.minusMillis(1), Generation.NONE)).isEmpty();
    assertThat(shelf.expire(day, later, SplitTree.LOST)).isEmpty();
    assertThat(shelf.find("..")).isEmpty();
    assertThat(shelf.discard("../" + home.getFileName())).isFalse();
    assertThat(shelf.find(id)).isPresent();
    assertThat(shelf.expire(day, later, Generation.NONE)).containsExactly(id);
    assertThat(shelf.list()).isEmpty();
    assertThat(files(home)).isEmpty();
  }
}
