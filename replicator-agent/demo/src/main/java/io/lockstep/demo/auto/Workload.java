package io.lockstep.demo.auto;

import io.lockstep.demo.caller.CallLog;
import io.lockstep.demo.caller.Callers;
import io.lockstep.demo.desk.DispatchDesk;
import io.lockstep.demo.recorder.Collector;
import io.lockstep.demo.topology.NodeNetwork;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Callers and recorders, and the files outside both nodes in which their successes are kept. */
public final class Workload implements AutoCloseable {
  private static final int ANSWER_TIMEOUT_MS = 1000;
  private static final long REST_MS = 30_000;

  private final Path calls;
  private final Path records;
  private final CallLog log;
  private final Callers callers;
  private final Collector collector;

  /**
   * Gets callers and collector ready; nobody calls yet.
   *
   * @param collector hears the recorders that the application starts
   * @param callersOfEach how many callers call on IPv6; three times as many call on IPv4
   * @throws IOException if a file cannot be written
   */
  public Workload(Path home, int run, Collector collector, int callersOfEach) throws IOException {
    this.collector = collector;
    calls = home.resolve("acknowledged-calls");
    records = home.resolve("acknowledged-records");
    Files.createFile(records);
    log = new CallLog(calls);
    InetSocketAddress ip4 = desk(NodeNetwork.virtualIp(run));
    InetSocketAddress ip6 = desk(NodeNetwork.virtualIp6(run));
    List<InetSocketAddress> desks = new ArrayList<>();
    for (int i = 0; i < callersOfEach; i++) {
      desks.addAll(List.of(ip4, ip4, ip4, ip6));
    }
    callers = new Callers(desks, ANSWER_TIMEOUT_MS, log);
  }

  private static InetSocketAddress desk(String ip) throws IOException {
    return new InetSocketAddress(InetAddress.getByName(ip), DispatchDesk.PORT);
  }

  /** The callers, for their numbers. */
  public Callers callers() {
    return callers;
  }

  /** How many records were acknowledged so far. */
  public long records() {
    return collector.records();
  }

  /** Lets everybody call and record. */
  public void resume() {
    callers.resume();
    collector.resume();
  }

  /**
   * Lets everybody come to rest: afterwards the application writes nothing.
   *
   * @throws IOException if somebody does not
   */
  public void rest() throws IOException {
    try {
      if (!callers.pause(REST_MS)) {
        throw new IOException("the callers' last calls are not acknowledged after 30 s");
      }
      if (!collector.pause(REST_MS)) {
        throw new IOException("the recorders do not rest after 30 s");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    }
  }

  /** Keeps the recorders of one node at rest, or ends that. */
  public void keepRecordersAtRest(String node, boolean atRest) {
    collector.keepAtRest(node, atRest);
  }

  /** The file of acknowledged calls. */
  public Path callsFile() {
    return calls;
  }

  /**
   * Brings the file of acknowledged records up to date.
   *
   * @throws IOException if it cannot be written
   */
  public Path recordsFile() throws IOException {
    collector.write(records);
    return records;
  }

  @Override
  public void close() throws IOException {
    callers.close();
    collector.close();
    log.close();
  }
}
