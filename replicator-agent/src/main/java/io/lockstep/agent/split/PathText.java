package io.lockstep.agent.split;

import io.lockstep.replicator.model.TreePath;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Optional;

/**
 * Names and paths of any bytes as one line of text and back: UTF-8 as it is; '%', what is no
 * character that one sees, and every byte of a name that is not UTF-8, as %XX. A path begins with
 * the number of its directory and {@code ":/"}. No two have the same text.
 */
public final class PathText {
  private static final int HEX = 16;

  private PathText() {}

  /** The path as text. */
  public static String of(TreePath path) {
    return path.directory() + ":/" + of(path.bytes());
  }

  /** Some bytes as text. */
  static String of(byte[] bytes) {
    String utf8;
    try {
      utf8 = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
    } catch (CharacterCodingException e) {
      utf8 = null;
    }
    StringBuilder text = new StringBuilder(bytes.length);
    if (utf8 == null) {
      for (byte b : bytes) {
        if (b > ' ' && b < 0x7f && b != '%') {
          text.append((char) b);
        } else {
          escape(text, b);
        }
      }
    } else {
      utf8.codePoints().forEach(c -> append(text, c));
    }
    return text.toString();
  }

  private static void append(StringBuilder text, int character) {
    boolean seen =
        switch (Character.getType(character)) {
          case Character.CONTROL,
              Character.FORMAT,
              Character.UNASSIGNED,
              Character.PRIVATE_USE,
              Character.LINE_SEPARATOR,
              Character.PARAGRAPH_SEPARATOR ->
              false;
          default -> character != '%';
        };
    if (seen) {
      text.appendCodePoint(character);
    } else {
      for (byte b : Character.toString(character).getBytes(StandardCharsets.UTF_8)) {
        escape(text, b);
      }
    }
  }

  private static void escape(StringBuilder text, byte b) {
    text.append(String.format(Locale.ROOT, "%%%02X", b & 0xff));
  }

  /**
   * The path that {@code text} tells; one without a directory's number is of the first. Empty if it
   * is none, or would lead outside.
   */
  public static Optional<TreePath> path(String text) {
    int colon = text.indexOf(":/");
    boolean numbered = colon > 0 && text.substring(0, colon).matches("\\d{1,3}");
    String rest = numbered ? text.substring(colon + 2) : text;
    try {
      int directory = numbered ? Integer.parseInt(text.substring(0, colon)) : 0;
      return Optional.of(TreePath.of(directory, bytes(rest)));
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
  }

  /**
   * The bytes that {@code text} tells.
   *
   * @throws IllegalArgumentException at a '%' without two digits
   */
  public static byte[] bytes(String text) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream(text.length());
    for (int i = 0; i < text.length(); ) {
      int character = text.codePointAt(i);
      if (character == '%') {
        if (!text.substring(i).matches("(?s)%[0-9A-Fa-f]{2}.*")) {
          throw new IllegalArgumentException("'%' without two hexadecimal digits in " + text);
        }
        bytes.write(Integer.parseInt(text, i + 1, i + 3, HEX));
        i += 3;
      } else {
        bytes.writeBytes(Character.toString(character).getBytes(StandardCharsets.UTF_8));
        i += Character.charCount(character);
      }
    }
    return bytes.toByteArray();
  }
}
