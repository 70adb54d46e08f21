package io.lockstep.demo.crash;

import io.lockstep.demo.bench.LoopDisk;
import io.lockstep.demo.cluster.DemoNode;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.stream.Stream;

/** What befalls the pair between two cases of the matrix; it must be protected again by itself. */
enum Trouble {
  /** The networks are cut for less than the detection takes. */
  SHORT_CUT {
    @Override
    void befall(Rig rig, DemoNode serving, DemoNode peer) {
      peer.perform(peer.commands().cut());
      Rig.pass(700);
      peer.perform(peer.commands().heal());
    }
  },
  /** The journal of the node that follows was damaged while its agent was down. */
  JOURNAL_DAMAGED {
    @Override
    void befall(Rig rig, DemoNode serving, DemoNode peer) throws IOException {
      rig.bench().killAgent(peer);
      rig.bench().awaitRole(serving, "ALONE", Rig.PATIENCE);
      damage(rig.bench().state(peer));
      peer.perform(peer.commands().start());
    }
  },
  /** The disk of the journal of the node that follows is full for a while. */
  JOURNAL_DISK_FULL {
    @Override
    void befall(Rig rig, DemoNode serving, DemoNode peer) throws IOException {
      LoopDisk.fill(rig.bench().state(peer));
      try {
        rig.bench().awaitRole(serving, "ALONE", Rig.PATIENCE);
      } finally {
        LoopDisk.free(rig.bench().state(peer));
      }
      rig.bench().killAgent(peer);
      peer.perform(peer.commands().start());
    }
  },
  /** The agent of the node that follows is killed, wherever it is; its journal is whole. */
  FOLLOWER_KILLED {
    @Override
    void befall(Rig rig, DemoNode serving, DemoNode peer) throws IOException {
      killAnywhere(rig, peer);
      peer.perform(peer.commands().start());
    }
  },
  /** So is the one of the node that serves; the other one takes over. */
  SERVER_KILLED {
    @Override
    void befall(Rig rig, DemoNode serving, DemoNode peer) throws IOException {
      killAnywhere(rig, serving);
      rig.bench().awaitRole(peer, "ALONE", Rig.PATIENCE);
      serving.perform(serving.commands().start());
    }
  };

  private static final int ANYWHERE_MS = 1000;
  private static final String DAMAGED = "The journal of module";

  private static void killAnywhere(Rig rig, DemoNode victim) throws IOException {
    Rig.pass(ThreadLocalRandom.current().nextInt(ANYWHERE_MS));
    rig.bench().killAgent(victim);
  }

  abstract void befall(Rig rig, DemoNode serving, DemoNode peer) throws IOException;

  /** Lets it befall a rig that is protected, and judges afterwards. */
  Outcome on(Rig rig) throws IOException {
    rig.awaitProtected();
    DemoNode serving = rig.cluster().serving().orElseThrow(() -> new IOException("nobody serves"));
    long since = System.nanoTime();
    List<String> failures = new ArrayList<>();
    long serviceMs = -1;
    long protectedMs = -1;
    long damagedBefore = damaged(rig);
    try {
      befall(rig, serving, rig.cluster().peerOf(serving));
      rig.recorders().awaitProgress(rig.bench(), Rig.PATIENCE);
      serviceMs = (System.nanoTime() - since) / 1_000_000;
      rig.awaitProtected();
      protectedMs = (System.nanoTime() - since) / 1_000_000;
      failures.addAll(rig.judge());
      if (this != JOURNAL_DAMAGED && damaged(rig) > damagedBefore) {
        failures.add("a journal was taken for damaged");
      }
    } catch (IOException | RuntimeException e) {
      failures.add(String.valueOf(e.getMessage()));
    }
    return new Outcome(
        "between cases: " + name(),
        true,
        rig.recorders().acknowledged(),
        serviceMs,
        protectedMs,
        failures);
  }

  private static long damaged(Rig rig) throws IOException {
    long lines = 0;
    for (DemoNode node : rig.cluster().nodes()) {
      try (Stream<String> log = Files.lines(node.commands().log())) {
        lines += log.filter(line -> line.contains(DAMAGED)).count();
      }
    }
    return lines;
  }

  /** Turns a byte in the middle of what the journal's files hold. */
  private static void damage(Path state) throws IOException {
    try (Stream<Path> files = Files.walk(state)) {
      for (Path file : files.filter(each -> each.toString().endsWith(".cq4")).toList()) {
        try (FileChannel channel =
            FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
          ByteBuffer one = ByteBuffer.allocate(1);
          long at = 4096 + 700;
          if (channel.read(one, at) == 1) {
            one.put(0, (byte) (one.get(0) ^ 0x55));
            channel.write(one.flip(), at);
          }
        }
      }
    }
  }
}
