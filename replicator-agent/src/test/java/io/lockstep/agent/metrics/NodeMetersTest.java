package io.lockstep.agent.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.LongConsumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Scrapes what Prometheus would. */
class NodeMetersTest {
  /** A node whose numbers the test sets. */
  private static final class Played implements Readings {
    volatile String role = "PRIMARY";
    volatile long operations = 10;
    volatile long lost = 1;
    volatile boolean returning;
    volatile boolean drillGood;
    volatile long drillAgeNs = -1;
    volatile String groupVerdict = "TOGETHER";
    volatile long groupOrders;
    volatile Map<String, Boolean> checkers = Map.of("check", true);
    volatile Map<String, Boolean> confirmed = Map.of("10.0.1.50", true);

    @Override
    public NodeReading node() {
      return new NodeReading(
          true,
          150_000,
          0,
          2,
          1,
          1_000 + operations,
          20,
          30,
          40,
          true,
          0,
          List.of(
              new NodeReading.Heartbeats("10.0.1.2:7401", 400_000_000, 70, lost, 25_000_000),
              new NodeReading.Heartbeats("192.168.9.2:7401", -1, 0, 0, 0)),
          List.of(new NodeReading.Group("site", groupVerdict, 2, groupOrders)));
    }

    @Override
    public List<String> modules() {
      return List.of("desk");
    }

    @Override
    public ModuleReading module(String name) {
      return new ModuleReading(
          role,
          "UP_TO_DATE",
          role.equals("PRIMARY") ? "PROTECTED" : "EXPOSED",
          operations,
          operations,
          operations - 1,
          operations - 2,
          1,
          4_096,
          1 << 20,
          8L << 30,
          50L << 30,
          3,
          12_288,
          false,
          returning,
          25,
          777,
          4_000_000_000L,
          true,
          drillGood ? 2_500_000_000L : 0,
          drillGood,
          drillAgeNs,
          checkers,
          confirmed,
          Map.of("TAKEOVER ok", 2L));
    }
  }

  private final Played node = new Played();
  private final NodeMeters meters = new NodeMeters(node);

  @BeforeEach
  void bind() {
    meters.bind("dispatch", "desk-a", "0.1.0");
  }

  @AfterEach
  void close() {
    meters.close();
  }

  private double value(String line) {
    Matcher found =
        Pattern.compile("^" + Pattern.quote(line) + " (\\S+)$", Pattern.MULTILINE)
            .matcher(meters.scrape());
    assertThat(found.find()).as(line + " in " + meters.scrape()).isTrue();
    return Double.parseDouble(found.group(1));
  }

  @Test
  void theNodesNumbersAreThereAndMove() {
    assertThat(value("lockstep_operations_total{module=\"desk\"}")).isEqualTo(10);
    assertThat(value("lockstep_role{module=\"desk\",role=\"PRIMARY\"}")).isEqualTo(1);
    assertThat(value("lockstep_role{module=\"desk\",role=\"ALONE\"}")).isZero();
    assertThat(value("lockstep_verdict{module=\"desk\",verdict=\"PROTECTED\"}")).isEqualTo(1);
    assertThat(value("lockstep_heartbeat_lost_total{path=\"10.0.1.2:7401\"}")).isEqualTo(1);
    assertThat(value("lockstep_heartbeat_jitter_seconds{path=\"10.0.1.2:7401\"}")).isEqualTo(0.025);
    assertThat(value("lockstep_heartbeat_age_seconds{path=\"10.0.1.2:7401\"}")).isEqualTo(0.4);
    assertThat(value("lockstep_heartbeat_age_seconds{path=\"192.168.9.2:7401\"}")).isNaN();
    assertThat(value("lockstep_transitions_total{kind=\"TAKEOVER\",module=\"desk\",result=\"ok\"}"))
        .isEqualTo(2);
    assertThat(value("lockstep_reintegration_ratio{module=\"desk\"}")).isNaN();
    node.operations = 999;
    node.role = "ALONE";
    node.lost = 5;
    node.returning = true;
    await()
        .untilAsserted(
            () -> {
              assertThat(value("lockstep_operations_total{module=\"desk\"}")).isEqualTo(999);
              assertThat(value("lockstep_role{module=\"desk\",role=\"ALONE\"}")).isEqualTo(1);
              assertThat(value("lockstep_verdict{module=\"desk\",verdict=\"PROTECTED\"}")).isZero();
              assertThat(value("lockstep_heartbeat_lost_total{path=\"10.0.1.2:7401\"}"))
                  .isEqualTo(5);
              assertThat(value("lockstep_link_sent_bytes_total{lane=\"operations\"}"))
                  .isEqualTo(1_999);
              assertThat(value("lockstep_reintegration_ratio{module=\"desk\"}")).isEqualTo(0.25);
              assertThat(value("lockstep_reintegration_eta_seconds{module=\"desk\"}")).isEqualTo(4);
            });
  }

