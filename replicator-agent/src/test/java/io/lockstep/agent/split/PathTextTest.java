package io.lockstep.agent.split;

import static org.assertj.core.api.Assertions.assertThat;

import io.lockstep.replicator.model.TreePath;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Paths of any bytes as text and back. */
class PathTextTest {
  private static TreePath path(String latin) {
    return TreePath.of(0, latin.getBytes(StandardCharsets.ISO_8859_1));
  }

  @Test
  void hidesNothingThatOneWouldNotSee() {
    assertThat(PathText.of(path("plain/a b"))).isEqualTo("0:/plain/a b");
    assertThat(PathText.of(path("line\nbreak"))).isEqualTo("0:/line%0Abreak");
    assertThat(PathText.of(path("x%FF"))).isEqualTo("0:/x%25FF");
    assertThat(PathText.of(path("x\u00ff"))).isEqualTo("0:/x%FF");
    assertThat(PathText.of(TreePath.of(1, "\u00fcber\u202egnp")))
        .isEqualTo("1:/\u00fcber%E2%80%AEgnp");
  }

  @Test
  void noTwoPathsHaveOneTextAndEachComesBack() {
    Random random = new Random(20261126);
    Map<String, TreePath> seen = new HashMap<>();
    for (int i = 0; i < 20_000; i++) {
      byte[] name = new byte[1 + random.nextInt(6)];
      for (int at = 0; at < name.length; at++) {
        String often = "%aF\n \u00c3\u00bc\u00ff";
        boolean any = random.nextInt(3) == 0;
        name[at] = (byte) (any ? 1 + random.nextInt(255) : often.charAt(random.nextInt(8)));
        name[at] = name[at] == '/' || name[at] == '.' || name[at] == 0 ? (byte) 'x' : name[at];
      }
      TreePath path = TreePath.of(random.nextInt(3), name);
      String text = PathText.of(path);
      TreePath other = seen.putIfAbsent(text, path);
      assertThat(other == null || other.equals(path)).as(text).isTrue();
      assertThat(PathText.path(text)).contains(path);
    }
  }

  @Test
  void leadsNowhereElse() {
    for (String text :
        new String[] {
          "../x",
          "0:/../x",
          "a/../../x",
          "%2E%2E/x",
          "x/%2E%2E",
          "/etc/passwd",
          "a%00b",
          "a%",
          "a%zz",
          "999:/x"
        }) {
      assertThat(PathText.path(text)).as(text).isEmpty();
    }
    assertThat(PathText.path("notes.txt")).contains(TreePath.of(0, "notes.txt"));
  }
}
