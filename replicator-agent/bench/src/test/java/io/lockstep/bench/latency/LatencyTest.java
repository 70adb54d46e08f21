package io.lockstep.bench.latency;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is counted, judged and drawn of latencies. */
class LatencyTest {
  private static final long MS = 1_000_000;

  @TempDir Path place;

  private static Map<Kind, Timeline> run(long longestMs) {
    Map<Kind, Timeline> run = new EnumMap<>(Kind.class);
    for (Kind kind : Kind.values()) {
      Timeline line = new Timeline(10, 0);
      for (int second = 0; second < 10; second++) {
        long end = TimeUnit.SECONDS.toNanos(second) + MS;
        line.add(end - 40_000, end);
      }
      run.put(kind, line);
    }
    long end = TimeUnit.SECONDS.toNanos(7);
    run.get(Kind.SMALL_FILE).add(end - longestMs * MS, end);
    return run;
  }

  private static Histogram alone(int slow) {
    Histogram histogram = new Histogram();
    for (int i = 0; i < 1000; i++) {
      histogram.add(i < slow ? 500_000 : 40_000);
    }
    return histogram;
  }

  @Test
  void percentilesAreWithinSixPercentAndTheLongestIsExact() {
    Histogram histogram = new Histogram();
    for (int us = 1; us <= 1000; us++) {
      histogram.add(us * 1000L);
    }
    assertThat(histogram.count()).isEqualTo(1000);
    assertThat(histogram.atNs(0.5)).isCloseTo(500_000, within(32_000.0));
    assertThat(histogram.atNs(0.99)).isCloseTo(990_000, within(62_000.0));
    assertThat(histogram.longestNs()).isEqualTo(1_000_000);
    assertThat(new Histogram().atNs(0.5)).isZero();
  }

  @Test
  void aPauseIsMeasuredByTheWorstOfExt4AndFiftyMilliseconds() {
    assertThat(new Judgement(run(10), run(49), alone(5)).broken()).isEmpty();
    assertThat(new Judgement(run(10), run(51), alone(5)).broken())
        .singleElement()
        .asString()
        .contains("a pause of 51.0 ms");
    assertThat(new Judgement(run(100), run(149), alone(5)).broken()).isEmpty();
    assertThat(new Judgement(run(100), run(151), alone(5)).broken()).hasSize(1);
  }

  @Test
  void slowWritesAloneAreTold() {
    assertThat(new Judgement(run(1), run(1), alone(11)).broken())
        .singleElement()
        .asString()
        .contains("p99");
  }

  @Test
  void whatWasNotMeasuredIsNoPraise() {
    Map<Kind, Timeline> nothing = run(1);
    nothing.put(Kind.READ, new Timeline(10, 0));
    assertThat(new Judgement(run(1), nothing, alone(5)).broken())
        .containsExactly("nothing was measured of 4 KiB read");
  }

  @Test
  void thePictureShowsEverySecondAndTheBound() {
    String svg = LatencyPlot.of(new Judgement(run(10), run(200), alone(5)), "title");
    assertThat(svg).startsWith("<svg").endsWith("</svg>\n").contains("title", "bound 50 ms");
    assertThat(svg.split("<polyline", -1)).hasSize(7);
  }

  @Test
  void eachKindDoesWhatItSaysAndNotesIt() throws Exception {
    Load.prepare(place);
    for (Kind kind : Kind.values()) {
      long start = System.nanoTime();
      Timeline line = new Timeline(1, start);
      new Load(kind, place, line, start + 200 * MS, true).call();
      assertThat(line.all().count()).as(kind.title()).isPositive();
    }
    assertThat(Files.size(place.resolve("blocks"))).isEqualTo(64 << 20);
    assertThat(Files.size(place.resolve("appended"))).isPositive();
  }
}
