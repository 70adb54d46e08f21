package io.lockstep.agent.arbiter;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.lockstep.failover.arbiter.InSyncRecord;
import io.lockstep.replicator.model.Generation;
import java.util.HashSet;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;

/** The in-sync record as text: JSON, so that an operator can read what the arbiter holds. */
final class RecordText {
  private static final ObjectMapper JSON =
      new ObjectMapper().enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);
  private static final int FORMAT = 1;

  private RecordText() {}

  static String write(InSyncRecord record) {
    ObjectNode node = JSON.createObjectNode();
    node.put("format", FORMAT);
    node.put("view", record.view());
    node.put("generation", record.generation().toString());
    node.put("primary", record.primary().toString());
    ArrayNode members = node.putArray("inSync");
    new TreeSet<>(record.inSync()).forEach(member -> members.add(member.toString()));
    return node.toString();
  }

  /**
   * Reads what {@link #write} wrote; the version is the arbiter's.
   *
   * @throws IllegalArgumentException for anything else
   */
  static InSyncRecord read(String text, long version) {
    try {
      JsonNode node = JSON.readTree(text);
      if (node == null || node.path("format").asInt() != FORMAT) {
        throw new IllegalArgumentException("not a record of format " + FORMAT + ": " + text);
      }
      if (!node.path("view").isIntegralNumber() || !node.path("inSync").isArray()) {
        throw new IllegalArgumentException("a record without view or members: " + text);
      }
      Set<UUID> members = new HashSet<>();
      node.path("inSync").forEach(member -> members.add(UUID.fromString(member.asText())));
      return new InSyncRecord(
          node.path("view").asLong(),
          Generation.of(UUID.fromString(node.path("generation").asText())),
          UUID.fromString(node.path("primary").asText()),
          members,
          version);
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException("not a record: " + text, e);
    }
  }
}
