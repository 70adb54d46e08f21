package io.lockstep.agent.split;

import java.util.Base64;

/**
 * A part of a file's content.
 *
 * @param there whether there is such a regular file
 * @param sizeBytes of the whole file
 * @param data the part, in Base64
 */
public record ContentChunk(boolean there, long sizeBytes, String data) {
  /** Most bytes in one. */
  public static final int MOST_BYTES = SplitDiff.MOST_BYTES;

  /** Of what is not there. */
  public static final ContentChunk NONE = new ContentChunk(false, 0, "");

  /** The part. */
  public byte[] bytes() {
    return Base64.getDecoder().decode(data);
  }

  /** A part as it is sent. */
  public static ContentChunk of(long sizeBytes, byte[] part) {
    return new ContentChunk(true, sizeBytes, Base64.getEncoder().encodeToString(part));
  }
}
