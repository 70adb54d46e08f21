package io.lockstep.agent.split;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

/** What differs in one file, for a terminal. */
class SplitDiffTest {
  private static SplitDiff.Side side(String node, String text) {
    byte[] bytes = text == null ? null : text.getBytes(StandardCharsets.UTF_8);
    return new SplitDiff.Side(node, bytes, bytes == null ? 0 : bytes.length);
  }

  private static String diff(String one, String other) {
    return SplitDiff.of("0:/f", side("a", one), side("b", other));
  }

  @Test
  void isUnified() {
    assertThat(diff("1\n2\n3\n4\n5\n6\n7\n8\n", "1\n2\n3\n4\nV\n6\n7\n8\n").lines())
        .containsExactly(
            "--- a:0:/f",
            "+++ b:0:/f",
            "@@ -2,7 +2,7 @@",
            " 2",
            " 3",
            " 4",
            "-5",
            "+V",
            " 6",
            " 7",
            " 8");
    assertThat(diff("same\n", "same\n"))
        .isEqualTo("No difference: both sides have the same 5 bytes.");
    assertThat(diff("no end", "no end\n"))
        .contains("-no end\n\\ No newline at end of file", "+no end");
  }

  @Test
  void oneSideMayNotHaveTheFile() {
    assertThat(diff(null, "new\n"))
        .contains("--- a:0:/f (not there)", "+new")
        .doesNotContain("\n-");
    assertThat(diff("old\n", null)).contains("+++ b:0:/f (not there)", "-old");
  }

  @Test
  void whatIsNoTextIsNotShown() {
    assertThat(diff("a\u0000b", "text")).contains("a:0:/f, 3 bytes", "Not compared line by line");
    assertThat(diff("\u001b[2Jcleared", "text")).doesNotContain("\u001b");
    SplitDiff.Side latin = new SplitDiff.Side("a", new byte[] {(byte) 0xff}, 1);
    assertThat(SplitDiff.of("0:/f", latin, side("b", "x"))).contains("Not compared");
  }

  @Test
  void isBounded() {
    SplitDiff.Side beginning = new SplitDiff.Side("a", new byte[10], SplitDiff.MOST_BYTES + 1L);
    assertThat(SplitDiff.of("0:/f", beginning, side("b", "x"))).contains("Not compared");
    String many = "x\n".repeat(5_000);
    String shown = diff(many, many.replace("x", "y"));
    assertThat(shown.lines()).hasSize(2_001);
    assertThat(shown).endsWith("more lines differ");
    assertThat(diff(many + "x\n", "y")).contains("5000 lines");
  }
}
