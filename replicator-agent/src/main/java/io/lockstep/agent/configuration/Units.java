package io.lockstep.agent.configuration;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Reads and writes the values of the configuration, units always explicit. */
public final class Units {
  private static final Pattern DURATION = Pattern.compile("(\\d{1,12})(ms|s|m|h)");
  private static final Pattern SIZE = Pattern.compile("(\\d{1,12})(B|KiB|MiB|GiB|TiB)");
  private static final Pattern IPV4 =
      Pattern.compile("(\\d{1,3})\\.(\\d{1,3})\\.(\\d{1,3})\\.(\\d{1,3})");
  private static final Pattern IPV6 = Pattern.compile("[0-9a-fA-F:][0-9a-fA-F:.]{1,44}");
  private static final Pattern ENDPOINT =
      Pattern.compile("(?:\\[([^\\]]+)\\]|([^:\\[\\]]+)):(\\d{1,5})");

  private Units() {}

  /** {@code 500ms}, {@code 1s}, {@code 10m}, {@code 2h}. */
  public static Optional<Duration> duration(String text) {
    Matcher m = DURATION.matcher(text);
    if (!m.matches()) {
      return Optional.empty();
    }
    long n = Long.parseLong(m.group(1));
    return Optional.of(
        switch (m.group(2)) {
          case "ms" -> Duration.ofMillis(n);
          case "s" -> Duration.ofSeconds(n);
          case "m" -> Duration.ofMinutes(n);
          default -> Duration.ofHours(n);
        });
  }

  /** The duration in the largest unit that divides it. */
  public static String show(Duration d) {
    long ms = d.toMillis();
    if (ms % 3_600_000 == 0 && ms > 0) {
      return ms / 3_600_000 + "h";
    }
    if (ms % 60_000 == 0 && ms > 0) {
      return ms / 60_000 + "m";
    }
    return ms % 1000 == 0 ? ms / 1000 + "s" : ms + "ms";
  }

  /** Bytes: {@code 512B}, {@code 64MiB}, {@code 8GiB}. */
  public static Optional<Long> size(String text) {
    Matcher m = SIZE.matcher(text);
    if (!m.matches()) {
      return Optional.empty();
    }
    long n = Long.parseLong(m.group(1));
    int shift = "BKMGT".indexOf(m.group(2).charAt(0)) * 10;
    return n > Long.MAX_VALUE >> shift ? Optional.empty() : Optional.of(n << shift);
  }

  /** The size in the largest unit that divides it. */
  public static String showSize(long bytes) {
    String[] units = {"B", "KiB", "MiB", "GiB", "TiB"};
    int unit = 0;
    long n = bytes;
    while (unit < 4 && n != 0 && n % 1024 == 0) {
      n /= 1024;
      unit++;
    }
    return n + units[unit];
  }

  /** A numeric IPv4 or IPv6 address; names are not looked up. */
  public static Optional<InetAddress> address(String text) {
    Matcher m = IPV4.matcher(text);
    boolean four = m.matches();
    if (!four && !(text.indexOf(':') >= 0 && IPV6.matcher(text).matches())) {
      return Optional.empty();
    }
    for (int i = 1; four && i <= 4; i++) {
      if (Integer.parseInt(m.group(i)) > 255) {
        return Optional.empty();
      }
    }
    try {
      return Optional.of(InetAddress.getByName(text));
    } catch (UnknownHostException e) {
      return Optional.empty();
    }
  }

  /** {@code 10.0.1.1:7400} or {@code [fd00::1]:7400}. */
  public static Optional<Endpoint> endpoint(String text) {
    Matcher m = ENDPOINT.matcher(text);
    if (!m.matches()) {
      return Optional.empty();
    }
    int port = Integer.parseInt(m.group(3));
    String host = m.group(1) != null ? m.group(1) : m.group(2);
    boolean brackets = m.group(1) != null;
    return address(host)
        .filter(a -> port >= 1 && port <= 65_535 && brackets == (host.indexOf(':') >= 0))
        .map(a -> new Endpoint(a, port));
  }

  /** An absolute path without {@code .} and {@code ..}, and not the root itself. */
  public static Optional<Path> path(String text) {
    try {
      Path path = Path.of(text);
      boolean plain = path.isAbsolute() && path.equals(path.normalize());
      return plain && path.getNameCount() > 0 ? Optional.of(path) : Optional.empty();
    } catch (InvalidPathException e) {
      return Optional.empty();
    }
  }
}
