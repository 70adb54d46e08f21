package io.lockstep.agent.split;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.lockstep.replicator.port.Disk;
import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.file.Path;

/**
 * The index of a quarantine, {@code index.json}: {@code {"head": {…}, "files": [{…}, …]}}, one file
 * a line. It comes last and in one step, so that a quarantine with an index is whole.
 */
public final class QuarantineIndex {
  /** What a reader sees of each entry. */
  public interface Reader {
    /** Returns whether to go on. */
    boolean entry(QuarantineEntry entry) throws IOException;
  }

  static final int FORMAT = 1;
  private static final String NAME = "index.json";
  private static final String UNFINISHED = "index.json.new";
  private static final int BUFFER_BYTES = 64 * 1024;
  private static final ObjectMapper JSON =
      new ObjectMapper(new JsonFactory())
          .configure(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES, false)
          .configure(JsonGenerator.Feature.AUTO_CLOSE_TARGET, false);

  private QuarantineIndex() {}

  /** Whether that quarantine is whole. */
  static boolean exists(Disk disk, Path quarantine) {
    return disk.exists(quarantine.resolve(NAME));
  }

  /** From here on that quarantine is unfinished again, durably: it may be deleted. */
  static void discard(Disk disk, Path quarantine) throws IOException {
    disk.delete(quarantine.resolve(NAME));
    disk.forceDirectory(quarantine);
  }

  /** Writes one entry after the other. */
  static final class Writer implements AutoCloseable {
    private final Disk disk;
    private final Path quarantine;
    private final Disk.DiskFile file;
    private final JsonGenerator json;

    Writer(Disk disk, Path quarantine, QuarantineHead head) throws IOException {
      this.disk = disk;
      this.quarantine = quarantine;
      this.file = disk.open(quarantine.resolve(UNFINISHED), true);
      file.setSize(0);
      this.json = JSON.createGenerator(new BufferedOutputStream(new Output(file), BUFFER_BYTES));
      json.writeStartObject();
      json.writePOJOField("head", head);
      json.writeArrayFieldStart("files");
    }

    void add(QuarantineEntry entry) throws IOException {
      json.writeRaw('\n');
      json.writePOJO(entry);
    }

    /** From here on the quarantine is whole, durably. */
    void finish() throws IOException {
      json.writeEndArray();
      json.writeEndObject();
      json.flush();
      file.force();
      disk.replace(quarantine.resolve(UNFINISHED), quarantine.resolve(NAME));
    }

    @Override
    public void close() throws IOException {
      file.close();
    }
  }

  /** What that quarantine is. */
  public static QuarantineHead head(Disk disk, Path quarantine) throws IOException {
    return read(disk, quarantine, entry -> false);
  }

  /**
   * Reads the index; its head is returned.
   *
   * @throws IOException also when it is no index
   */
  public static QuarantineHead read(Disk disk, Path quarantine, Reader reader) throws IOException {
    try (Disk.DiskFile file = disk.open(quarantine.resolve(NAME), false);
        JsonParser json =
            JSON.createParser(new BufferedInputStream(new Input(file), BUFFER_BYTES))) {
      expect(quarantine, json.nextToken() == JsonToken.START_OBJECT);
      expect(quarantine, "head".equals(json.nextFieldName()));
      expect(quarantine, json.nextToken() == JsonToken.START_OBJECT);
      QuarantineHead head = json.readValueAs(QuarantineHead.class);
      expect(quarantine, head.format() >= FORMAT);
      expect(quarantine, "files".equals(json.nextFieldName()));
      expect(quarantine, json.nextToken() == JsonToken.START_ARRAY);
      while (json.nextToken() == JsonToken.START_OBJECT) {
        if (!reader.entry(json.readValueAs(QuarantineEntry.class))) {
          break;
        }
      }
      return head;
    }
  }

  private static void expect(Path quarantine, boolean holds) throws IOException {
    if (!holds) {
      throw new IOException(quarantine.resolve(NAME) + " is not the index of a quarantine");
    }
  }

  private static final class Output extends OutputStream {
    private final Disk.DiskFile file;
    private long at;

    Output(Disk.DiskFile file) {
      this.file = file;
    }

    @Override
    public void write(int b) throws IOException {
      write(new byte[] {(byte) b}, 0, 1);
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
      file.write(ByteBuffer.wrap(bytes, offset, length), at);
      at += length;
    }
  }

  private static final class Input extends InputStream {
    private final Disk.DiskFile file;
    private long at;

    Input(Disk.DiskFile file) {
      this.file = file;
    }

    @Override
    public int read() throws IOException {
      byte[] one = new byte[1];
      return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] bytes, int offset, int length) throws IOException {
      int read = file.read(ByteBuffer.wrap(bytes, offset, length), at);
      at += Math.max(read, 0);
      return read;
    }
  }
}
