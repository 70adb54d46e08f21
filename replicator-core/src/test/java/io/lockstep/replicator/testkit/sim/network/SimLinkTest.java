package io.lockstep.replicator.testkit.sim.network;

import static org.assertj.core.api.Assertions.assertThat;

import io.lockstep.replicator.link.Link;
import io.lockstep.replicator.link.Link.Lane;
import io.lockstep.replicator.link.LinkListener;
import io.lockstep.replicator.link.PeerHello;
import io.lockstep.replicator.link.SpoiledFrames;
import io.lockstep.replicator.testkit.sim.Carriers;
import io.lockstep.replicator.testkit.sim.Scheduler;
import io.lockstep.replicator.testkit.sim.SimExecution;
import io.lockstep.replicator.testkit.sim.SimProcess;
import io.lockstep.replicator.testkit.sim.Trace;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.UUID;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

/** The simulated link keeps the promises of the real one, and breaks where that breaks. */
class SimLinkTest {
  private static final long SECOND = 1_000_000_000L;
  private static final byte TYPE = 16;

  private final Carriers carriers = new Carriers();

  /** Two ends, and what each saw. */
  private static final class Ends {
    final Scheduler scheduler;
    final LinkNetwork network;
    final SimProcess[] processes = new SimProcess[2];
    final SimLink[] links = new SimLink[2];
    final List<List<String>> seen = List.of(new ArrayList<>(), new ArrayList<>());
    final long[] epochs = {-1, -1};

    Ends(Scheduler scheduler) {
      this.scheduler = scheduler;
      this.network =
          new LinkNetwork(
              scheduler,
              new Wires(scheduler, new SplittableRandom(5)),
              5 * SECOND,
              payload -> SpoiledFrames.refused(payload, 17));
      open(0);
      open(1);
      sleep(3);
    }

    void open(int side) {
      processes[side] = new SimProcess("node" + side, scheduler.world().clock());
      PeerHello hello =
          new PeerHello(1, List.of(), "c", "node" + side, new UUID(0, side), "boot", "", "");
      SimExecution execution = new SimExecution(scheduler, processes[side]);
      links[side] = network.open(execution, side, hello, new Recorder(side));
    }

    void sleep(long seconds) {
      scheduler.pause(seconds * SECOND);
    }

    void send(int from, Lane lane, int number) {
      links[from].send(epochs[from], lane, TYPE, 3, ByteBuffer.allocate(4).putInt(0, number));
    }

    private final class Recorder implements LinkListener {
      private final int side;

      Recorder(int side) {
        this.side = side;
      }

      @Override
      public void up(long epoch, PeerHello peer) {
        seen.get(side).add("up " + peer.node());
        epochs[side] = epoch;
      }

      @Override
      public void frame(long epoch, Link.Lane lane, byte type, int module, ByteBuffer payload) {
        seen.get(side).add(lane + " " + type + " " + module + " " + payload.getInt());
      }

      @Override
      public void batchEnd(long epoch, Link.Lane lane) {}

      @Override
      public void down(long epoch, String reason) {
        seen.get(side).add("down: " + reason);
        epochs[side] = -1;
      }

      @Override
      public void refused(String reason) {
        seen.get(side).add("refused");
      }
    }
  }

  private void world(Consumer<Ends> body) {
    for (int seed = 0; seed < 20; seed++) {
      Scheduler scheduler =
          new Scheduler(
              seed, carriers, new Trace(false), new Scheduler.Chances(100, 10, 1_000_000), 20_000);
      scheduler.run(() -> body.accept(new Ends(scheduler)));
    }
  }

  @Test
  void framesOfALaneArriveInOrder() {
    world(
        ends -> {
          for (int i = 0; i < 50; i++) {
            ends.send(0, Lane.OPERATIONS, i);
          }
          ends.sleep(1);
          List<String> expected = new ArrayList<>(List.of("up node0"));
          for (int i = 0; i < 50; i++) {
            expected.add("OPERATIONS 16 3 " + i);
          }
          assertThat(ends.seen.get(1)).isEqualTo(expected);
        });
  }

  @Test
  void aShortCutOnlyDelaysAndALongOneIsSeenAsSilenceByBoth() {
    world(
        ends -> {
          ends.network.wires().cut(0, true);
          ends.send(0, Lane.OPERATIONS, 1);
          ends.sleep(2);
          assertThat(ends.seen.get(1)).containsExactly("up node0");
          ends.network.wires().cut(0, false);
          ends.sleep(1);
          assertThat(ends.seen.get(1)).containsExactly("up node0", "OPERATIONS 16 3 1");
          ends.network.wires().cut(0, true);
          ends.network.wires().cut(1, true);
          ends.sleep(10);
          assertThat(ends.seen.get(0)).containsExactly("up node1", "down: the peer was silent");
          assertThat(ends.seen.get(1)).endsWith("down: the peer was silent");
          assertThat(ends.links[0].send(1, Lane.OPERATIONS, TYPE, 0)).isFalse();
          ends.network.wires().cut(0, false);
          ends.network.wires().cut(1, false);
          ends.sleep(5);
          assertThat(ends.seen.get(0)).endsWith("up node1");
          assertThat(ends.epochs[0]).isEqualTo(2);
        });
  }

  @Test
  void aCutOfOneDirectionTakesBothEndsDown() {
    world(
        ends -> {
          ends.network.wires().cut(0, true);
          ends.sleep(20);
          assertThat(ends.seen.get(1)).containsExactly("up node0", "down: the peer was silent");
          assertThat(ends.seen.get(0))
              .containsExactly("up node1", "down: the peer closed the connection");
        });
  }

  @Test
  void aSpoiledFrameClosesTheConnectionAndIsNotDelivered() {
    world(
        ends -> {
          ends.network.wires().quality(new Wires.Quality(50_000, 0, 0, 0, 100_000));
          ends.send(0, Lane.OPERATIONS, 7);
          ends.sleep(1);
          assertThat(ends.seen.get(1))
              .startsWith("up node0", "down: a frame with a wrong checksum")
              .doesNotContain("OPERATIONS 16 3 7");
        });
  }

  @Test
  void aKilledProcessIsSeenAtOnceAndItsSuccessorConnects() {
    world(
        ends -> {
          ends.scheduler.kill(ends.processes[0]);
          ends.network.processDied(0, true);
          ends.sleep(1);
          assertThat(ends.seen.get(1))
              .containsExactly("up node0", "down: the peer closed the connection");
          ends.open(0);
          ends.sleep(5);
          assertThat(ends.seen.get(1)).endsWith("up node0");
        });
  }

  @Test
  void aHostThatLosesPowerIsSilent() {
    world(
        ends -> {
          ends.scheduler.kill(ends.processes[0]);
          ends.network.processDied(0, false);
          ends.sleep(4);
          assertThat(ends.seen.get(1)).containsExactly("up node0");
          ends.sleep(6);
          assertThat(ends.seen.get(1)).containsExactly("up node0", "down: the peer was silent");
        });
  }

  @Test
  void whatIsSentToAFrozenProcessIsReadWhenItWakes() {
    world(
        ends -> {
          ends.scheduler.freeze(ends.processes[1]);
          ends.network.changed();
          ends.send(0, Lane.OPERATIONS, 1);
          ends.sleep(10);
          assertThat(ends.seen.get(0)).endsWith("down: the peer was silent");
          ends.scheduler.thaw(ends.processes[1]);
          ends.network.changed();
          ends.sleep(5);
          assertThat(ends.seen.get(1)).startsWith("up node0").endsWith("up node0");
          assertThat(ends.seen.get(1)).contains("down: the peer closed the connection");
        });
  }
}
