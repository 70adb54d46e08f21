package io.lockstep.agent.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.lockstep.agent.split.QuarantineEntry;
import io.lockstep.replicator.model.FileKind;
import io.lockstep.replicator.model.TreePath;
import io.lockstep.replicator.port.Placer;
import io.lockstep.replicator.port.Platform;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Base64;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Files on their way back from quarantine. */
class RestoredFileTest {
  private static final long LONG_AGO_NS = 1_580_608_922_123_456_789L;
  private static final int OWNER = 1234;
  private static final int GROUP = 4321;
  private static final Map<String, String> MIME =
      Map.of("user.mime", Base64.getEncoder().encodeToString("text".getBytes(UTF_8)));

  /** cap_net_raw, permitted and effective. */
  private static final String CAPABLE = "AQAAAgAgAAAAAAAAAAAAAAAAAAA=";

  @TempDir Path home;
  private Placer placer;

  @BeforeEach
  void needs() throws IOException {
    assumeTrue("root".equals(System.getProperty("user.name")), "needs root: it changes owners");
    placer = Platform.here().placer();
  }

  private static QuarantineEntry was(
      FileKind kind, int mode, long device, String target, Map<String, String> xattrs) {
    return new QuarantineEntry(
        "0:/f",
        false,
        kind.name(),
        3,
        mode,
        OWNER,
        GROUP,
        LONG_AGO_NS,
        LONG_AGO_NS - 1,
        1,
        device,
        target,
        xattrs,
        kind == FileKind.FILE ? "x" : null);
  }

  private static QuarantineEntry file() {
    return was(FileKind.FILE, 0640, 0, null, Map.of());
  }

  private RestoredFile below(String path, QuarantineEntry was) throws IOException {
    return RestoredFile.below(placer, home, TreePath.of(0, path), was);
  }

  private void restore(String path, QuarantineEntry was) throws IOException {
    try (RestoredFile file = below(path, was)) {
      assertThat(file.finish()).isEmpty();
    }
  }

  private Object attribute(String path, String name) throws IOException {
    return Files.getAttribute(home.resolve(path), "unix:" + name, LinkOption.NOFOLLOW_LINKS);
  }

  /** Kind with permissions as in st_mode, owner, group and time to the nanosecond. */
  private void assertIs(String path, int mode) throws IOException {
    assertThat((int) attribute(path, "mode")).isEqualTo(mode);
    assertThat(attribute(path, "uid")).isEqualTo(OWNER);
    assertThat(attribute(path, "gid")).isEqualTo(GROUP);
    FileTime modified = (FileTime) attribute(path, "lastModifiedTime");
    assertThat(modified.to(TimeUnit.MICROSECONDS)).isEqualTo(LONG_AGO_NS / 1_000);
  }

  private long files() throws IOException {
    try (Stream<Path> all = Files.list(home)) {
      return all.count();
    }
  }

  @Test
  void getsItsContentAndItsAttributesAtOnce() throws IOException {
    Path target = home.resolve("f");
    try (RestoredFile file =
        RestoredFile.at(placer, target, was(FileKind.FILE, 0640, 0, null, MIME))) {
      file.write("abc".getBytes(UTF_8));
      file.write("def".getBytes(UTF_8));
      assertThat(target).doesNotExist();
      assertThat(file.finish()).isEmpty();
    }
    assertThat(target).hasContent("abcdef");
    assertIs("f", 0100640);
    assertThat(Files.getAttribute(target, "user:mime")).isEqualTo("text".getBytes(UTF_8));
    assertThat(files()).isEqualTo(1);
  }

  @Test
  void everyKindThatMayComeBackIsWhatItWas() throws IOException {
    restore("link", was(FileKind.SYMLINK, 0777, 0, "%FF/etc/passwd", Map.of()));
    assertIs("link", 0120777);
    assertThat(Files.readSymbolicLink(home.resolve("link")).toString()).endsWith("/etc/passwd");
    restore("pipe", was(FileKind.FIFO, 0622, 0, null, Map.of()));
    assertIs("pipe", 0010622);
    restore("null", was(FileKind.CHARACTER_DEVICE, 0666, 0x103, null, Map.of()));
    assertIs("null", 0020666);
    assertThat(attribute("null", "rdev")).isEqualTo(0x103L);
    restore("d", was(FileKind.DIRECTORY, 03751, 0, null, MIME));
    assertIs("d", 0043751);
    restore("d/pipe", was(FileKind.FIFO, 0600, 0, null, Map.of()));
    assertThat(files()).isEqualTo(4);
  }

  @Test
  void whatCannotComeBackSaysWhy() {
    assertThat(RestoredFile.refusal(was(FileKind.SOCKET, 0700, 0, null, Map.of())).orElseThrow())
        .contains("socket");
    QuarantineEntry gone =
        new QuarantineEntry("0:/f", true, null, 0, 0, 0, 0, 0, 0, 0, 0, null, null, null);
    assertThat(RestoredFile.refusal(gone).orElseThrow()).contains("had removed it");
    assertThat(RestoredFile.refusal(file())).isEmpty();
  }

