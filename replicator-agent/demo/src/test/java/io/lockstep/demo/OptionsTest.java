package io.lockstep.demo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.lockstep.demo.cluster.Application;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;

class OptionsTest {
  private static Options parse(String... arguments) {
    Options options = new Options();
    new CommandLine(options).parseArgs(arguments);
    return options;
  }

  @Test
  void everyModeIsUnderstood() {
    assertThat(parse().problem()).isEmpty();
    assertThat(parse("--auto", "--seed", "7", "--json", "out.json").problem()).isEmpty();
    Options hold = parse("--hold", "--dir-a", "/a", "--dir-b", "/b", "--json");
    assertThat(hold.problem()).isEmpty();
    assertThat(hold.json).isEqualTo("-");
    assertThat(parse("--app", "postgresql").app).isEqualTo(Application.Kind.POSTGRESQL);
  }

  @Test
  void rowsArePlayedThroughSixCausesWithManyCallers() {
    Options options = parse("--auto", "--rows", "50000");
    assertThat(options.problem()).isEmpty();
    assertThat(options.played()).hasSize(6).contains("application-failing", "agent-killed");
    assertThat(options.callsPerScenario() * options.played().size()).isBetween(50_000, 50_006);
    assertThat(options.callersOfEach()).isGreaterThan(parse("--auto").callersOfEach());
    assertThat(parse("--auto").played()).hasSize(7).doesNotContain("application-failing");
    assertThat(parse("--rows", "5").problem()).isPresent();
  }

  @Test
  void contradictionsAreNamed() {
    assertThat(parse("--auto", "--hold", "--dir-a", "/a", "--dir-b", "/b").problem()).isPresent();
    assertThat(parse("--hold").problem()).isPresent();
    assertThat(parse("--dir-a", "/a").problem()).isPresent();
    assertThat(parse("--seed", "1").problem()).isPresent();
    assertThat(parse("--json").problem()).isPresent();
    assertThat(parse("--auto", "--json").problem()).isPresent();
    assertThatThrownBy(() -> parse("--app", "oracle"))
        .isInstanceOf(CommandLine.ParameterException.class);
  }
}
