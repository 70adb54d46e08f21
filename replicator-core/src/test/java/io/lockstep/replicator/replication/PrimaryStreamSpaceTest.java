package io.lockstep.replicator.replication;

import static org.assertj.core.api.Assertions.assertThat;

import io.lockstep.replicator.execution.SystemExecution;
import io.lockstep.replicator.model.FileId;
import io.lockstep.replicator.model.Generation;
import io.lockstep.replicator.model.Operation;
import io.lockstep.replicator.model.TreePath;
import io.lockstep.replicator.port.StoreException;
import io.lockstep.replicator.protocol.StreamMessages;
import io.lockstep.replicator.protocol.StreamMessages.Ack;
import io.lockstep.replicator.replication.PrimaryStream.Mode;
import io.lockstep.replicator.testkit.TakingLink;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/**
 * Every mode of the primary's stream with every call, with nothing, something unreceived and
 * something received but not durable in its window: what is sent, tracked, answered and kept.
 */
class PrimaryStreamSpaceTest {
  /** What is called. */
  private enum Call {
    OPEN_ALONE,
    CLOSE,
    FORGET,
    ATTACH,
    ATTACH_BELOW_ALL,
    ATTACH_ABOVE_ALL,
    DETACH,
    GO_ALONE,
    BEGIN_DUAL,
    COMMIT_DUAL,
    SUBMIT,
    ACK_RECEIVED,
    ACK_DURABLE,
    ACK_OF_ANOTHER_LINK,
    ACK_OF_ANOTHER_GENERATION,
    ACK_IMPOSSIBLE,
    REQUEST_FORCE,
    TELL_CHECKPOINT,
    INSIST
  }

  private static final int MOST_CALLS = 9;
  private static final int GENERATION_BYTES = 16;
  private static final TreePath FILE = TreePath.of(0, "f");

  private final Set<String> broken = new TreeSet<>();
  private final Set<List<Object>> known = new HashSet<>();
  private final Set<Mode> modes = EnumSet.noneOf(Mode.class);
  private final Set<List<Object>> pairs = new HashSet<>();

  @Test
  void noPairBreaksAPromise() throws Exception {
    Deque<List<Call>> waiting = new ArrayDeque<>();
    waiting.add(List.of());
    while (!waiting.isEmpty()) {
      List<Call> way = waiting.remove();
      for (Call call : Call.values()) {
        Onlooker onlooker = new Onlooker();
        for (Call before : way) {
          onlooker.make(before);
        }
        pairs.add(List.of(onlooker.stream.mode(), call));
        onlooker.make(call);
        modes.add(onlooker.stream.mode());
        if (way.size() < MOST_CALLS && known.add(onlooker.key())) {
          List<Call> longer = new ArrayList<>(way);
          longer.add(call);
          waiting.add(longer);
        }
      }
    }
    assertThat(broken).isEmpty();
    assertThat(modes).containsExactlyInAnyOrder(Mode.values());
    assertThat(pairs).hasSize(Mode.values().length * Call.values().length);
    assertThat(known).hasSizeGreaterThan(30);
  }

  /** Makes calls and knows what they promise. */
  private final class Onlooker {
    private final List<Long> sent = new ArrayList<>();
    private final List<Long> onBulk = new ArrayList<>();
    private final List<Byte> marks = new ArrayList<>();
    private final List<Operation> tracked = new ArrayList<>();
    private boolean dropped;
    private final PrimaryStream stream =
        new PrimaryStream(
            new SystemExecution(),
            new Recording(),
            0,
            new PrimaryStream.Limits(1 << 20, 1 << 20),
            new Tracking());

    /** Numbered for the peer and not known to be durable there. */
    private final List<Long> kept = new ArrayList<>();

    private long last;
    private long received;
    private long epoch = -1;
    private long nextEpoch = 1;
    private Generation generation = Generation.NONE;
    private long generations;
    private Call now;
    private Mode before;

    List<Object> key() {
      long unreceived = kept.stream().filter(s -> s > received).count();
      return List.of(stream.mode(), Math.min(2, unreceived), Math.min(3, kept.size()), epoch >= 0);
    }

    private void expect(boolean holds, String promise) {
      if (!holds) {
        broken.add(before + " " + now + ": " + promise);
      }
    }

