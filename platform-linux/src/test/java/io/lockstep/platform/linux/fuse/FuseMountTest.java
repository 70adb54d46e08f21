package io.lockstep.platform.linux.fuse;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.lockstep.platform.linux.syscall.Architecture;
import io.lockstep.platform.linux.syscall.Errno;
import io.lockstep.platform.linux.syscall.Libc;
import io.lockstep.platform.linux.syscall.NativeMemory;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.UserDefinedFileAttributeView;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** The life of a mount, and what files do that only a program sees. */
class FuseMountTest extends OnMount {
  @Test
  void readsBackWhatWasWritten() throws Exception {
    Path file = mounted.at.resolve("file");
    Files.writeString(file, "hello");
    assertThat(Files.readString(file)).isEqualTo("hello");
    sh("mkdir -p a/b; mv file a/b/moved; sync a/b/moved; sync a/b");
    assertThat(sh("ls a/b; cat a/b/moved")).isEqualTo("moved\nhello");
    mounted.close();
    assertThat(Files.readString(mounted.at.resolve("a/b/moved"))).isEqualTo("hello");
  }

  @Test
  void mappedStoresReachTheVolume() throws Exception {
    Path file = mounted.at.resolve("mapped");
    Files.write(file, new byte[8192]);
    try (FileChannel channel =
        FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
      MappedByteBuffer map = channel.map(FileChannel.MapMode.READ_WRITE, 0, 8192);
      map.put(5000, (byte) 'm');
      map.force();
      assertThat(mounted.sequencer.forces.get()).isPositive();
      map.put(5001, (byte) 'n');
    }
    mounted.close();
    byte[] bytes = Files.readAllBytes(file);
    assertThat(new String(bytes, 5000, 2, StandardCharsets.US_ASCII)).isEqualTo("mn");
  }

  @Test
  void exchangesNames() throws Exception {
    sh("echo 1 > a; mkdir b; echo 2 > b/f");
    assertThat(renameat2("a", "b", 2)).isZero();
    assertThat(sh("cat b; cat a/f")).isEqualTo("1\n2");
    assertThat(renameat2("a", "b", 1)).isEqualTo(Errno.EEXIST);
    assertThat(renameat2("a", "c", 1)).isZero();
    assertThat(renameat2("c", "d", 4)).isEqualTo(Errno.EINVAL);
  }

  private int renameat2(String from, String to, int flags) {
    ByteBuffer a = c(mounted.at.resolve(from).toString());
    ByteBuffer b = c(mounted.at.resolve(to).toString());
    return Libc.errno(
        Libc.syscall(
            Architecture.RENAMEAT2,
            Libc.AT_FDCWD,
            NativeMemory.address(a),
            Libc.AT_FDCWD,
            NativeMemory.address(b),
            flags,
            0));
  }

  private static ByteBuffer c(String text) {
    byte[] bytes = FuseSystem.c(text);
    return NativeMemory.allocate(bytes.length).put(0, bytes);
  }

  private int setXattr(Path path, String name, byte[] value, int flags) {
    ByteBuffer data = NativeMemory.allocate(value.length).put(0, value);
    return Libc.errno(
        Libc.lsetxattr(
            NativeMemory.address(c(path.toString())),
            NativeMemory.address(c(name)),
            NativeMemory.address(data),
            value.length,
            flags));
  }

  @Test
  void extendedAttributes() throws Exception {
    Path file = Files.createFile(mounted.at.resolve("f"));
    UserDefinedFileAttributeView view =
        Files.getFileAttributeView(file, UserDefinedFileAttributeView.class);
    assertThat(setXattr(file, "user.a", new byte[] {1, 2}, 2)).isEqualTo(Errno.ENODATA);
    assertThat(setXattr(file, "user.a", new byte[] {1, 2}, 1)).isZero();
    assertThat(setXattr(file, "user.a", new byte[] {1, 2}, 1)).isEqualTo(17);
    assertThat(view.list()).containsExactly("a");
    assertThat(view.size("a")).isEqualTo(2);
    view.delete("a");
    assertThat(view.list()).isEmpty();
  }

