package io.lockstep.platform.linux.mount;

import static org.assertj.core.api.Assertions.assertThat;

import io.lockstep.platform.linux.syscall.Errno;
import io.lockstep.platform.linux.syscall.Libc;
import io.lockstep.platform.linux.syscall.NativeMemory;
import io.lockstep.platform.linux.syscall.Scratch;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/** A mount of the interceptor's type whose server never answers, until it dies. */
record DeadMount(int device) {
  /** What a killed agent leaves behind. */
  static void put(Path directory) {
    hanging(directory).die();
  }

  static DeadMount hanging(Path directory) {
    int flags = Libc.O_RDWR | Libc.O_CLOEXEC;
    int device = Libc.openat(Libc.AT_FDCWD, Scratch.get().path(0, "/dev/fuse"), flags, 0);
    assertThat(Libc.errno(device)).isZero();
    ByteBuffer texts = NativeMemory.allocate(4096);
    long source = text(texts, 0, "lockstep");
    long target = text(texts, 64, directory.toString());
    long type = text(texts, 2048, Covers.FUSE_TYPE);
    long data = text(texts, 3072, "fd=" + device + ",rootmode=40000,user_id=0,group_id=0");
    int errno = Libc.errno(Libc.mount(source, target, type, 0, data));
    assertThat(errno).as(() -> Errno.text(errno)).isZero();
    assertThat(texts.get(0)).isEqualTo((byte) 'l');
    return new DeadMount(device);
  }

  private static long text(ByteBuffer into, int at, String text) {
    into.put(at, text.getBytes(StandardCharsets.UTF_8));
    return NativeMemory.address(into) + at;
  }

  /** Closes the device, as the end of its server would. */
  void die() {
    Libc.close(device);
  }
}
