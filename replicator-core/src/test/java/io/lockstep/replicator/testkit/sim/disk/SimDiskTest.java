package io.lockstep.replicator.testkit.sim.disk;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.lockstep.replicator.port.Disk.DiskFile;
import io.lockstep.replicator.port.Disk.Held;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/** What the simulated disk under Lockstep's own files keeps, and one test for each way to fail. */
class SimDiskTest {
  private static final int SEEDS = 200;
  private static final Path DIRECTORY = Path.of("/var/lib/own");
  private static final Path A = DIRECTORY.resolve("a");
  private static final Path B = DIRECTORY.resolve("b");

  /** What a test does to a disk with one durable directory, and what it then looks at. */
  private interface Story {
    String tell(SimDisk disk) throws IOException;
  }

  private static Set<String> endings(Story story) throws IOException {
    Set<String> endings = new TreeSet<>();
    for (int seed = 0; seed < SEEDS; seed++) {
      endings.add(story.tell(fresh(seed)));
    }
    return endings;
  }

  private static SimDisk fresh(long seed) throws IOException {
    SimDisk disk = new SimDisk(new SplittableRandom(seed));
    disk.createDirectories(DIRECTORY);
    return disk;
  }

  @Test
  void readsBackWhatWasWritten() throws IOException {
    SimDisk disk = fresh(1);
    try (DiskFile file = disk.open(A, true)) {
      ByteBuffer bytes = bytes("hello");
      file.write(bytes, 5000);
      assertThat(bytes.hasRemaining()).isFalse();
      assertThat(file.size()).isEqualTo(5005);
      ByteBuffer into = ByteBuffer.allocate(10);
      assertThat(file.read(into, 4998)).isEqualTo(7);
      assertThat(into.position()).isEqualTo(7);
      assertThat(into.get(2)).isEqualTo((byte) 'h');
      assertThat(file.read(ByteBuffer.allocate(1), 5005)).isEqualTo(-1);
      file.setSize(2);
      assertThat(file.size()).isEqualTo(2);
    }
    disk.open(B, true).close();
    assertThat(disk.list(DIRECTORY)).containsExactly(A, B);
    disk.replace(B, A);
    disk.delete(B);
    assertThat(disk.exists(B)).isFalse();
    assertThat(disk.list(DIRECTORY)).containsExactly(A);
    assertThatThrownBy(() -> disk.open(B, false)).isInstanceOf(NoSuchFileException.class);
    assertThatThrownBy(() -> disk.open(DIRECTORY.resolve("no/c"), true))
        .isInstanceOf(NoSuchFileException.class);
  }

  @Test
  void aForcedFileIsLostWithoutItsDirectory() throws IOException {
    Set<String> endings =
        endings(
            disk -> {
              write(disk, A, "forced", true);
              disk.powerLoss();
              return disk.exists(A) ? content(disk, A) : "lost";
            });
    assertThat(endings).containsExactly("forced", "lost");
  }

  @Test
  void aForcedFileInAForcedDirectoryStays() throws IOException {
    Set<String> endings =
        endings(
            disk -> {
              write(disk, A, "forced", true);
              disk.forceDirectory(DIRECTORY);
              disk.powerLoss();
              return content(disk, A);
            });
    assertThat(endings).containsExactly("forced");
  }

  @Test
  void aNameIsDurableBeforeItsContentIs() throws IOException {
    Set<String> endings =
        endings(
            disk -> {
              write(disk, A, "x".repeat(5000), false);
              disk.forceDirectory(DIRECTORY);
              disk.powerLoss();
              return "" + content(disk, A).length();
            });
    assertThat(endings).contains("0", "5000", "4096");
  }

  @Test
  void aReplacedFileIsTheOldOrTheNewAndTheNewOnReturn() throws IOException {
    Set<String> endings =
        endings(
            disk -> {
              write(disk, A, "old", true);
              disk.forceDirectory(DIRECTORY);
              write(disk, B, "new", true);
              disk.replace(B, A);
              disk.powerLoss();
              return content(disk, A) + disk.exists(B);
            });
    assertThat(endings).containsExactly("newfalse");
  }

  @Test
  void aReplacementThatWasNotForcedMayBeEmpty() throws IOException {
    Set<String> endings =
        endings(
            disk -> {
              write(disk, A, "old", true);
              disk.forceDirectory(DIRECTORY);
              write(disk, B, "new", false);
              disk.replace(B, A);
              disk.powerLoss();
              return content(disk, A);
            });
    assertThat(endings).containsExactly("", "new");
  }

  @Test
  void aDeletedFileMayComeBackUntilTheDirectoryIsForced() throws IOException {
    for (boolean forced : new boolean[] {false, true}) {
      Set<String> endings =
          endings(
              disk -> {
                write(disk, A, "x", true);
                disk.forceDirectory(DIRECTORY);
                disk.delete(A);
                if (forced) {
                  disk.forceDirectory(DIRECTORY);
                }
                disk.powerLoss();
                return "" + disk.exists(A);
              });
      assertThat(endings).isEqualTo(forced ? Set.of("false") : Set.of("false", "true"));
    }
  }

  @Test
  void namesAreLostInTheirOrder() throws IOException {
    Set<String> endings =
        endings(
            disk -> {
              disk.open(A, true).close();
              disk.open(B, true).close();
              disk.powerLoss();
              return "" + disk.list(DIRECTORY).size() + disk.exists(A);
            });
    assertThat(endings).containsExactly("0false", "1true", "2true");
  }

