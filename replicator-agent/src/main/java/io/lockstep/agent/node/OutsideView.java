package io.lockstep.agent.node;

import io.lockstep.agent.configuration.ModuleConfiguration.Confirm;
import io.lockstep.replicator.execution.Latch;
import io.lockstep.replicator.port.Addresses.VirtualAddress;
import io.lockstep.replicator.port.Execution;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.function.Consumer;

/**
 * Announces virtual addresses until somebody outside confirms that they are here: one thread an
 * address while that is not so, none else. Safe for any thread.
 */
final class OutsideView implements AutoCloseable {
  /** Asks outside. */
  interface Asking {
    /** Why the address is not found here; empty if it is. Takes its time, within the timeout. */
    String ask(VirtualAddress address, Confirm how) throws InterruptedException;
  }

  private final Execution execution;
  private final Consumer<VirtualAddress> announcement;
  private final Asking asking;

  /** Guarded by this. */
  private final Map<VirtualAddress, AddressConfirmation> states = new LinkedHashMap<>();

  /** What an operator should know, not fetched yet. Guarded by this. */
  private final Queue<String> news = new ArrayDeque<>();

  /** Ends the threads of these addresses. Guarded by this. */
  private Latch ended;

  OutsideView(Execution execution, Consumer<VirtualAddress> announcement, Asking asking) {
    this.execution = execution;
    this.announcement = announcement;
    this.asking = asking;
    this.ended = new Latch(execution);
  }

  /** These addresses are here now, or may have been claimed meanwhile: what was known is void. */
  void begin(Map<VirtualAddress, Confirm> addresses) {
    Latch mine = new Latch(execution);
    succeeded(mine, addresses).open();
    addresses.forEach(
        (address, how) -> execution.task("outside-view", () -> run(address, how, mine)).start());
  }

  /** The addresses are not here any more. */
  void end() {
    succeeded(new Latch(execution), Map.of()).open();
  }

  /** Returns what ends the threads until now: opened by who called, for here is but memory. */
  private synchronized Latch succeeded(Latch next, Map<VirtualAddress, Confirm> addresses) {
    Latch before = ended;
    ended = next;
    states.clear();
    for (VirtualAddress address : addresses.keySet()) {
      states.put(address, AddressConfirmation.begun(execution.nanoTime()));
    }
    return before;
  }

  private void run(VirtualAddress address, Confirm how, Latch until) {
    try {
      while (!until.isOpen()) {
        AddressConfirmation now = answered(address, how, asking.ask(address, how), until);
        if (now.confirmed() || until.await(now.pause(how.atMost()).toMillis())) {
          return;
        }
        announcement.accept(address);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private synchronized AddressConfirmation answered(
      VirtualAddress address, Confirm how, String problem, Latch until) {
    long nowNs = execution.nanoTime();
    AddressConfirmation before = states.get(address);
    if (until != ended || before == null) {
      return AddressConfirmation.begun(nowNs);
    }
    AddressConfirmation now = before.answered(problem, nowNs);
    if (now.confirmed() && now.alerted()) {
      news.add(line(address, now, nowNs));
    }
    if (now.alerts(nowNs, how.alertAfter())) {
      now = now.told();
      news.add(line(address, now, nowNs) + " It is announced until it is.");
    }
    states.put(address, now);
    return now;
  }

  private static String line(VirtualAddress address, AddressConfirmation now, long nowNs) {
    return "The address " + address.address().getHostAddress() + " is " + now.text(nowNs) + ".";
  }

  /** What an operator should know since the last call. */
  synchronized List<String> news() {
    List<String> told = new ArrayList<>(news);
    news.clear();
    return told;
  }

  /** For the operator; empty where nobody outside is asked about the address. */
  synchronized String text(VirtualAddress address) {
    AddressConfirmation now = states.get(address);
    return now == null ? "" : now.text(execution.nanoTime());
  }

  /** Whether each address that somebody outside is asked about was found here. */
  synchronized Map<String, Boolean> confirmed() {
    Map<String, Boolean> found = new LinkedHashMap<>();
    states.forEach((a, now) -> found.put(a.address().getHostAddress(), now.confirmed()));
    return found;
  }

  @Override
  public void close() {
    end();
  }
}
