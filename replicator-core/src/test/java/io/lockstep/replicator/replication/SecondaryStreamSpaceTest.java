package io.lockstep.replicator.replication;

import static org.assertj.core.api.Assertions.assertThat;

import io.lockstep.replicator.execution.SystemExecution;
import io.lockstep.replicator.link.Link;
import io.lockstep.replicator.model.FileId;
import io.lockstep.replicator.model.Generation;
import io.lockstep.replicator.model.Operation;
import io.lockstep.replicator.model.TreePath;
import io.lockstep.replicator.protocol.OperationCodec;
import io.lockstep.replicator.protocol.StreamMessages;
import io.lockstep.replicator.protocol.StreamMessages.Ack;
import io.lockstep.replicator.protocol.StreamMessages.Mark;
import io.lockstep.replicator.testkit.MemoryJournal;
import io.lockstep.replicator.testkit.TakingLink;
import io.lockstep.replicator.testkit.sim.disk.SimStore;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/**
 * Every state of the secondary's stream with every call and every frame, good or not: what is taken
 * into the journal, what is acknowledged, which connection is given up and when the copy counts as
 * failed. Its threads do not run here: forcing is a call of its own, and nothing is applied.
 */
class SecondaryStreamSpaceTest {
  /** What is called, or comes. */
  private enum Call {
    FOLLOW,
    FOLLOW_ANOTHER_GENERATION,
    RESUME,
    RESUME_ELSEWHERE,
    FENCE,
    REBASE,
    GIVE_WAY,
    NEXT,
    AGAIN,
    GAP,
    NEXT_ON_BULK,
    AGAIN_ON_BULK,
    GAP_ON_BULK,
    OF_ANOTHER_LINK_ON_BULK,
    OF_ANOTHER_GENERATION_ON_BULK,
    OF_ANOTHER_LINK,
    OF_ANOTHER_GENERATION,
    TORN,
    FORCE_FRAME,
    CHECKPOINT_FRAME,
    CHECKPOINT_OF_ANOTHER_GENERATION,
    FORCE,
    FORCE_FAILS,
    NO_ROOM
  }

  private static final int MOST_CALLS = 6;
  private static final List<Link.Lane> BOTH = List.of(Link.Lane.OPERATIONS, Link.Lane.BULK);
  private static final TreePath FILE = TreePath.of(0, "f");

  private final Set<String> broken = new TreeSet<>();
  private final Set<List<Object>> known = new HashSet<>();
  private final Set<List<Object>> pairs = new HashSet<>();

  @Test
  void noPairBreaksAPromise() {
    Deque<List<Call>> waiting = new ArrayDeque<>();
    waiting.add(List.of());
    while (!waiting.isEmpty()) {
      List<Call> way = waiting.remove();
      for (Call call : Call.values()) {
        try (Onlooker onlooker = new Onlooker()) {
          way.forEach(onlooker::make);
          pairs.add(List.of(onlooker.following, onlooker.failed, call));
          onlooker.make(call);
          if (way.size() < MOST_CALLS && known.add(onlooker.key())) {
            List<Call> longer = new ArrayList<>(way);
            longer.add(call);
            waiting.add(longer);
          }
        }
      }
    }
    assertThat(broken).isEmpty();
    assertThat(pairs).as("follows or not, failed or not").hasSize(4 * Call.values().length);
    assertThat(known).hasSizeGreaterThan(30);
  }

  /** Makes calls and knows what they promise. */
  private final class Onlooker implements SecondaryStream.Listener, AutoCloseable {
    private final MemoryJournal journal = new MemoryJournal();
    private final List<Ack> acks = new ArrayList<>();
    private final List<Link.Lane> ackLanes = new ArrayList<>();
    private final List<String> failures = new ArrayList<>();
    private final SecondaryStream stream =
        new SecondaryStream(
            new SystemExecution(),
            new Recording(),
            0,
            journal,
            new SimStore(),
            0,
            new SecondaryStream.Timing(50, 3_600_000),
            1 << 20,
            this);

    private boolean following;
    private boolean failed;
    private boolean full;
    private boolean badDisk;
    private Generation generation = new Generation(1, 1);
    private long epoch = 1;
    private long received;
    private long durable;
    private long waiting;
    private long peerCheckpoint;
    private boolean dropped;
    private boolean toldOfFailure;
    private Call now;

