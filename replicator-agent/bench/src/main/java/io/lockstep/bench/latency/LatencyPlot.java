package io.lockstep.bench.latency;

import com.google.errorprone.annotations.FormatMethod;
import java.util.Locale;
import java.util.Map;
import java.util.function.IntToDoubleFunction;

/**
 * Latency over time as SVG: for each second the median, the slowest hundredth and the longest.
 * Pure.
 */
final class LatencyPlot {
  private static final int WIDTH = 1000;
  private static final int HEIGHT = 460;
  private static final int LEFT = 70;
  private static final int RIGHT = 20;
  private static final int TOP = 60;
  private static final int BOTTOM = 40;
  private static final double LOWEST_US = 0.5;
  private static final double HIGHEST_US = 5e6;

  private final StringBuilder svg = new StringBuilder();
  private final int seconds;

  private LatencyPlot(int seconds) {
    this.seconds = seconds;
  }

  /** The picture of a run. */
  static String of(Judgement run, String title) {
    LatencyPlot plot = new LatencyPlot(run.lockstep().get(Kind.WRITE).length());
    plot.frame(title);
    plot.system(run.ext4(), "ext4", new String[] {"#9ecae1", "#4292c6", "#08519c"}, 0);
    plot.system(run.lockstep(), "Lockstep", new String[] {"#fdbe85", "#fd8d3c", "#a63603"}, 1);
    plot.bound(run.boundMs());
    return plot.svg.append("</svg>\n").toString();
  }

  private void frame(String title) {
    add(
        "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 %d %d' font-family='sans-serif' font-size='12'>",
        WIDTH, HEIGHT);
    add("<rect width='%d' height='%d' fill='white'/>", WIDTH, HEIGHT);
    add("<text x='%d' y='18' font-size='14'>%s</text>", LEFT, title);
    for (double us = 1; us <= HIGHEST_US; us *= 10) {
      add(
          "<line x1='%d' x2='%d' y1='%.1f' y2='%.1f' stroke='#dddddd'/>",
          LEFT, WIDTH - RIGHT, y(us), y(us));
      add("<text x='%d' y='%.1f' text-anchor='end'>%s</text>", LEFT - 6, y(us) + 4, unit(us));
    }
    int step = Math.max(1, (seconds / 10 + 29) / 30) * 30;
    for (int second = 0; second <= seconds; second += step) {
      add(
          "<text x='%.1f' y='%d' text-anchor='middle'>%d s</text>",
          x(second), HEIGHT - BOTTOM + 18, second);
    }
  }

  private static String unit(double us) {
    return us < 1e3
        ? say("%.0f us", us)
        : us < 1e6 ? say("%.0f ms", us / 1e3) : say("%.0f s", us / 1e6);
  }

  private void system(Map<Kind, Timeline> run, String name, String[] colours, int row) {
    Timeline writes = run.get(Kind.WRITE);
    line(colours[0], name + ": write p50", 0, row, i -> writes.second(i).atNs(0.5));
    line(colours[1], name + ": write p99", 1, row, i -> writes.second(i).atNs(0.99));
    line(colours[2], name + ": longest of all operations", 2, row, i -> longest(run, i));
  }

  private static double longest(Map<Kind, Timeline> run, int second) {
    return run.values().stream().mapToLong(line -> line.second(second).longestNs()).max().orElse(0);
  }

  private void line(String colour, String name, int column, int row, IntToDoubleFunction ns) {
    StringBuilder points = new StringBuilder();
    for (int i = 0; i < seconds; i++) {
      double us = ns.applyAsDouble(i) / 1e3;
      if (us > 0) {
        points.append(say("%.1f,%.1f ", x(i + 0.5), y(us)));
      }
    }
    add(
        "<polyline fill='none' stroke='%s' stroke-width='1.2' points='%s'/>",
        colour, points.toString().strip());
    int at = LEFT + 250 * column;
    add("<rect x='%d' y='%d' width='14' height='4' fill='%s'/>", at, 28 + 16 * row, colour);
    add("<text x='%d' y='%d'>%s</text>", at + 20, 34 + 16 * row, name);
  }

  private void bound(double ms) {
    double at = y(ms * 1e3);
    add(
        "<line x1='%d' x2='%d' y1='%.1f' y2='%.1f' stroke='#cb181d' stroke-dasharray='6 4'/>",
        LEFT, WIDTH - RIGHT, at, at);
    add(
        "<text x='%d' y='%.1f' text-anchor='end' fill='#cb181d'>bound %s</text>",
        WIDTH - RIGHT, at - 4, say("%.0f ms", ms));
  }

  private double x(double second) {
    return LEFT + second * (WIDTH - LEFT - RIGHT) / seconds;
  }

  private static double y(double us) {
    double part = Math.log(us / LOWEST_US) / Math.log(HIGHEST_US / LOWEST_US);
    return HEIGHT - BOTTOM - Math.min(1, Math.max(0, part)) * (HEIGHT - TOP - BOTTOM);
  }

  @FormatMethod
  private void add(String format, Object... values) {
    svg.append(say(format, values)).append('\n');
  }

  @FormatMethod
  private static String say(String format, Object... values) {
    return String.format(Locale.ROOT, format, values);
  }
}
