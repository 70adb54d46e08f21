package io.lockstep.platform.linux.oracle;

import io.lockstep.platform.linux.syscall.Libc;
import io.lockstep.platform.linux.syscall.NativeMemory;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/**
 * One file, open in every way in which its content can be reached: through the page cache, past it,
 * appending, and mapped. Every call must do all that it is asked for. Used by one thread.
 *
 * <p>Bytes go between a mapping and a buffer through a pipe: the kernel copies, so a page that is
 * not there is an error of a call and no signal, and the virtual machine waits for nothing that it
 * serves itself.
 */
final class OpenContent implements AutoCloseable {
  private static final int PIPE_BYTES = 65536;
  private static final int CREATE = 2 | 0x40;
  private static final int APPEND = 0x400;
  private static final int DIRECT = 0x4000;
  private static final int READ_AND_WRITE = 3;
  private static final int SHARED = 1;
  private static final int SYNCHRONOUS = 4;
  private static final int NOT_NEEDED = 4;
  private static final int ALIGNMENT = 4096;

  private final byte[] path;
  private final int mostBytes;
  private final ByteBuffer memory;
  private final long at;
  private final ByteBuffer places = NativeMemory.allocate(16);
  private final long pipeIn;
  private final long pipeOut;
  private long cached;
  private long direct;
  private long appending;
  private long map;

  OpenContent(Path file, int mostBytes) {
    path = (file + "\0").getBytes(StandardCharsets.UTF_8);
    this.mostBytes = mostBytes;
    memory = NativeMemory.allocate(mostBytes + ALIGNMENT);
    long start = NativeMemory.address(memory);
    at = (start + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    done("pipe", Calls.call(Calls.PIPE, NativeMemory.address(places)));
    pipeOut = places.getInt(0);
    pipeIn = places.getInt(4);
    open();
  }

  private void open() {
    cached = open(CREATE);
    direct = open(CREATE | DIRECT);
    appending = open(CREATE | APPEND);
    map = done("mmap", Calls.call(Calls.MMAP, 0, mostBytes, READ_AND_WRITE, SHARED, cached, 0));
  }

  private long open(int flags) {
    ByteBuffer name = NativeMemory.allocate(path.length).put(0, path);
    return done(
        "open", Calls.call(Calls.OPENAT, Libc.AT_FDCWD, NativeMemory.address(name), flags, 0644));
  }

  /** How a call reaches the file. */
  enum Way {
    CACHED,
    DIRECT
  }

  private long descriptor(Way way) {
    return way == Way.DIRECT ? direct : cached;
  }

  void write(Way way, int offset, byte[] data) {
    load(data);
    all(data.length, Calls.call(Calls.PWRITE, descriptor(way), at, data.length, offset));
  }

  void append(byte[] data) {
    load(data);
    all(data.length, Calls.call(Calls.WRITE, appending, at, data.length));
  }

  /** From a pipe, without a copy. */
  void splice(int offset, byte[] data) {
    load(data);
    for (int done = 0; done < data.length; done += PIPE_BYTES) {
      int part = Math.min(PIPE_BYTES, data.length - done);
      all(part, Calls.call(Calls.WRITE, pipeIn, at + done, part));
      int spliced = 0;
      while (spliced < part) {
        places.putLong(0, offset + done + spliced);
        spliced +=
            (int)
                done(
                    "splice",
                    Calls.call(
                        Calls.SPLICE,
                        pipeOut,
                        0,
                        cached,
                        NativeMemory.address(places),
                        part - spliced,
                        0));
      }
    }
  }

  /** Stores through the mapping; must lie within the file. */
  void store(int offset, byte[] data) {
    load(data);
    copy(at, map + offset, data.length);
  }

  byte[] read(Way way, int offset, int length) {
    long read = done("read", Calls.call(Calls.PREAD, descriptor(way), at, length, offset));
    return unload((int) read);
  }

  /** Loads through the mapping; must lie within the file. */
  byte[] loadMapped(int offset, int length) {
    copy(map + offset, at, length);
    return unload(length);
  }

  private void copy(long from, long to, int length) {
    for (int done = 0; done < length; done += PIPE_BYTES) {
      int part = Math.min(PIPE_BYTES, length - done);
      all(part, Calls.call(Calls.WRITE, pipeIn, from + done, part));
      all(part, Calls.call(Calls.READ, pipeOut, to + done, part));
    }
  }

  void truncate(int size) {
    done("ftruncate", Calls.call(Calls.FTRUNCATE, cached, size));
  }

  void allocate(int mode, int offset, int length) {
    done("fallocate", Calls.call(Calls.FALLOCATE, cached, mode, offset, length));
  }

  /** Within the file; the ranges must not overlap. */
  void copyRange(int from, int to, int length) {
    int copied = 0;
    while (copied < length) {
      places.putLong(0, from + copied).putLong(8, to + copied);
      long here = NativeMemory.address(places);
      long more =
          Calls.call(Calls.COPY_FILE_RANGE, cached, here, cached, here + 8, length - copied, 0);
      if (done("copy_file_range", more) == 0) {
        throw new AssertionError("copy_file_range ended after " + copied + " of " + length);
      }
      copied += (int) more;
    }
  }

  void sync(boolean dataOnly) {
    done("fsync", Calls.call(dataOnly ? Calls.FDATASYNC : Calls.FSYNC, cached));
  }

  void syncMapping() {
    done("msync", Calls.call(Calls.MSYNC, map, mostBytes, SYNCHRONOUS));
  }

  /** Lets the kernel drop what it holds of the file and need not. */
  void forget() {
    done("fadvise", Calls.call(Calls.FADVISE, cached, 0, 0, NOT_NEEDED));
  }

  int size() {
    return (int) Look.size((int) cached);
  }

  /** Unmaps and closes everything, and opens it again. */
  void reopen() {
    shut();
    open();
  }

  private void shut() {
    done("munmap", Calls.call(Calls.MUNMAP, map, mostBytes));
    for (long fd : new long[] {cached, direct, appending}) {
      done("close", Calls.call(Calls.CLOSE, fd));
    }
  }

  private void load(byte[] data) {
    memory.put((int) (at - NativeMemory.address(memory)), data);
  }

  private byte[] unload(int length) {
    byte[] data = new byte[length];
    memory.get((int) (at - NativeMemory.address(memory)), data);
    return data;
  }

  private static void all(int wanted, long result) {
    if (result != wanted) {
      throw new AssertionError(result + " instead of " + wanted + " bytes");
    }
  }

  private static long done(String call, long result) {
    if (result < 0) {
      throw new AssertionError(call + ": errno " + -result);
    }
    return result;
  }

  @Override
  public void close() {
    shut();
    Calls.call(Calls.CLOSE, pipeIn);
    Calls.call(Calls.CLOSE, pipeOut);
  }
}