    List<Object> key() {
      long unforced = Math.min(2, received - durable);
      return List.of(
          following, failed, full, badDisk, unforced, Math.min(2, waiting), peerCheckpoint);
    }

    private void expect(boolean holds, String promise) {
      if (!holds) {
        broken.add((following ? "follows " : "idle ") + now + ": " + promise);
      }
    }

    void make(Call call) {
      now = call;
      acks.clear();
      ackLanes.clear();
      dropped = false;
      toldOfFailure = false;
      failures.clear();
      boolean failedBefore = failed;
      try {
        perform(call);
      } catch (IOException e) {
        expect(false, "throws " + e);
      }
      stream.batchEnd();
      expect(dropped == (call == Call.TORN || (call == Call.GAP && takes())), "gives up the link");
      boolean fails = failed && !failedBefore && call != Call.GIVE_WAY;
      expect(failures.size() == (fails ? 1 : 0), "told its owner " + failures);
      expect(toldOfFailure == fails, "told its peer of a failed copy: " + toldOfFailure);
      expectProgress();
      acks.forEach(this::expectTrue);
    }

    private boolean takes() {
      return following && !failed;
    }

    private void expectProgress() {
      SecondaryStream.Progress progress = stream.progress();
      expect(progress.following() == following, "follows: " + progress.following());
      expect(stream.hasFailed() == failed, "has failed: " + stream.hasFailed());
      expect(progress.received() == received, "received " + progress.received());
      expect(progress.durable() == durable, "durable " + progress.durable());
      expect(journal.lastSequence() == received, "its journal ends at " + journal.lastSequence());
      expect(progress.peerCheckpoint() == peerCheckpoint, "the peer's checkpoint");
      expect((progress.lagBytes() > 0) == waiting > 0, "waits to be applied");
    }

    /** What is acknowledged is in the journal, and of this stream. */
    private void expectTrue(Ack ack) {
      expect(takes(), "acknowledges though it does not take part");
      expect(ack.generation().equals(generation), "acknowledges another generation");
      expect(ack.received() == journal.lastSequence(), "acknowledges " + ack.received());
      expect(ack.durable() <= journal.durableSequence(), "calls durable " + ack.durable());
      expect(ack.applied() <= ack.received(), "calls applied " + ack.applied());
    }

    private void perform(Call call) throws IOException {
      switch (call) {
        case FOLLOW -> follow(generation);
        case FOLLOW_ANOTHER_GENERATION ->
            follow(new Generation(generation.hashCode() + 1L, 1 + epoch));
        case RESUME -> {
          stream.resume(generation, received, ++epoch);
          following = true;
          failed = false;
          expectAcknowledged();
        }
        case RESUME_ELSEWHERE -> {
          try {
            stream.resume(generation, received + 1, epoch + 1);
            expect(false, "resumes where its journal does not end");
          } catch (IllegalStateException e) {
            expect(acks.isEmpty(), "acknowledges what it refuses");
          }
        }
        case FENCE -> {
          stream.fence();
          following = false;
        }
        case REBASE -> {
          stream.rebase(received + 5);
          following = false;
          restart(received + 5);
        }
        case GIVE_WAY -> {
          stream.giveWay();
          failed |= waiting > 0;
          waiting = 0;
        }
        case NEXT -> next(Link.Lane.OPERATIONS);
        case AGAIN -> {
          operation(epoch, generation, received);
          expectAnsweredOnBothLanes();
        }
        case GAP -> operation(epoch, generation, received + 2);
        case NEXT_ON_BULK -> {
          next(Link.Lane.BULK);
          if (takes()) {
            expect(ackLanes.equals(BOTH), "answers what was sent again on " + ackLanes);
          }
        }
        case AGAIN_ON_BULK -> {
          operation(Link.Lane.BULK, epoch, generation, received);
          expectAnsweredOnBothLanes();
        }
        case GAP_ON_BULK -> {
          operation(Link.Lane.BULK, epoch, generation, received + 2);
          expectAnsweredOnBothLanes();
        }
        case OF_ANOTHER_LINK_ON_BULK ->
            operation(Link.Lane.BULK, epoch + 9, generation, received + 1);
        case OF_ANOTHER_GENERATION_ON_BULK ->
            operation(Link.Lane.BULK, epoch, new Generation(9, 9), received + 1);
        case OF_ANOTHER_LINK -> operation(epoch + 9, generation, received + 1);
        case OF_ANOTHER_GENERATION -> operation(epoch, new Generation(9, 9), received + 1);
        case TORN ->
            stream.frame(epoch, StreamMessages.OPERATION, ByteBuffer.wrap(new byte[] {1, 2, 3}));
        case FORCE_FRAME ->
            stream.frame(epoch, StreamMessages.FORCE, new Mark(generation, received).encode());
        case CHECKPOINT_FRAME -> {
          stream.frame(epoch, StreamMessages.CHECKPOINT, new Mark(generation, 3).encode());
          peerCheckpoint = following ? 3 : peerCheckpoint;
        }
        case CHECKPOINT_OF_ANOTHER_GENERATION ->
            stream.frame(
                epoch, StreamMessages.CHECKPOINT, new Mark(new Generation(9, 9), 8).encode());
        case FORCE -> force();
        case FORCE_FAILS -> {
          journal.failForce();
          badDisk = true;
          force();
        }
        case NO_ROOM -> {
          journal.limitRoom(0);
          full = true;
        }
      }
    }

