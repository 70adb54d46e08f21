package io.lockstep.agent.arbiter;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.lockstep.failover.arbiter.Arbiter;
import io.lockstep.failover.arbiter.InSyncRecord;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Against a real etcd, which is killed, paused, started again, and cut off. */
class EtcdArbiterTest extends ArbiterContract {
  @TempDir private static Path data;
  private static RealEtcd etcd;
  private String key;

  @BeforeAll
  static void start() throws Exception {
    assumeTrue(RealEtcd.installed(), "etcd-server is not installed");
    etcd = new RealEtcd(data.resolve("etcd"));
  }

  @AfterAll
  static void stop() throws Exception {
    if (etcd != null) {
      etcd.close();
    }
  }

  @BeforeEach
  void ready() {
    key = "/test/" + UUID.randomUUID();
    awaitAnswer();
  }

  private void awaitAnswer() {
    try (Arbiter arbiter = open()) {
      await()
          .atMost(Duration.ofMinutes(2))
          .until(() -> arbiter.read() instanceof Arbiter.Reading.Current);
    }
  }

  @Override
  Arbiter open() {
    return reaching(Duration.ofSeconds(10), etcd.endpoint());
  }

  private Arbiter reaching(Duration timeout, URI... endpoints) {
    return new EtcdArbiter(List.of(endpoints), key, timeout, null);
  }

  @Test
  void killedEtcdIsUnknownAndComesBackWithTheRecord() throws Exception {
    try (Arbiter a = open()) {
      InSyncRecord first = changed(a.compareAndSwap(InSyncRecord.NONE, record(1, A)));
      etcd.kill();
      assertThat(a.read()).isInstanceOf(Arbiter.Reading.Unknown.class);
      assertThat(a.compareAndSwap(first, record(2, B))).isInstanceOf(Arbiter.Outcome.Unknown.class);
      etcd.start();
      awaitAnswer();
      assertThat(current(a)).isEqualTo(first);
    }
  }

  /** The change may have arrived or not; it happened at most once, and a read tells. */
  @Test
  void pausedEtcdIsUnknownWithinTheTimeout() throws Exception {
    try (Arbiter a = reaching(Duration.ofSeconds(1), etcd.endpoint())) {
      InSyncRecord first = changed(a.compareAndSwap(InSyncRecord.NONE, record(1, A)));
      etcd.signal("STOP");
      try {
        long began = System.nanoTime();
        assertThat(a.compareAndSwap(first, record(2, A)))
            .isInstanceOf(Arbiter.Outcome.Unknown.class);
        assertThat(Duration.ofNanos(System.nanoTime() - began)).isLessThan(Duration.ofSeconds(20));
      } finally {
        etcd.signal("CONT");
      }
      awaitAnswer();
      InSyncRecord now = current(a);
      assertThat(now.view()).isIn(1L, 2L);
      // whatever became of it: asked again it is a conflict, or the first time
      Arbiter.Outcome again = a.compareAndSwap(now, record(3, A));
      assertThat(changed(again).view()).isEqualTo(3);
    }
  }

  /**
   * What was on its way when the network broke arrives later, and must not undo what came since.
   */
  @Test
  void etcdBehindACutIsUnknownAndAChangeThatArrivesLateHappensOnceAtMost() throws Exception {
    try (Wire wire = new Wire(etcd.endpoint());
        Arbiter cutOff = reaching(Duration.ofSeconds(1), wire.endpoint());
        Arbiter peer = open()) {
      InSyncRecord first = changed(cutOff.compareAndSwap(InSyncRecord.NONE, record(1, A)));
      wire.cut(true);
      long began = System.nanoTime();
      assertThat(cutOff.compareAndSwap(first, record(2, A)))
          .isInstanceOf(Arbiter.Outcome.Unknown.class);
      assertThat(cutOff.read()).isInstanceOf(Arbiter.Reading.Unknown.class);
      assertThat(Duration.ofNanos(System.nanoTime() - began)).isLessThan(Duration.ofSeconds(20));
      InSyncRecord peers = changed(peer.compareAndSwap(first, record(2, B)));
      wire.cut(false);
      await().until(() -> cutOff.read() instanceof Arbiter.Reading.Current);
      assertThat(current(cutOff)).isEqualTo(peers);
      assertThat(cutOff.compareAndSwap(first, record(3, A)))
          .isInstanceOf(Arbiter.Outcome.Conflict.class);
      assertThat(current(peer)).isEqualTo(peers);
    }
  }

  @Test
  void deadEndpointIsPassedOver() throws Exception {
    URI dead = URI.create("http://127.0.0.1:1");
    try (Arbiter a = reaching(Duration.ofSeconds(20), dead, etcd.endpoint())) {
      assertThat(changed(a.compareAndSwap(InSyncRecord.NONE, record(1, A))).view()).isEqualTo(1);
      assertThat(current(a).primary()).isEqualTo(A);
    }
  }
}
