package io.lockstep.agent.replay;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.databind.DeserializationContext;
import com.fasterxml.jackson.databind.JsonDeserializer;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.JsonSerializer;
import com.fasterxml.jackson.databind.MapperFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializerProvider;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.jsontype.NamedType;
import com.fasterxml.jackson.databind.module.SimpleModule;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.lockstep.failover.contact.ContactVerdict;
import io.lockstep.failover.replay.Entry;
import io.lockstep.failover.role.Change;
import io.lockstep.failover.role.PeerMessage;
import io.lockstep.failover.role.Role;
import io.lockstep.failover.role.RoleEffect;
import io.lockstep.failover.role.RoleInput;
import io.lockstep.failover.role.RoleState;
import io.lockstep.replicator.model.Generation;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.UUID;
import java.util.zip.CRC32C;

/**
 * An entry of a recording as a line of text: CRC32C of what follows, eight hexadecimal digits; a
 * space; JSON. Inputs, effects, changes, messages and verdicts are named by their types,
 * generations are UUIDs, what is null is left out.
 *
 * <p>Version 1. An input of a kind that this version does not know makes its line unreadable.
 */
final class RecordingLine {
  static final int VERSION = 1;
  private static final int SUM = 8;
  private static final int LONGEST = 1 << 20;

  /** A line that is not what was written, with why. */
  static final class UnreadableException extends Exception {
    private static final long serialVersionUID = 1L;

    UnreadableException(String why) {
      super(why);
    }
  }

  /** Names the type of what it is mixed into. */
  @JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "is")
  private interface Named {}

  private static final ObjectMapper JSON = mapper();

  private RecordingLine() {}

  private static ObjectMapper mapper() {
    SimpleModule generations = new SimpleModule();
    generations.addSerializer(Generation.class, new GenerationWriter());
    generations.addDeserializer(Generation.class, new GenerationReader());
    JsonMapper.Builder builder =
        JsonMapper.builder()
            .disable(MapperFeature.AUTO_DETECT_IS_GETTERS)
            .defaultPropertyInclusion(
                JsonInclude.Value.construct(
                    JsonInclude.Include.NON_NULL, JsonInclude.Include.NON_NULL))
            .addModule(generations);
    for (Class<?> sealed :
        List.of(
            RoleInput.class,
            RoleEffect.class,
            Change.class,
            PeerMessage.class,
            ContactVerdict.class)) {
      builder.addMixIn(sealed, Named.class);
      for (Class<?> each : sealed.getPermittedSubclasses()) {
        builder.registerSubtypes(new NamedType(each, each.getSimpleName()));
      }
    }
    ObjectMapper mapper = builder.build();
    mapper
        .getFactory()
        .setStreamReadConstraints(
            StreamReadConstraints.builder().maxNestingDepth(50).maxStringLength(LONGEST).build());
    return mapper;
  }

  /** Without the end of the line. */
  static String of(Entry entry) {
    try {
      String json = JSON.writeValueAsString(tree(entry));
      return sum(json) + ' ' + json;
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("an entry that cannot be written: " + entry, e);
    }
  }

  private static ObjectNode tree(Entry entry) throws JsonProcessingException {
    ObjectNode line = JSON.createObjectNode();
    if (entry instanceof Entry.Begin begin) {
      line.put("begin", VERSION)
          .put("module", begin.module())
          .put("wallMs", begin.wallMs())
          .put("at", begin.nowNs())
          .put("tickNs", begin.tickNs())
          .put("starts", begin.starts())
          .set("state", JSON.valueToTree(begin.state()));
    } else if (entry instanceof Entry.Took took) {
      line.put("at", took.nowNs()).put("role", took.role().name());
      // by its base type, or its own name would be left out
      line.set(
          "in", JSON.readTree(JSON.writerFor(RoleInput.class).writeValueAsString(took.input())));
    } else if (entry instanceof Entry.Heard heard) {
      long before = heard.atNs().get(0);
      ArrayNode then = line.put("heard", before).putArray("then");
      for (long atNs : heard.atNs().subList(1, heard.atNs().size())) {
        then.add(atNs - before);
        before = atNs;
      }
    } else if (entry instanceof Entry.Passed passed) {
      line.put("passed", passed.nowNs());
    }
    return line;
  }

  /**
   * What a line tells.
   *
   * @throws UnreadableException when it is not as it was written, or of a version to come
   */
  static Entry read(String line) throws UnreadableException {
    if (line.length() <= SUM || line.charAt(SUM) != ' ') {
      throw new UnreadableException("it is no line of a recording, or not finished");
    }
    String json = line.substring(SUM + 1);
    if (!line.substring(0, SUM).equals(sum(json))) {
      throw new UnreadableException("its checksum does not fit: damaged, or not finished");
    }
    try {
      return entry(JSON.readTree(json));
    } catch (IOException | IllegalArgumentException e) {
      throw new UnreadableException(
          "this version of Lockstep does not know it: " + e.getMessage().split("\n", 2)[0]);
    }
  }

  private static Entry entry(JsonNode line) throws IOException, UnreadableException {
    if (line.has("begin")) {
      if (line.get("begin").asInt() != VERSION) {
        throw new UnreadableException(
            "it is of version " + line.get("begin").asInt() + ", this Lockstep reads " + VERSION);
      }
      return new Entry.Begin(
          line.required("module").asText(),
          line.required("wallMs").asLong(),
          line.required("at").asLong(),
          line.required("tickNs").asLong(),
          line.required("starts").asBoolean(),
          JSON.treeToValue(line.required("state"), RoleState.class));
    } else if (line.has("in")) {
      return new Entry.Took(
          line.required("at").asLong(),
          JSON.treeToValue(line.get("in"), RoleInput.class),
          Role.valueOf(line.required("role").asText()));
    } else if (line.has("heard")) {
      List<Long> atNs = new ArrayList<>(List.of(line.get("heard").asLong()));
      for (JsonNode gap : line.required("then")) {
        atNs.add(atNs.get(atNs.size() - 1) + gap.asLong());
      }
      return new Entry.Heard(List.copyOf(atNs));
    }
    return new Entry.Passed(line.required("passed").asLong());
  }

  private static String sum(String json) {
    CRC32C sum = new CRC32C();
    sum.update(json.getBytes(StandardCharsets.UTF_8));
    return HexFormat.of().toHexDigits((int) sum.getValue());
  }

  private static final class GenerationWriter extends JsonSerializer<Generation> {
    @Override
    public void serialize(Generation value, JsonGenerator to, SerializerProvider provider)
        throws IOException {
      to.writeString(value.toString());
    }
  }

  private static final class GenerationReader extends JsonDeserializer<Generation> {
    @Override
    public Generation deserialize(JsonParser from, DeserializationContext context)
        throws IOException {
      return Generation.of(UUID.fromString(from.getText()));
    }
  }
}