    private void follow(Generation wanted) throws IOException {
      generation = wanted;
      stream.follow(generation, received, ++epoch);
      following = true;
      failed = false;
      restart(received);
      expectAcknowledged();
    }

    private void restart(long last) {
      received = last;
      durable = last;
      waiting = 0;
    }

    private void expectAcknowledged() {
      expect(acks.size() == 1, "does not say where it is");
    }

    private List<Ack> acknowledges() {
      stream.batchEnd();
      return acks;
    }

    private void expectAnsweredOnBothLanes() {
      acknowledges();
      expect(ackLanes.equals(takes() ? BOTH : List.of()), "answers what came twice on " + ackLanes);
    }

    private void next(Link.Lane lane) {
      boolean taken = takes();
      operation(lane, epoch, generation, received + 1);
      if (taken && full) {
        failed = true;
        expect(acknowledges().isEmpty(), "acknowledges what its journal did not take");
      } else if (taken) {
        received++;
        waiting++;
        expect(acks.isEmpty(), "acknowledges before the read is at its end");
        expect(!acknowledges().isEmpty(), "does not acknowledge");
      } else {
        expect(acknowledges().isEmpty(), "acknowledges what it does not take");
      }
    }

    private void force() {
      try {
        stream.force();
        expect(!badDisk, "calls durable what was not forced");
        durable = received;
        expect(takes() != acks.isEmpty(), "tells the peer what is durable");
      } catch (IOException e) {
        expect(badDisk, "fails to force");
        expect(acks.isEmpty(), "acknowledges a failed force");
      }
    }

    private void operation(long of, Generation whose, long sequence) {
      operation(Link.Lane.OPERATIONS, of, whose, sequence);
    }

    private void operation(Link.Lane lane, long of, Generation whose, long sequence) {
      ByteBuffer frame = ByteBuffer.allocate(1_000);
      StreamMessages.putGeneration(frame, whose);
      frame.putLong(sequence).put((byte) 0);
      OperationCodec.encode(new Operation.Truncate(new FileId(1, 1), FILE, 1, sequence), frame);
      stream.frame(of, lane, StreamMessages.OPERATION, frame.flip());
    }

    @Override
    public void copyFailed(String reason) {
      failures.add(reason);
    }

    @Override
    public void checkpointed(long sequence, long journalDurable) {
      expect(false, "takes a checkpoint of nothing");
    }

    @Override
    public void peerCheckpoint(long sequence) {
      expect(following, "hears a checkpoint of a stream that it does not follow");
    }

    @Override
    public void applied(long sequence, Operation operation) {
      expect(false, "applies without its thread");
    }

    @Override
    public void close() {
      stream.close();
    }

    /** Remembers what is sent. */
    private final class Recording extends TakingLink {
      @Override
      protected void sent(long of, Lane lane, byte type, ByteBuffer payload) {
        if (type == StreamMessages.ACK) {
          ackLanes.add(lane);
          expect(of == epoch, "acknowledges on another connection");
          try {
            acks.add(Ack.decode(payload));
          } catch (IOException e) {
            expect(false, "acknowledges in a form that cannot be read");
          }
        } else {
          toldOfFailure = type == StreamMessages.COPY_FAILED;
        }
      }

      @Override
      protected void dropped(long of, String reason) {
        dropped = true;
      }
    }
  }
}