    private void restart() {
      kept.clear();
      received = last;
    }

    void make(Call call) throws Exception {
      now = call;
      before = stream.mode();
      sent.clear();
      onBulk.clear();
      marks.clear();
      tracked.clear();
      dropped = false;
      perform(call);
      boolean silent = call != Call.SUBMIT && call != Call.ATTACH && call != Call.INSIST;
      expect(!silent || sent.isEmpty(), "sends operations");
      expect(call == Call.INSIST || onBulk.isEmpty(), "sends operations on the bulk lane");
      expect(call == Call.SUBMIT || tracked.isEmpty(), "tracks what was not modified");
      expect(dropped == (call == Call.ACK_IMPOSSIBLE && epoch >= 0), "drops the wrong link");
      List<Long> unsure = new ArrayList<>();
      stream.unconfirmed().forEach(operation -> unsure.add(operation.timeNs()));
      expect(unsure.equals(kept), "unsure of " + unsure + ", not of " + kept);
      expectAnswers();
    }

    /** Nobody is told that the peer has something before it said so, unless nobody waits. */
    private void expectAnswers() throws Exception {
      boolean answered;
      try {
        answered = stream.awaitDurable(last, 0);
      } catch (StoreException e) {
        expect(stream.mode() == Mode.CLOSED, "fails who waits");
        return;
      }
      boolean may = kept.isEmpty() || stream.mode() == Mode.ALONE;
      expect(answered == may, "answers a sync: " + answered);
    }

    private void perform(Call call) throws Exception {
      switch (call) {
        case OPEN_ALONE -> {
          generation = new Generation(1, ++generations);
          stream.openAlone(generation, last);
          restart();
          becomes(Mode.ALONE);
        }
        case CLOSE -> {
          stream.close("closed");
          epoch = -1;
          becomes(Mode.CLOSED);
        }
        case FORGET -> {
          stream.forget();
          last = 0;
          restart();
          becomes(Mode.CLOSED);
        }
        case ATTACH -> attach(kept.isEmpty() ? last : kept.get(0) - 1);
        case ATTACH_BELOW_ALL -> refusesToAttach((kept.isEmpty() ? last : kept.get(0) - 1) - 1);
        case ATTACH_ABOVE_ALL -> refusesToAttach(last + 1);
        case DETACH -> {
          stream.detach();
          epoch = -1;
          becomes(before == Mode.STREAMING || before == Mode.DUAL ? Mode.BLOCKED : before);
        }
        case GO_ALONE -> {
          generation = new Generation(1, ++generations);
          stream.goAlone(generation);
          epoch = -1;
          restart();
          becomes(Mode.ALONE);
        }
        case BEGIN_DUAL -> {
          epoch = nextEpoch++;
          expect(stream.beginDual(epoch) == last, "the stream begins elsewhere");
          restart();
          expect(marks.equals(List.of(StreamMessages.FOLLOW)), "the peer is not told to follow");
          becomes(Mode.DUAL);
        }
        case COMMIT_DUAL -> {
          expect(stream.commitDual() == (before == Mode.DUAL), "commits what was not begun");
          becomes(before == Mode.DUAL ? Mode.STREAMING : before);
        }
        case SUBMIT -> submit();
        case ACK_RECEIVED -> {
          acknowledge(epoch, generation, last, durable());
          received = epoch >= 0 ? last : received;
          becomes(before);
        }
        case ACK_DURABLE -> {
          acknowledge(epoch, generation, last, last);
          if (epoch >= 0) {
            restart();
          }
          becomes(before);
        }
        case ACK_OF_ANOTHER_LINK -> {
          acknowledge(nextEpoch + 7, generation, last, last);
          becomes(before);
        }
        case ACK_OF_ANOTHER_GENERATION -> {
          acknowledge(epoch, new Generation(9, 9), last, last);
          becomes(before);
        }
        case ACK_IMPOSSIBLE -> {
          acknowledge(epoch, generation, last + 1, last);
          becomes(before);
        }
        case REQUEST_FORCE -> requestForce();
        case TELL_CHECKPOINT -> {
          stream.tellCheckpoint(0);
          boolean heard = before == Mode.STREAMING || before == Mode.DUAL;
          expect(marks.contains(StreamMessages.CHECKPOINT) == heard, "tells the checkpoint");
          becomes(before);
        }
        case INSIST -> insist();
      }
    }

