package io.lockstep.agent.api;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.reflect.RecordComponent;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** The handbook's table of the status is that of the records. */
class StatusDocumentTest {
  private static final Map<String, Class<?>> OBJECTS =
      Map.ofEntries(
          Map.entry("top", NodeStatus.class),
          Map.entry("`peer`", NodeStatus.Peer.class),
          Map.entry("`modules[]`", ModuleStatus.class),
          Map.entry("`verdict`", ModuleStatus.Verdict.class),
          Map.entry("`nodes[]`, this node first", ModuleStatus.NodeRole.class),
          Map.entry("`link`", ModuleStatus.LinkStatus.class),
          Map.entry("`reintegration`", ModuleStatus.Reintegration.class),
          Map.entry("`application`", ModuleStatus.ApplicationStatus.class),
          Map.entry("`checkers[]`", ModuleStatus.CheckerStatus.class),
          Map.entry("`addresses[]`", ModuleStatus.HeldAddress.class),
          Map.entry("`lastTransition`", ModuleStatus.Transition.class));

  @Test
  void everyFieldIsInTheHandbook() throws Exception {
    List<String> lines = Files.readAllLines(Path.of("..", "docs", "operations.md"));
    OBJECTS.forEach(
        (object, type) -> {
          String row =
              lines.stream()
                  .filter(line -> line.startsWith("| " + object + " | `"))
                  .reduce((first, second) -> second)
                  .orElseThrow(() -> new AssertionError("no row for " + object));
          List<String> fields = new ArrayList<>();
          Matcher matcher =
              Pattern.compile("`([A-Za-z]+)`").matcher(row.substring(object.length() + 4));
          while (matcher.find()) {
            fields.add(matcher.group(1));
          }
          assertThat(fields)
              .as(object)
              .containsExactlyElementsOf(
                  Arrays.stream(type.getRecordComponents()).map(RecordComponent::getName).toList());
        });
  }
}
