package io.lockstep.agent.node;

import static org.assertj.core.api.Assertions.assertThat;

import io.lockstep.replicator.execution.SystemDisk;
import io.lockstep.replicator.model.FileId;
import io.lockstep.replicator.model.NewFile;
import io.lockstep.replicator.model.TreePath;
import io.lockstep.replicator.port.FileStore;
import io.lockstep.replicator.port.OpenFile;
import io.lockstep.replicator.reintegration.Touched;
import io.lockstep.replicator.testkit.sim.disk.SimStore;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Names that a file here cannot have, or that look like another's, in the copies of a split. */
class SetAsideTest {
  @TempDir Path home;
  private final SimStore store = new SimStore();
  private long ids;

  private TreePath file(byte[]... names) throws IOException {
    TreePath path = TreePath.root(0);
    for (int i = 0; i < names.length; i++) {
      path = path.resolve(names[i]);
      boolean last = i == names.length - 1;
      store.create(
          path,
          last ? NewFile.file(0644, 0, 0) : NewFile.directory(0755, 0, 0),
          new FileId(1, ++ids));
    }
    try (OpenFile open = store.open(path, FileStore.Access.WRITE)) {
      store.write(open, ByteBuffer.allocateDirect(8).putLong(ids).flip(), 0);
    }
    return path;
  }

  private static byte[] bytes(String latin) {
    return latin.getBytes(StandardCharsets.ISO_8859_1);
  }

  private Path keep() throws IOException {
    return SetAside.keep(
        new SystemDisk(), Instant.EPOCH, store, List.of(new Touched.Everything()), home);
  }

  private static List<Path> files(Path aside) throws IOException {
    try (Stream<Path> all = Files.walk(aside)) {
      return all.filter(Files::isRegularFile).filter(p -> !p.endsWith("INDEX")).toList();
    }
  }

  @Test
  void noTwoFilesShareACopyAndEveryOneIsInTheIndex() throws IOException {
    file(bytes("plain"));
    file(bytes("x%FF"));
    file(bytes("x\u00ff"));
    file(bytes("a b"));
    file(bytes("line\nbreak 0: forged FILE 9 bytes"));
    file(bytes("\u00fe".repeat(255)));
    file("\u00fcber".getBytes(StandardCharsets.UTF_8));

    Path aside = keep();
    List<Path> copies = files(aside);
    assertThat(copies).hasSize(7).allMatch(copy -> copy.startsWith(aside));
    assertThat(copies.stream().map(SetAsideTest::content).distinct()).hasSize(7);
    assertThat(aside.resolve("directory-0/x%FF")).exists();
    assertThat(Files.readAllLines(aside.resolve("INDEX")))
        .hasSize(7)
        .anyMatch(line -> line.startsWith("0:/line%0Abreak 0: forged"))
        .anyMatch(line -> line.startsWith("0:/x%25FF FILE 8 bytes"))
        .anyMatch(
            line -> line.startsWith("0:/x%FF FILE 8 bytes") && line.contains(", as numbered/"));
  }

  private static long content(Path file) {
    try {
      return ByteBuffer.wrap(Files.readAllBytes(file)).getLong();
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  @Test
  void aPathThatWouldBeTooLongBelowAnotherDirectoryIsKeptAllTheSame() throws IOException {
    byte[][] names = new byte[16][];
    for (int i = 0; i < names.length; i++) {
      names[i] = bytes("d".repeat(250));
    }
    TreePath deep = file(names);
    Path aside = keep();
    assertThat(deep.bytes().length).isGreaterThan(4_000);
    assertThat(aside.resolve("numbered/1")).exists();
    assertThat(Files.readString(aside.resolve("INDEX"))).contains(", as numbered/1");
  }
}
