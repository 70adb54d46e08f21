package io.lockstep.agent.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.lockstep.agent.api.EventLog;
import io.lockstep.failover.role.PeerMessage;
import io.lockstep.replicator.link.Link;
import io.lockstep.replicator.protocol.StreamMessages;
import io.lockstep.replicator.testkit.MemoryLink;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Clock;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * A peer with the key that says more than a module can take in: it waits, or the link is dropped,
 * and memory stays bounded. The module's role machine stands still, as behind a disk that hangs.
 */
@Timeout(value = 60, unit = TimeUnit.SECONDS)
class PeerFloodTest {
  private static final int MANY = 100_000;
  private static final long EPOCH = 1;

  @TempDir Path home;
  private final MemoryLink[] link = MemoryLink.pair();
  private ModuleRuntime module;

  @BeforeEach
  void open() throws Exception {
    ModuleContext context = NoPlatform.module(home);
    module =
        new ModuleRuntime(
            context,
            ModuleData.open(context),
            link[0],
            new EventLog(10, Clock.systemUTC()),
            null,
            null,
            new ApplicationRunner.Factory(null),
            () -> {});
    module.linkUp(EPOCH);
  }

  @AfterEach
  void close() throws Exception {
    module.linkDown("the test ends");
    module.close();
    link[0].close();
    link[1].close();
  }

  @Test
  void controlMessagesThatNobodyDecidesOnEndTheLink() {
    ByteBuffer message = PeerMessages.encode(new PeerMessage.StopModule("x".repeat(1000)));
    int said = 0;
    while (link[0].drops().isEmpty() && said < MANY) {
      module.frame(EPOCH, Link.Lane.OPERATIONS, StreamMessages.CONTROL, message.duplicate());
      said++;
    }
    assertThat(said).isLessThan(10_000);
    assertThat(link[0].drops().get(0)).contains("inputs wait to be decided");
  }

  @Test
  void messagesOfAReturnThatNobodyTakesWaitAtThePeer() {
    AtomicInteger taken = flood(100, MANY);
    await().during(200, TimeUnit.MILLISECONDS).until(() -> taken.get() == 256);
    module.linkDown("the peer is gone");
    await().until(() -> taken.get() == MANY);
  }

  @Test
  void bigMessagesOfAReturnWaitByTheirBytes() {
    AtomicInteger taken = flood(4 << 20, 40);
    await().during(200, TimeUnit.MILLISECONDS).until(() -> taken.get() == 5);
  }

  /** Sends messages of so many bytes as the bulk lane's event loop does; counts those taken. */
  private AtomicInteger flood(int bytes, int most) {
    AtomicInteger taken = new AtomicInteger();
    ByteBuffer message = ByteBuffer.allocate(bytes);
    Thread loop =
        new Thread(
            () -> {
              for (; taken.get() < most; taken.incrementAndGet()) {
                module.frame(
                    EPOCH, Link.Lane.BULK, StreamMessages.REINTEGRATION, message.duplicate());
              }
            },
            "bulk-lane");
    loop.setDaemon(true);
    loop.start();
    return taken;
  }
}