    private void becomes(Mode next) {
      expect(stream.mode() == next, "becomes " + stream.mode() + ", not " + next);
    }

    private long durable() {
      return kept.isEmpty() ? last : kept.get(0) - 1;
    }

    private void acknowledge(long of, Generation whose, long upTo, long durable) {
      // without a connection nothing can come over it
      stream.acknowledged(of < 0 ? -2 : of, new Ack(whose, upTo, durable, durable, 0));
    }

    private void attach(long peerLast) {
      boolean waits = before == Mode.BLOCKED || before == Mode.STREAMING;
      boolean attached = stream.attach(nextEpoch, peerLast);
      expect(attached == waits, "attaches: " + attached);
      if (attached) {
        epoch = nextEpoch++;
        received = peerLast;
        expect(sent.equals(kept), "sends " + sent + " again, not " + kept);
      }
      becomes(attached ? Mode.STREAMING : before);
    }

    /** The peer lacks what is not kept, or has what was never sent. */
    private void refusesToAttach(long peerLast) {
      expect(!stream.attach(nextEpoch, peerLast), "resumes where it cannot");
      becomes(before);
    }

    private void submit() throws Exception {
      Operation operation = new Operation.Truncate(new FileId(1, 1), FILE, 1, last + 1);
      if (before == Mode.CLOSED) {
        try {
          expect(false, "numbers " + stream.submit(operation, false));
        } catch (StoreException e) {
          becomes(Mode.CLOSED);
        }
        return;
      }
      expect(stream.submit(operation, false) == ++last, "leaves out a number");
      boolean sends = before == Mode.STREAMING || before == Mode.DUAL;
      expect(sent.equals(sends ? List.of(last) : List.of()), "sends " + sent);
      boolean tracks = before == Mode.ALONE || before == Mode.DUAL;
      expect(tracked.size() == (tracks ? 1 : 0), "tracks " + tracked);
      if (before == Mode.ALONE) {
        restart();
      } else {
        kept.add(last);
      }
      becomes(before);
    }

    /** What the peer may lack goes out once more on the bulk lane, in order; nothing else does. */
    private void insist() {
      stream.insist(TimeUnit.HOURS.toNanos(1));
      expect(sent.isEmpty(), "sends again before the time");
      stream.insist(0);
      boolean sends = before == Mode.STREAMING || before == Mode.DUAL;
      List<Long> lacks = sends ? kept.stream().filter(s -> s > received).toList() : List.of();
      expect(onBulk.equals(lacks), "sends " + onBulk + " again on the bulk lane, not " + lacks);
      expect(sent.isEmpty(), "sends " + sent + " again on its own lane");
      becomes(before);
    }

    private void requestForce() throws Exception {
      try {
        expect(stream.requestForce() == last, "forces up to another operation");
        boolean asks = (before == Mode.STREAMING || before == Mode.DUAL) && !kept.isEmpty();
        expect(marks.contains(StreamMessages.FORCE) == asks, "asks to force");
      } catch (StoreException e) {
        expect(before == Mode.CLOSED, "fails");
      }
      becomes(before);
    }

    private final class Tracking implements AloneTracker {
      @Override
      public void track(Operation operation, boolean sent) {
        tracked.add(operation);
        expect(sent == (before == Mode.DUAL), "tells the tracker that it is sent: " + sent);
      }

      @Override
      public void settled(Operation operation) {}

      @Override
      public void failed(Operation operation) throws IOException {
        throw new IOException("nothing failed");
      }
    }

    /** Remembers what is sent. */
    private final class Recording extends TakingLink {
      @Override
      protected void sent(long of, Lane lane, byte type, ByteBuffer payload) {
        if (type == StreamMessages.OPERATION) {
          long sequence = payload.getLong(payload.position() + GENERATION_BYTES);
          (lane == Lane.OPERATIONS ? sent : onBulk).add(sequence);
        } else {
          marks.add(type);
        }
      }

      @Override
      protected void dropped(long of, String reason) {
        dropped = true;
      }
    }
  }
}
