package io.lockstep.replicator.testkit;

import io.lockstep.replicator.journal.SegmentAppender;
import io.lockstep.replicator.port.Disk;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;

/**
 * Writes a journal's segment as Chronicle Queue lays it out, through a {@link Disk}: first a
 * document of the queue's own, then a document a record, each with its length before it, in a file
 * that is longer than what was appended and zero behind it. Where Chronicle writes through a
 * mapping, in which a crash may tear a record anywhere, the disk's writes may be torn.
 */
public final class PlainSegmentAppender implements SegmentAppender {
  private static final int BLOCK_BYTES = 64 << 10;
  private static final int QUEUE_DATA = 0x40000000;
  private static final int QUEUE_HEADER_BYTES = 60;
  private static final String FILE = "19700101F.cq4";

  private final Disk disk;
  private final Path file;
  private final ByteBuffer record;
  private Disk.DiskFile opened;
  private long end;
  private long reserved;

  /** Its file comes with the first record. */
  public PlainSegmentAppender(Disk disk, Path directory, ByteBuffer record) {
    this.disk = disk;
    this.file = directory.resolve(FILE);
    this.record = record;
  }

  @Override
  public long append() throws IOException {
    if (opened == null) {
      opened = disk.open(file, true);
      document(QUEUE_DATA | QUEUE_HEADER_BYTES, ByteBuffer.allocate(QUEUE_HEADER_BYTES));
    }
    document(record.limit(), record.duplicate().position(0));
    return end;
  }

  private void document(int header, ByteBuffer content) throws IOException {
    ByteBuffer whole = ByteBuffer.allocate(4 + content.remaining()).order(ByteOrder.LITTLE_ENDIAN);
    whole.putInt(header).put(content).flip();
    long newEnd = end + whole.remaining();
    if (newEnd > reserved) {
      reserved = (newEnd / BLOCK_BYTES + 1) * BLOCK_BYTES;
      opened.setSize(reserved);
    }
    try {
      opened.write(whole, end);
    } catch (IOException e) {
      leaveWithoutHeader(content.position(0), e);
      throw e;
    }
    end = newEnd;
  }

  /** Chronicle writes a document's header last, behind what there was room for. */
  private void leaveWithoutHeader(ByteBuffer content, IOException why) {
    try {
      opened.write(ByteBuffer.allocate(4), end);
      opened.write(content.limit(content.remaining() / 2), end + 4);
    } catch (IOException e) {
      why.addSuppressed(e);
    }
  }

  @Override
  public void close() throws IOException {
    if (opened != null) {
      opened.close();
    }
  }
}
