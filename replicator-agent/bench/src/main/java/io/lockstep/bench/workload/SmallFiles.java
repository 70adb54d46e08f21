package io.lockstep.bench.workload;

import com.sun.jna.LastErrorException;
import com.sun.jna.Native;
import io.lockstep.bench.Cell;
import io.lockstep.bench.subject.Subject;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;

/**
 * Many small files: each created, written and closed; then each looked at; then each renamed; then
 * each removed. By system calls, one after the other.
 */
public final class SmallFiles implements Workload {
  private static final int O_WRONLY = 1;
  private static final int O_CREAT = 0x40;
  private static final int O_EXCL = 0x80;
  private static final int BYTES = 4096;
  private static final int WARM_UP = 200;
  private static final int STAT_ROUNDS = 5;
  private static final int AT_FDCWD = -100;
  private static final int BASIC_STATS = 0x7ff;
  private static final int STATX_BYTES = 256;

  static {
    Native.register(SmallFiles.class, "c");
  }

  private final int files;
  private final boolean removes;

  private SmallFiles(int files, boolean removes) {
    this.files = files;
    this.removes = removes;
  }

  /** With that many files. */
  public SmallFiles(int files) {
    this(files, true);
  }

  /** The same, but that all of them stay. */
  public static SmallFiles made(int files) {
    return new SmallFiles(files, false);
  }

  private static native int open(byte[] path, int flags, int mode) throws LastErrorException;

  private static native long write(int fd, byte[] bytes, long count) throws LastErrorException;

  private static native int close(int fd) throws LastErrorException;

  private static native int statx(int directory, byte[] path, int flags, int mask, byte[] into)
      throws LastErrorException;

  private static native int rename(byte[] from, byte[] to) throws LastErrorException;

  private static native int unlink(byte[] path) throws LastErrorException;

  @Override
  public List<String> names() {
    return List.of("create", "stat", "rename", "unlink");
  }

  private static byte[] c(Path place, String name) {
    byte[] bytes = place.resolve(name).toString().getBytes(StandardCharsets.UTF_8);
    return Arrays.copyOf(bytes, bytes.length + 1);
  }

  private interface Call {
    void on(int index);
  }

  private static Latencies time(int count, Call call) {
    Latencies latencies = new Latencies(count);
    for (int i = 0; i < count; i++) {
      long before = System.nanoTime();
      call.on(i);
      long now = System.nanoTime();
      latencies.add(now - before, now);
    }
    return latencies;
  }

  private static void create(byte[] path, byte[] content) {
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL, 0644);
    if (write(fd, content, content.length) != content.length) {
      throw new IllegalStateException("a write was done in part only");
    }
    close(fd);
  }

  @Override
  public List<Cell> run(Subject subject, Path place) {
    byte[][] names = new byte[files][];
    byte[][] renamed = new byte[files][];
    for (int i = 0; i < files; i++) {
      names[i] = c(place, "file-" + i);
      renamed[i] = c(place, "renamed-" + i);
    }
    byte[] content = new byte[BYTES];
    byte[] status = new byte[STATX_BYTES];
    // They are removed with the rest: ext4 would look at each freed inode for every file made here.
    for (int i = 0; i < WARM_UP; i++) {
      byte[] path = c(place, "warm-" + i);
      create(path, content);
      statx(AT_FDCWD, path, 0, BASIC_STATS, status);
    }
    Latencies created = time(files, i -> create(names[i], content));
    Latencies looked =
        time(STAT_ROUNDS * files, i -> statx(AT_FDCWD, names[i % files], 0, BASIC_STATS, status));
    Latencies moved = time(files, i -> rename(names[i], renamed[i]));
    // A tenth stays, so that there is something to compare.
    Latencies removed = time(removes ? files - files / 10 : 1, i -> unlink(renamed[i]));
    return List.of(
        created.cell(subject.name(), "create", BYTES),
        looked.cell(subject.name(), "stat", 0),
        moved.cell(subject.name(), "rename", 0),
        removed.cell(subject.name(), "unlink", 0));
  }
}
