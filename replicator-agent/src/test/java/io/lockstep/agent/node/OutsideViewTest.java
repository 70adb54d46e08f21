package io.lockstep.agent.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.lockstep.agent.configuration.ModuleConfiguration.Confirm;
import io.lockstep.replicator.execution.SystemExecution;
import io.lockstep.replicator.port.Addresses.VirtualAddress;
import java.net.InetAddress;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Announcements go on until somebody outside finds the address, and not a moment longer. */
class OutsideViewTest {
  private static final VirtualAddress ADDRESS = address();
  private static final Confirm SOON =
      new Confirm("ask", Duration.ofSeconds(1), Duration.ofMillis(100), Duration.ofMillis(250));

  private final List<VirtualAddress> announced = new CopyOnWriteArrayList<>();
  private final AtomicInteger asked = new AtomicInteger();
  private volatile int seenFrom = Integer.MAX_VALUE;
  private final OutsideView view =
      new OutsideView(
          new SystemExecution(),
          announced::add,
          (address, how) -> asked.incrementAndGet() >= seenFrom ? "" : "not there");

  private static VirtualAddress address() {
    try {
      return new VirtualAddress(InetAddress.getByName("10.0.1.50"), 24, "eth0");
    } catch (java.net.UnknownHostException e) {
      throw new IllegalStateException(e);
    }
  }

  @AfterEach
  void end() {
    view.close();
  }

  @Test
  void itIsAnnouncedUntilItIsSeenAndThenNoMore() throws Exception {
    seenFrom = 4;
    view.begin(Map.of(ADDRESS, SOON));
    await().until(() -> view.confirmed().equals(Map.of("10.0.1.50", true)));
    assertThat(announced).hasSize(3).containsOnly(ADDRESS);
    await().during(Duration.ofMillis(300)).until(() -> asked.get() == 4 && announced.size() == 3);
    assertThat(view.text(ADDRESS)).startsWith("seen from outside after ");
  }

  @Test
  void thatItIsNotSeenIsToldOnceAndThatItIsSeenAfterAll() {
    view.begin(Map.of(ADDRESS, SOON));
    List<String> told = new CopyOnWriteArrayList<>();
    await().until(() -> told.addAll(view.news()) && !told.isEmpty());
    assertThat(view.confirmed()).containsEntry("10.0.1.50", false);
    assertThat(view.text(ADDRESS)).startsWith("NOT seen from outside for 0 s: not there");
    int before = asked.get();
    await().until(() -> asked.get() > before + 3);
    assertThat(told).hasSize(1);
    assertThat(view.news()).isEmpty();
    assertThat(told.get(0)).contains("10.0.1.50 is NOT seen from outside").contains("not there");
    seenFrom = 0;
    await().until(() -> told.addAll(view.news()));
    assertThat(told.get(1)).contains("is seen from outside after");
  }

  @Test
  void anAddressThatIsGoneIsAnnouncedNoMore() {
    view.begin(Map.of(ADDRESS, SOON));
    await().until(() -> announced.size() > 2);
    view.end();
    assertThat(view.text(ADDRESS)).isEmpty();
    assertThat(view.confirmed()).isEmpty();
    await().during(Duration.ofMillis(200)).until(() -> stands(announced.size()));
  }

  private boolean stands(int size) throws InterruptedException {
    return new io.lockstep.replicator.execution.Latch(new SystemExecution()).await(150)
        || announced.size() == size;
  }

  @Test
  void aNewBeginningAsksAnew() {
    seenFrom = 1;
    view.begin(Map.of(ADDRESS, SOON));
    await().until(() -> view.confirmed().containsValue(true));
    seenFrom = Integer.MAX_VALUE;
    view.begin(Map.of(ADDRESS, SOON));
    assertThat(view.confirmed()).containsEntry("10.0.1.50", false);
    await().until(() -> !announced.isEmpty());
  }
}
