package io.lockstep.agent.configuration;

import static org.assertj.core.api.Assertions.assertThat;

import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;

/** Whatever is in the file, reading it ends with records or a ConfigurationException. */
final class ConfigurationFuzzTest {
  @Property(tries = 1500)
  void damagedText(
      @ForAll @IntRange(max = 900) int at,
      @ForAll @IntRange(max = 30) int cut,
      @ForAll("junk") String junk) {
    String good = Samples.DISPATCH;
    int from = Math.min(at, good.length());
    int to = Math.min(good.length(), from + cut);
    check(good.substring(0, from) + junk + good.substring(to));
  }

  @Property(tries = 500)
  void anyText(@ForAll String text) {
    check(text);
  }

  @Provide
  Arbitrary<String> junk() {
    Arbitrary<String> yaml =
        Arbitraries.strings()
            .withChars("{}[]:,-&*!|>'\"%@` \n\t#?~.0123456789abc/$")
            .ofMaxLength(12);
    return Arbitraries.oneOf(yaml, Arbitraries.strings().ofMaxLength(4));
  }

  private static void check(String text) {
    try {
      assertThat(ClusterConfiguration.parse("f", text).hash()).hasSize(64);
    } catch (ConfigurationException e) {
      assertThat(e.problems()).isNotEmpty();
      assertThat(e.problems()).allSatisfy(problem -> assertThat(problem.line()).isPositive());
    }
  }
}