  @Test
  void defaultAclTakesThePlaceOfTheUmask() throws Exception {
    Path parent = Files.createDirectory(mounted.at.resolve("d"));
    ByteBuffer acl = ByteBuffer.allocate(4 + 5 * 8).order(ByteOrder.LITTLE_ENDIAN).putInt(2);
    int[][] entries = {{1, 7, -1}, {2, 7, 1234}, {4, 5, -1}, {16, 7, -1}, {32, 0, -1}};
    for (int[] entry : entries) {
      acl.putShort((short) entry[0]).putShort((short) entry[1]).putInt(entry[2]);
    }
    sh("chmod 755 .; umask 077; touch plain");
    assertThat(setXattr(parent, "system.posix_acl_default", acl.array(), 0)).isZero();
    sh("umask 077; touch d/f; mkdir d/s; touch d/s/g; chmod o+x d");
    assertThat(sh("stat -c %a plain d/f d/s d/s/g")).isEqualTo("600\n660\n770\n660");
    sh("setpriv --reuid 1234 --regid 1234 --clear-groups sh -c 'echo allowed >> d/f'");
    sh("! setpriv --reuid 1235 --regid 1235 --clear-groups cat d/f 2>/dev/null");
    assertThat(sh("cat d/f")).isEqualTo("allowed");
  }

  @Test
  void synchronousWritesAreForcedOnce() throws Exception {
    int before = mounted.sequencer.forces.get();
    sh("dd if=/dev/zero of=f bs=4k count=10 oflag=dsync status=none");
    assertThat(mounted.sequencer.forces.get() - before).isZero();
  }

  @Test
  void abortFreesWhoHangs() throws Exception {
    Files.writeString(mounted.at.resolve("f"), "before");
    mounted.sequencer.hang();
    Process stuck =
        new ProcessBuilder("sh", "-c", "echo hang >> f").directory(mounted.at.toFile()).start();
    await().until(() -> mounted.sequencer.waiting.get() == 1);
    mounted.mount.abort();
    assertThat(stuck.waitFor(10, TimeUnit.SECONDS)).isTrue();
    assertThat(stuck.exitValue()).isNotZero();
    mounted.sequencer.goOn();
    await().until(() -> !mounted.mount.alive());
  }

  @Test
  void syncsThatHangLeaveWorkersForReaders() throws Exception {
    Files.writeString(mounted.at.resolve("f"), "x".repeat(100_000));
    sh("for i in $(seq 40); do echo $i > $i; done");
    mounted.sequencer.hang();
    Process syncs =
        new ProcessBuilder("sh", "-c", "for i in $(seq 40); do sync $i & done; wait")
            .directory(mounted.at.toFile())
            .start();
    await().until(() -> mounted.sequencer.waiting.get() >= 20);
    assertThat(sh("dd if=f iflag=direct bs=4096 status=none | wc -c; ls | wc -l"))
        .isEqualTo("100000\n41");
    mounted.sequencer.goOn();
    assertThat(syncs.waitFor(20, TimeUnit.SECONDS)).isTrue();
  }

  @Test
  void unmountsUnderLoad() throws Exception {
    Process load =
        new ProcessBuilder("sh", "-c", "i=0; while echo $i > load$((i % 50)); do i=$((i+1)); done")
            .directory(mounted.at.toFile())
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .start();
    await().until(() -> Files.exists(mounted.at.resolve("load49")));
    mounted.mount.unmount(100);
    assertThat(FuseConnections.at(mounted.at)).isEmpty();
    assertThat(mounted.mount.alive()).isFalse();
    load.destroyForcibly().waitFor();
    await().until(() -> !mounted.mount.serving());
  }
}