  @Test
  void anUnforcedOverwriteIsTorn() throws IOException {
    Set<String> endings =
        endings(
            disk -> {
              write(disk, A, "o".repeat(1024), true);
              disk.forceDirectory(DIRECTORY);
              write(disk, A, "n".repeat(1024), false);
              disk.powerLoss();
              String content = content(disk, A);
              assertThat(content.substring(1, 512)).isEqualTo(content.substring(0, 511));
              return "" + content.charAt(0) + content.charAt(512);
            });
    assertThat(endings).containsExactly("nn", "no", "on", "oo");
  }

  @Test
  void anUnforcedSizeIsTheOldOrTheNew() throws IOException {
    Set<String> endings =
        endings(
            disk -> {
              write(disk, A, "x".repeat(100), true);
              disk.forceDirectory(DIRECTORY);
              try (DiskFile file = disk.open(A, false)) {
                file.setSize(7);
                file.setSize(300);
              }
              disk.powerLoss();
              return content(disk, A).length() + "";
            });
    assertThat(endings).containsExactly("100", "300", "7");
  }

  @Test
  void aProcessCrashKeepsWhatWasNotForced() throws IOException {
    SimDisk disk = fresh(3);
    DiskFile open = disk.open(A, true);
    open.write(bytes("x"), 0);
    disk.processCrash();
    assertThat(content(disk, A)).isEqualTo("x");
    assertThatThrownBy(() -> open.write(bytes("y"), 0)).isInstanceOf(IOException.class);
  }

  @Test
  void aFailedForceLosesWhatIsStillRead() throws IOException {
    SimDisk disk = fresh(3);
    write(disk, A, "old", true);
    disk.forceDirectory(DIRECTORY);
    try (DiskFile file = disk.open(A, false)) {
      file.write(bytes("new"), 0);
      disk.failForces(1);
      assertThatThrownBy(file::force).hasMessageContaining("Input/output error");
      file.force();
    }
    assertThat(content(disk, A)).isEqualTo("new");
    disk.powerLoss();
    assertThat(content(disk, A)).isEqualTo("old");
  }

  @Test
  void aFullDiskSaysSo() throws IOException {
    SimDisk disk = fresh(3);
    disk.open(A, true).close();
    disk.fullAfter(Page.BYTES);
    assertThat(disk.usableBytes(DIRECTORY)).isEqualTo(Page.BYTES);
    assertThatThrownBy(() -> write(disk, A, "x".repeat(5000), false))
        .hasMessageContaining("No space left on device");
    assertThat(disk.usableBytes(DIRECTORY)).isZero();
    assertThatThrownBy(() -> disk.open(B, true)).hasMessageContaining("No space left on device");
    disk.roomAgain();
    write(disk, A, "x".repeat(5000), false);
  }

  @Test
  void aFlippedBitIsReadAndStays() throws IOException {
    SimDisk disk = fresh(3);
    write(disk, A, "aaaa", true);
    disk.forceDirectory(DIRECTORY);
    assertThat(disk.flipBit(A, 2, 1)).isTrue();
    assertThat(content(disk, A)).isEqualTo("aaca");
    disk.powerLoss();
    assertThat(content(disk, A)).isEqualTo("aaca");
    assertThat(disk.flipBit(A, 4, 1)).isFalse();
    write(disk, A, "bbbb", true);
    assertThat(content(disk, A)).isEqualTo("bbbb");
  }

  @Test
  void newDirectoriesAreDurable() throws IOException {
    for (int seed = 0; seed < SEEDS; seed++) {
      SimDisk disk = fresh(seed);
      disk.createDirectories(DIRECTORY.resolve("x/y"));
      disk.powerLoss();
      assertThat(disk.list(DIRECTORY.resolve("x"))).containsExactly(DIRECTORY.resolve("x/y"));
    }
  }

  @Test
  void aLockIsHeldUntilItIsGivenBackOrItsOwnerDies() throws IOException {
    SimDisk disk = fresh(3);
    Held first = disk.lock(A);
    assertThatThrownBy(() -> disk.lock(A)).hasMessageContaining("held");
    first.close();
    Held second = disk.lock(A);
    disk.processCrash();
    Held third = disk.lock(A);
    second.close();
    assertThatThrownBy(() -> disk.lock(A)).hasMessageContaining("held");
    third.close();
    disk.lock(A).close();
  }

  @Test
  void theHookSeesEveryCall() throws IOException {
    SimDisk disk = fresh(3);
    Set<SimDisk.Call> seen = EnumSet.noneOf(SimDisk.Call.class);
    disk.hook((call, path) -> seen.add(call));
    readAndWriteAll(disk);
    assertThat(seen).containsExactlyInAnyOrder(SimDisk.Call.values());
  }

  private static void readAndWriteAll(SimDisk disk) throws IOException {
    write(disk, B, "x", true);
    content(disk, B);
    try (DiskFile file = disk.open(B, false)) {
      file.setSize(0);
    }
    disk.replace(B, A);
    disk.exists(A);
    disk.delete(A);
    disk.createDirectories(DIRECTORY);
    disk.isDirectory(DIRECTORY);
    disk.lock(A).close();
    disk.usableBytes(DIRECTORY);
    disk.list(DIRECTORY);
  }

  private static void write(SimDisk disk, Path path, String text, boolean force)
      throws IOException {
    try (DiskFile file = disk.open(path, true)) {
      file.write(bytes(text), 0);
      if (force) {
        file.force();
      }
    }
  }

  private static String content(SimDisk disk, Path path) throws IOException {
    try (DiskFile file = disk.open(path, false)) {
      ByteBuffer into = ByteBuffer.allocate((int) file.size());
      file.read(into, 0);
      return new String(into.array(), StandardCharsets.ISO_8859_1);
    }
  }

  private static ByteBuffer bytes(String text) {
    return ByteBuffer.wrap(text.getBytes(StandardCharsets.ISO_8859_1));
  }
}
