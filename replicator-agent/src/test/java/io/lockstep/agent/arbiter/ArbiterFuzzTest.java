package io.lockstep.agent.arbiter;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import io.lockstep.failover.arbiter.Arbiter;
import io.lockstep.failover.arbiter.InSyncRecord;
import io.lockstep.replicator.model.Generation;
import io.lockstep.replicator.testkit.Fuzz;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.UUID;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.lifecycle.AfterContainer;
import net.jqwik.api.lifecycle.BeforeContainer;

/**
 * Answers of an arbiter that is broken, or is something else: never taken for "there is no record",
 * which anyone may replace, never waited for beyond the timeout, never more of them in memory than
 * a record needs.
 */
class ArbiterFuzzTest {
  private static final Duration TIMEOUT = Duration.ofSeconds(2);
  private static final InSyncRecord RECORD =
      new InSyncRecord(
          7, new Generation(1, 2), new UUID(3, 4), Set.of(new UUID(3, 4), new UUID(5, 6)), 9);

  /** What the played etcd answers. */
  private interface Answering {
    void write(OutputStream out) throws IOException;
  }

  private static HttpServer server;
  private static volatile Answering answering;

  @BeforeContainer
  static void start() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 10);
    server.setExecutor(
        Executors.newCachedThreadPool(
            task -> {
              Thread thread = new Thread(task, "played-etcd");
              thread.setDaemon(true);
              return thread;
            }));
    server.createContext(
        "/",
        exchange -> {
          exchange.getRequestBody().readAllBytes();
          exchange.sendResponseHeaders(200, 0);
          try (OutputStream out = exchange.getResponseBody()) {
            answering.write(out);
          } catch (IOException e) {
            // the client went away, as it should
          }
        });
    server.start();
  }

  @AfterContainer
  static void stop() {
    server.stop(0);
  }

  private static EtcdArbiter etcd() {
    URI uri = URI.create("http://127.0.0.1:" + server.getAddress().getPort());
    return new EtcdArbiter(List.of(uri), "/lockstep/c/m", TIMEOUT, null);
  }

  private static String found() {
    String value =
        Base64.getEncoder()
            .encodeToString(RecordText.write(RECORD).getBytes(StandardCharsets.UTF_8));
    return "{\"header\":{\"cluster_id\":\"1\",\"member_id\":\"2\",\"revision\":\"12\"},\"kvs\":[{"
        + "\"key\":\"L2s=\",\"mod_revision\":\"9\",\"value\":\""
        + value
        + "\"}],\"count\":\"1\"}";
  }

  private static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  @Property(tries = 20, seed = "20261126")
  void damagedAnswersOfEtcdAreNoAnswers(@ForAll long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    try (EtcdArbiter etcd = etcd()) {
      for (int i = 0; i < 4; i++) {
        byte[] answer = Fuzz.mangled(List.of(utf8(found())), random);
        answering = out -> out.write(answer);
        String text = new String(answer, StandardCharsets.UTF_8);
        if (etcd.read() instanceof Arbiter.Reading.Current current) {
          assertThat(current.record().exists()).as("a record in %s", text).isTrue();
        }
        if (etcd.compareAndSwap(RECORD, RECORD) instanceof Arbiter.Outcome.Changed) {
          assertThat(text).contains("succeeded");
        }
      }
    }
  }

  @Example
  void whatIsNotEtcdsIsNoAnswer() {
    try (EtcdArbiter etcd = etcd()) {
      for (String text :
          List.of(
              "",
              "{}",
              "null",
              "[]",
              "1",
              "\"x\"",
              "<html>",
              "{\"kvs\":[]}",
              "{\"error\":\"permission denied\",\"code\":7}",
              "{\"header\":{\"revision\":\"0\"}}",
              "{\"header\":{\"revision\":\"12\"},\"kvs\":[{\"value\":\"\"}]}",
              "[".repeat(100_000))) {
        answering = out -> out.write(utf8(text));
        assertThat(etcd.read()).as(text).isInstanceOf(Arbiter.Reading.Unknown.class);
        assertThat(etcd.compareAndSwap(InSyncRecord.NONE, RECORD))
            .as(text)
            .isInstanceOf(Arbiter.Outcome.Unknown.class);
      }
      answering = out -> out.write(utf8("{\"header\":{\"revision\":\"12\"}}"));
      assertThat(etcd.read()).isEqualTo(new Arbiter.Reading.Current(InSyncRecord.NONE));
      answering = out -> out.write(utf8(found()));
      assertThat(etcd.read()).isEqualTo(new Arbiter.Reading.Current(RECORD));
    }
  }

  @Example
  void anAnswerWithoutEndIsNotKeptAndNotWaitedFor() {
    answering =
        out -> {
          byte[] spaces = utf8(" ".repeat(64 << 10));
          while (true) {
            out.write(spaces);
          }
        };
    assertThat(unknownAfter()).contains("more than");
    answering =
        out -> {
          while (true) {
            out.write(' ');
            out.flush();
            pause();
          }
        };
    assertThat(unknownAfter()).contains("no answer within");
  }

  private static String unknownAfter() {
    long since = System.nanoTime();
    try (EtcdArbiter etcd = etcd()) {
      Arbiter.Reading reading = etcd.read();
      assertThat(reading).isInstanceOf(Arbiter.Reading.Unknown.class);
      assertThat(Duration.ofNanos(System.nanoTime() - since)).isLessThan(TIMEOUT.multipliedBy(2));
      return ((Arbiter.Reading.Unknown) reading).reason();
    }
  }

  private static void pause() {
    try {
      TimeUnit.MILLISECONDS.sleep(20);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Property(tries = 60, seed = "20261126")
  void damagedRecordsOnAShareAreNoRecords(@ForAll long seed) throws IOException {
    SplittableRandom random = new SplittableRandom(seed);
    Path share = Files.createTempDirectory("share");
    Files.createFile(share.resolve(FileArbiter.MARK));
    Path file = Files.createDirectories(share.resolve("c.m")).resolve("0000000000000009");
    Files.createFile(share.resolve("c.m/new-of-somebody"));
    try (FileArbiter arbiter = new FileArbiter(share.resolve("c.m"), Duration.ofSeconds(20))) {
      for (int i = 0; i < 20; i++) {
        Files.write(file, Fuzz.mangled(List.of(utf8(RecordText.write(RECORD))), random));
        if (arbiter.read() instanceof Arbiter.Reading.Current current) {
          assertThat(current.record().version()).isEqualTo(9);
          assertThat(current.record().inSync().size()).isLessThanOrEqualTo(2);
        }
      }
      Files.write(file, utf8(RecordText.write(RECORD) + " ".repeat(1 << 20)));
      assertThat(arbiter.read()).isInstanceOf(Arbiter.Reading.Unknown.class);
      Files.write(file, utf8(RecordText.write(RECORD)));
      assertThat(arbiter.read()).isEqualTo(new Arbiter.Reading.Current(RECORD));
    } finally {
      delete(share);
    }
  }

  private static void delete(Path tree) throws IOException {
    try (Stream<Path> all = Files.walk(tree)) {
      for (Path each : all.sorted(java.util.Comparator.reverseOrder()).toList()) {
        Files.delete(each);
      }
    }
  }
}
