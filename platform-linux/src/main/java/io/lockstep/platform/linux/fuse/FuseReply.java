package io.lockstep.platform.linux.fuse;

import io.lockstep.platform.linux.syscall.NativeMemory;
import io.lockstep.platform.linux.syscall.Times;
import io.lockstep.replicator.model.FileKind;
import io.lockstep.replicator.model.FileStatus;
import io.lockstep.replicator.volume.Volume;
import java.nio.ByteBuffer;

/**
 * One answer to the kernel, built in place in a worker's buffer and sent by one write(2). Used by
 * one thread.
 */
final class FuseReply {
  /** Sent by somebody else, later, or never wanted. */
  static final int NONE = Integer.MIN_VALUE;

  /** How long the kernel may believe names and attributes: nobody else changes the files. */
  static final long VALID_SECONDS = 3600;

  /** How long it may believe that a name is free. */
  static final long ABSENT_SECONDS = 1;

  static final int HEADER_BYTES = 16;
  static final int ENTRY_BYTES = 128;

  private final ByteBuffer buffer;

  /** Where the data of files goes, from {@link #dataAt} on: behind the header, or elsewhere. */
  private final ByteBuffer data;

  private final int dataAt;
  private final long address;
  private int end;
  private boolean inData;
  private long grantedNode;
  private long grantedFile;

  /** With room for {@code bytes} behind the header. */
  FuseReply(int bytes) {
    buffer = FuseSystem.pages(HEADER_BYTES + bytes);
    data = buffer.duplicate().order(buffer.order());
    dataAt = HEADER_BYTES;
    address = NativeMemory.address(buffer);
  }

  /**
   * Built in {@code memory}; but data of files is written to {@code data} at once, which is to hold
   * the whole of an answer in the end.
   */
  FuseReply(ByteBuffer memory, ByteBuffer data) {
    this.buffer = memory;
    this.data = data;
    this.dataAt = 0;
    this.address = NativeMemory.address(memory);
  }

  /** Empties it. */
  FuseReply begin() {
    end = HEADER_BYTES;
    inData = false;
    grantedNode = 0;
    grantedFile = -1;
    return this;
  }

  /** Sends it on {@code fd}; returns 0 or the error number of write(2). */
  int send(int fd, long unique, int errno) {
    if (errno != 0) {
      end = HEADER_BYTES;
    }
    buffer.putInt(0, end).putInt(4, -errno).putLong(8, unique);
    return FuseSystem.errno(FuseSystem.write(fd, address, end));
  }

  /**
   * Sends it as a notification of kind {@code code}; nobody may know the node any more. Returns 0
   * or the error number of write(2).
   */
  int send(int fd, int code) {
    buffer.putInt(0, end).putInt(4, code).putLong(8, 0);
    return FuseSystem.errno(FuseSystem.write(fd, address, end));
  }

  /** The node that the answer counts a reference to, or 0. */
  long grantedNode() {
    return grantedNode;
  }

  /** The open file that the answer hands out, or -1. */
  long grantedFile() {
    return grantedFile;
  }

  /** For tests: what would be sent. */
  ByteBuffer memory() {
    return buffer.duplicate().order(buffer.order()).position(0).limit(end);
  }

  int size() {
    return end - HEADER_BYTES;
  }

  FuseReply int32(int value) {
    buffer.putInt(end, value);
    end += 4;
    return this;
  }

  FuseReply int64(long value) {
    buffer.putLong(end, value);
    end += 8;
    return this;
  }

  FuseReply bytes(byte[] bytes) {
    buffer.put(end, bytes);
    end += bytes.length;
    return this;
  }

  /** Zeros up to a multiple of eight. */
  FuseReply align() {
    while (end % 8 != 0) {
      buffer.put(end++, (byte) 0);
    }
    return this;
  }

  /**
   * Room for {@code bytes} of data, to be filled before {@link #filled}; the same object always.
   */
  ByteBuffer room(int bytes) {
    return data.clear().position(dataAt).limit(dataAt + bytes);
  }

  FuseReply filled(int bytes) {
    inData = true;
    end = HEADER_BYTES + bytes;
    return this;
  }

  /** Puts what is behind the header, if it is not there, to the begin of the data's memory. */
  void complete() {
    if (!inData) {
      data.clear().put(0, buffer, HEADER_BYTES, size());
    }
  }

  /** A name and what it names; the kernel then holds a reference. */
  FuseReply entry(Volume.Found found) {
    grantedNode = found.node().number();
    return entry(found.node().number(), found.status());
  }

  /** As {@link #entry}, where the caller sees to the reference. */
  FuseReply entry(long number, FileStatus status) {
    int64(number).int64(0).int64(VALID_SECONDS).int64(VALID_SECONDS).int32(0).int32(0);
    return status(status);
  }

  /** A name that is free. */
  FuseReply absent() {
    int64(0).int64(0).int64(ABSENT_SECONDS).int64(0).int32(0).int32(0);
    return zeros(ENTRY_BYTES - 40);
  }

  FuseReply zeros(int bytes) {
    for (int i = 0; i < bytes; i++) {
      buffer.put(end++, (byte) 0);
    }
    return this;
  }

  /** What GETATTR and SETATTR answer. */
  FuseReply attributes(FileStatus status) {
    int64(VALID_SECONDS).int32(0).int32(0);
    return status(status);
  }

  /** An open file or directory. */
  FuseReply opened(long file, int flags) {
    grantedFile = file;
    return int64(file).int32(flags).int32(0);
  }

  private FuseReply status(FileStatus s) {
    int64(s.inode()).int64(s.sizeBytes()).int64(s.blocks());
    int64(Times.seconds(s.accessNs()));
    int64(Times.seconds(s.modifyNs())).int64(Times.seconds(s.changeNs()));
    int32(Times.nanos(s.accessNs()));
    int32(Times.nanos(s.modifyNs())).int32(Times.nanos(s.changeNs()));
    int32(mode(s.kind()) | s.permissions()).int32(s.links()).int32(s.owner()).int32(s.group());
    return int32((int) s.device()).int32(s.blockSizeBytes()).int32(0);
  }

  /** The file type bits of a mode. */
  static int mode(FileKind kind) {
    return switch (kind) {
      case FIFO -> 0x1000;
      case CHARACTER_DEVICE -> 0x2000;
      case DIRECTORY -> 0x4000;
      case BLOCK_DEVICE -> 0x6000;
      case FILE -> 0x8000;
      case SYMLINK -> 0xa000;
      case SOCKET -> 0xc000;
    };
  }
}
