package io.lockstep.replicator.replication;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.lockstep.replicator.journal.Journal;
import io.lockstep.replicator.link.Link;
import io.lockstep.replicator.model.Generation;
import io.lockstep.replicator.port.CrashPoint;
import io.lockstep.replicator.protocol.MalformedException;
import io.lockstep.replicator.protocol.StreamMessages;
import io.lockstep.replicator.protocol.StreamMessages.Mark;
import java.io.IOException;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;

/**
 * Takes the frames of the stream that this copy follows: operations go to the journal, then to the
 * applier's queue; the primary's wish to have them forced and its checkpoints are noted.
 *
 * <p>Threads: the link's event loops, each frame under {@link SecondaryCopy#frames}. A frame that
 * makes no sense costs its connection; one that the journal cannot take, the copy.
 */
final class FrameReceiver {
  private final SecondaryCopy copy;
  private final SecondaryMarks marks;
  private final Journal journal;
  private final JournalForcer forcer;
  private final ApplyQueue queue;
  private final Link link;
  private final SecondaryStream.Listener listener;

  FrameReceiver(
      SecondaryCopy copy,
      SecondaryMarks marks,
      Journal journal,
      JournalForcer forcer,
      ApplyQueue queue,
      Link link,
      SecondaryStream.Listener listener) {
    this.copy = copy;
    this.marks = marks;
    this.journal = journal;
    this.forcer = forcer;
    this.queue = queue;
    this.link = link;
    this.listener = listener;
  }

  /** See {@link SecondaryStream#frame(long, Link.Lane, byte, ByteBuffer)}. */
  void frame(long frameEpoch, Link.Lane lane, byte type, ByteBuffer payload) {
    try {
      copy.frames.lock();
      try {
        if (type == StreamMessages.OPERATION) {
          operation(frameEpoch, lane, payload);
        } else if (type == StreamMessages.FORCE) {
          force(frameEpoch, Mark.decode(payload));
        } else if (type == StreamMessages.CHECKPOINT) {
          peerCheckpoint(Mark.decode(payload));
        }
      } finally {
        copy.frames.unlock();
      }
    } catch (MalformedException | BufferUnderflowException e) {
      link.drop(frameEpoch, "malformed frame of type " + type + ": " + e.getMessage());
    } catch (IOException | RuntimeException | InternalError e) {
      // an InternalError is a fault of the journal's mapping: its disk is full or broken
      copy.fail("the journal cannot take an operation: " + e.getMessage(), e);
    }
  }

  @GuardedBy("copy.frames")
  private void operation(long frameEpoch, Link.Lane lane, ByteBuffer payload) throws IOException {
    Generation theirs = StreamMessages.getGeneration(payload);
    long sequence = payload.getLong();
    boolean force = payload.get() != 0;
    if (!copy.takes(frameEpoch, theirs)) {
      return;
    }
    long received = marks.received();
    boolean again = lane == Link.Lane.BULK || sequence <= received;
    if (again) {
      copy.cameAgain();
    }
    if (sequence <= received) {
      return;
    }
    if (sequence != received + 1) {
      if (!again) {
        link.drop(frameEpoch, "operation " + sequence + " follows " + received);
      }
      return;
    }
    if (queue.isFull()) {
      link.drop(frameEpoch, "the peer sends far more than this node can apply");
      return;
    }
    CrashPoint.SECONDARY_FRAME.reached();
    journal.append(sequence, payload);
    CrashPoint.SECONDARY_JOURNALED.reached();
    queue.add(sequence, payload);
    boolean firstUnforced = received <= marks.durable();
    copy.journaled(sequence);
    if (force) {
      forcer.soon();
    } else if (firstUnforced) {
      forcer.eventually();
    }
  }

  @GuardedBy("copy.frames")
  private void force(long frameEpoch, Mark mark) {
    if (copy.follows(frameEpoch, mark.generation())) {
      forcer.soon();
    }
  }

  @GuardedBy("copy.frames")
  private void peerCheckpoint(Mark mark) {
    if (copy.follows(mark.generation())) {
      marks.peerCheckpointed(mark.sequence());
      listener.peerCheckpoint(mark.sequence());
    }
  }
}
