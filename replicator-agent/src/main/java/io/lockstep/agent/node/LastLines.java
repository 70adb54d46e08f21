package io.lockstep.agent.node;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;

/** The end of a text file, without reading the rest: a log may be gigabytes. */
final class LastLines {
  private static final int MOST_BYTES = 4 << 20;

  private LastLines() {}

  /**
   * The last lines, at most {@code lines} and 4 MiB of them; none if there is no such file.
   *
   * @throws IOException if it cannot be read
   */
  static List<String> of(Path file, int lines) throws IOException {
    try (FileChannel in = FileChannel.open(file, StandardOpenOption.READ)) {
      long size = in.size();
      int length = (int) Math.min(size, MOST_BYTES);
      ByteBuffer end = ByteBuffer.allocate(length);
      while (end.hasRemaining() && in.read(end, size - length + end.position()) >= 0) {
        // goes on until the end that was there when it was opened
      }
      String text = StandardCharsets.UTF_8.decode(end.flip()).toString();
      List<String> all = text.lines().toList();
      boolean cut = length < size && all.size() > 1;
      int from = Math.max(cut ? 1 : 0, all.size() - lines);
      return all.subList(from, all.size());
    } catch (NoSuchFileException e) {
      return List.of();
    }
  }
}