  @Test
  void aGroupIsMeasuredAsAWhole() {
    assertThat(value("lockstep_group_verdict{group=\"site\",verdict=\"TOGETHER\"}")).isEqualTo(1);
    assertThat(value("lockstep_group_verdict{group=\"site\",verdict=\"APART\"}")).isZero();
    assertThat(value("lockstep_group_moves_total{by=\"choice\",group=\"site\"}")).isEqualTo(2);
    assertThat(value("lockstep_group_moves_total{by=\"order\",group=\"site\"}")).isZero();
    node.groupVerdict = "APART";
    node.groupOrders = 3;
    await()
        .untilAsserted(
            () -> {
              assertThat(value("lockstep_group_verdict{group=\"site\",verdict=\"APART\"}"))
                  .isEqualTo(1);
              assertThat(value("lockstep_group_verdict{group=\"site\",verdict=\"TOGETHER\"}"))
                  .isZero();
              assertThat(value("lockstep_group_moves_total{by=\"order\",group=\"site\"}"))
                  .isEqualTo(3);
            });
  }

  @Test
  void waitsForThePeerBecomeQuantiles() {
    LongConsumer waits = meters.ackWaits("desk");
    for (int i = 0; i < 98; i++) {
      waits.accept(1_000_000);
    }
    waits.accept(80_000_000);
    waits.accept(80_000_000);
    assertThat(value("lockstep_ack_wait_seconds_count{module=\"desk\"}")).isEqualTo(100);
    assertThat(value("lockstep_ack_wait_seconds{module=\"desk\",quantile=\"0.5\"}"))
        .isBetween(0.0009, 0.0011);
    assertThat(value("lockstep_ack_wait_seconds{module=\"desk\",quantile=\"0.99\"}"))
        .isBetween(0.07, 0.09);
  }

  @Test
  void notingAWaitAllocatesNothing() {
    LongConsumer waits = meters.ackWaits("desk");
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    int notes = 200_000;
    for (int i = 0; i < notes; i++) {
      waits.accept(50_000 + i);
    }
    long thread = Thread.currentThread().getId();
    long before = threads.getThreadAllocatedBytes(thread);
    for (int i = 0; i < notes; i++) {
      waits.accept(50_000 + i);
    }
    long bytes = threads.getThreadAllocatedBytes(thread) - before;
    assertThat((double) bytes / notes).as("bytes a note").isLessThan(0.5);
  }

  @Test
  void aDrillIsMeasuredOnceThereWasOne() {
    assertThat(value("lockstep_drill_success{module=\"desk\"}")).isNaN();
    node.drillGood = true;
    node.drillAgeNs = 60_000_000_000L;
    await()
        .untilAsserted(
            () -> {
              assertThat(value("lockstep_drill_success{module=\"desk\"}")).isEqualTo(1);
              assertThat(value("lockstep_drill_seconds{module=\"desk\"}")).isEqualTo(2.5);
              assertThat(value("lockstep_drill_age_seconds{module=\"desk\"}")).isEqualTo(60);
            });
    node.drillGood = false;
    await()
        .untilAsserted(
            () -> {
              assertThat(value("lockstep_drill_success{module=\"desk\"}")).isZero();
              assertThat(value("lockstep_drill_seconds{module=\"desk\"}")).isNaN();
            });
  }

  @Test
  void aRemovedModuleIsMeasuredNoMore() {
    assertThat(meters.scrape()).contains("module=\"desk\"");
    meters.forget("desk");
    assertThat(meters.scrape()).doesNotContain("module=\"desk\"").contains("lockstep_link_up");
  }

  @Test
  void theProcessIsMeasuredToo() {
    assertThat(meters.scrape())
        .contains("jvm_memory_used_bytes{", "process_files_open_files", "netty_allocator_memory");
  }

  @Test
  void everyNameIsInTheHandbookAndNoOther() throws Exception {
    Set<String> names = names(meters.scrape(), "^# TYPE (lockstep_[a-z_]+)");
    names.removeIf(name -> name.endsWith("_max"));
    String handbook = Files.readString(Path.of("..", "docs", "operations.md"));
    assertThat(names(handbook, "^\\| `(lockstep_[a-z_]+)")).isEqualTo(names);
  }

  private static Set<String> names(String text, String pattern) {
    List<String> found = new ArrayList<>();
    Matcher matcher = Pattern.compile(pattern, Pattern.MULTILINE).matcher(text);
    while (matcher.find()) {
      found.add(matcher.group(1));
    }
    return new TreeSet<>(found);
  }

  @Test
  void checkersComeAndGoWithTheConfiguration() {
    node.checkers = Map.of("ping 10.0.1.1", false, "check", true);
    assertThat(meters.scrape())
        .contains("lockstep_checker_up{checker=\"ping 10.0.1.1\",module=\"desk\"} 0.0")
        .contains("lockstep_checker_up{checker=\"check\",module=\"desk\"} 1.0");
    node.checkers = Map.of("check", false);
    await()
        .untilAsserted(
            () ->
                assertThat(meters.scrape())
                    .doesNotContain("ping 10.0.1.1")
                    .contains("lockstep_checker_up{checker=\"check\",module=\"desk\"} 0.0"));
  }

  @Test
  void anAddressThatNobodyOutsideFindsIsSeen() {
    assertThat(value("lockstep_address_confirmed{address=\"10.0.1.50\",module=\"desk\"}")).isOne();
    node.confirmed = Map.of("10.0.1.51", false);
    await()
        .untilAsserted(
            () ->
                assertThat(meters.scrape())
                    .doesNotContain("10.0.1.50")
                    .contains(
                        "lockstep_address_confirmed{address=\"10.0.1.51\",module=\"desk\"} 0.0"));
  }
}