  @Test
  void whatGivesRightsComesBackAsItWas() throws Exception {
    Map<String, String> capable = Map.of("security.capability", CAPABLE);
    try (RestoredFile file = below("f", was(FileKind.FILE, 06755, 0, null, capable))) {
      file.write("abc".getBytes(UTF_8));
      assertThat(file.finish()).isEmpty();
    }
    assertIs("f", 0106755);
    assertThat(home.resolve("f")).hasContent("abc");
    assertThat(capability("f")).isEqualTo(CAPABLE);
    restore("d", was(FileKind.DIRECTORY, 07751, 0, null, Map.of()));
    assertIs("d", 0047751);
  }

  private String capability(String path) throws Exception {
    Process asked =
        new ProcessBuilder(
                "getfattr",
                "--only-values",
                "-n",
                "security.capability",
                home.resolve(path).toString())
            .start();
    byte[] value = asked.getInputStream().readAllBytes();
    assertThat(asked.waitFor()).isZero();
    return Base64.getEncoder().encodeToString(value);
  }

  /** Its owner could hold it open, and change what is given rights next. */
  @Test
  void nobodyReachesItBeforeItIsWhole() throws IOException {
    try (RestoredFile file = below("f", file());
        Stream<Path> all = Files.list(home)) {
      Path only = all.toList().get(0);
      assertThat(only).isDirectory();
      assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(only)))
          .isEqualTo("rwx------");
      assertThat(Files.getAttribute(only, "unix:uid")).isEqualTo(0);
      file.finish();
    }
    assertThat(files()).isEqualTo(1);
  }

  @Test
  void namesOfOneFileAreNamesOfOneFileAgain() throws IOException {
    Files.writeString(home.resolve("g"), "newer");
    try (RestoredFile file = below("f", file())) {
      file.write("abc".getBytes(UTF_8));
      file.finish();
      file.alsoAt(TreePath.of(0, "g"));
    }
    assertThat(home.resolve("g")).hasContent("abc");
    assertThat(attribute("g", "ino")).isEqualTo(attribute("f", "ino"));
    assertThat(files()).isEqualTo(2);
  }

  @Test
  void aDirectoryWithSomethingInItIsNotReplaced() throws IOException {
    Path inside = Files.createDirectory(home.resolve("d")).resolve("inside");
    Files.writeString(inside, "mine");
    try (RestoredFile file = below("d", was(FileKind.DIRECTORY, 0755, 0, null, Map.of()))) {
      assertThatThrownBy(file::finish).hasMessageContaining("a directory with its name is there");
    }
    try (RestoredFile file = below("d", file())) {
      assertThatThrownBy(file::finish).hasMessageContaining("a directory with its name is there");
    }
    assertThat(inside).hasContent("mine");
    assertThat(files()).isEqualTo(1);
  }

  @Test
  void leavesNothingWhenItIsNotFinished() throws IOException {
    try (RestoredFile file = RestoredFile.at(placer, home.resolve("f"), file())) {
      file.write("abc".getBytes(UTF_8));
    }
    below("d", was(FileKind.DIRECTORY, 0755, 0, null, Map.of())).close();
    assertThat(files()).isZero();
  }

  @Test
  void elsewhereReplacesNothing() throws IOException {
    Path target = Files.writeString(home.resolve("f"), "mine");
    try (RestoredFile file = RestoredFile.at(placer, target, file())) {
      assertThatThrownBy(file::finish).hasMessageContaining("exists already");
    }
    assertThat(target).hasContent("mine");
    assertThat(files()).isEqualTo(1);
  }

  @Test
  void withoutTheMountNothingIsWritten() throws IOException {
    assertThatThrownBy(() -> RestoredFile.inTree(placer, home, TreePath.of(0, "f"), file()))
        .hasMessageContaining("is not mounted for the application");
    assertThat(files()).isZero();
  }

  @Test
  void noSymbolicLinkLeadsItElsewhere() throws IOException {
    Path outside = Files.createDirectory(home.resolve("outside"));
    Path root = Files.createDirectory(home.resolve("root"));
    Files.createSymbolicLink(root.resolve("d"), outside);
    Files.createDirectory(root.resolve("real"));
    assertThatThrownBy(() -> below("root/d/f", file())).isInstanceOf(IOException.class);
    assertThatThrownBy(() -> below("root/gone/f", file()))
        .hasMessageContaining("is not there any more");
    try (Stream<Path> all = Files.list(outside)) {
      assertThat(all).isEmpty();
    }
    Files.createSymbolicLink(root.resolve("real/f"), outside.resolve("victim"));
    try (RestoredFile file = below("root/real/f", file())) {
      file.write("abc".getBytes(UTF_8));
      file.finish();
    }
    assertThat(root.resolve("real/f")).isRegularFile().hasContent("abc");
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(root.resolve("real/f"))))
        .isEqualTo("rw-r-----");
    assertThat(outside.resolve("victim")).doesNotExist();
  }
}
