package io.lockstep.agent;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** The installed agent runs with the Java flags that the tests run with. */
final class LauncherTest {
  private static final Pattern ACCESS = Pattern.compile("--add-(exports|opens)=[\\w./]+=[A-Z-]+");

  @Test
  void passesTheFlagsOfTheBuild() throws IOException {
    Set<String> launcher = flags(Path.of("src/main/scripts/lockstep"));
    assertThat(launcher).isNotEmpty().isEqualTo(flags(Path.of("../pom.xml")));
  }

  private static Set<String> flags(Path file) throws IOException {
    String text = Files.readString(file);
    if (text.contains("<jvm.opens>")) {
      text = text.substring(text.indexOf("<jvm.opens>"), text.indexOf("</jvm.opens>"));
    }
    Set<String> flags = new TreeSet<>();
    Matcher matcher = ACCESS.matcher(text);
    while (matcher.find()) {
      flags.add(matcher.group());
    }
    return flags;
  }
}
