package io.lockstep.agent.configuration;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/**
 * docs/configuration.md has the table of {@link Key} as it is. With -Dlockstep.writeDocs=true the
 * table is written instead of compared.
 */
final class ConfigurationDocumentTest {
  private static final String BEGIN = "<!-- keys: written by ConfigurationDocumentTest -->\n";
  private static final String END = "<!-- end of keys -->\n";
  private static final Path DOCUMENT = Path.of("..", "docs", "configuration.md");

  @Test
  void theTableIsTheCodes() throws Exception {
    String text = Files.readString(DOCUMENT);
    int begin = text.indexOf(BEGIN) + BEGIN.length();
    int end = text.indexOf(END);
    if (Boolean.getBoolean("lockstep.writeDocs")) {
      Files.writeString(DOCUMENT, text.substring(0, begin) + table() + text.substring(end));
      return;
    }
    assertThat(text.substring(begin, end)).isEqualTo(table());
  }

  @Test
  void theExampleIsAccepted() throws Exception {
    String text = Files.readString(DOCUMENT);
    int begin = text.indexOf("```yaml\n") + 8;
    String example = text.substring(begin, text.indexOf("```", begin));
    assertThat(ClusterConfiguration.parse("docs/configuration.md", example).modules()).isNotEmpty();
  }

  private static String table() {
    return "| key | takes | default | changes live | meaning |\n|---|---|---|---|---|\n"
        + Arrays.stream(Key.values())
            .map(
                k ->
                    "| `%s` | %s | %s | %s | %s |\n"
                        .formatted(
                            k.path(),
                            k.allowed(),
                            k.defaultForDocumentation(),
                            k.live() ? "yes" : "no",
                            k.meaning()))
            .collect(Collectors.joining());
  }
}
