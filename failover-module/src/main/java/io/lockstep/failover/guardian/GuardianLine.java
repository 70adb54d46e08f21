package io.lockstep.failover.guardian;

import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.StringJoiner;

/** The lines that {@code guardian.sh} reads: fields percent-encoded, separated by blanks. */
final class GuardianLine {
  private static final String PLAIN = "._/:@-";

  private GuardianLine() {}

  static String of(String verb, String... fields) {
    StringJoiner line = new StringJoiner(" ");
    line.add(verb);
    for (String field : fields) {
      line.add(encode(field));
    }
    return line.toString();
  }

  static String address(InetAddress address, int prefixBits, String networkInterface) {
    String host = address.getHostAddress().replaceFirst("%.*", "");
    return of("ADDRESS", host + "/" + prefixBits, networkInterface);
  }

  static String encode(String field) {
    StringBuilder out = new StringBuilder();
    for (byte b : field.getBytes(StandardCharsets.UTF_8)) {
      char c = (char) (b & 0xff);
      boolean plain =
          c < 0x80 && (c >= '0' && c <= '9' || Character.isLetter(c) || PLAIN.indexOf(c) >= 0);
      if (plain) {
        out.append(c);
      } else {
        out.append(String.format(Locale.ROOT, "%%%02X", (int) c));
      }
    }
    return out.toString();
  }
}
