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
