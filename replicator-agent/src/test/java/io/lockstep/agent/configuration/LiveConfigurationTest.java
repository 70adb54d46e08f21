package io.lockstep.agent.configuration;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class LiveConfigurationTest {
  private static ClusterConfiguration parse(String text) throws ConfigurationException {
    return ClusterConfiguration.parse("lockstep.yaml", text);
  }

  @Test
  void whatCanChangeLiveIsGoneByAtOnceAndTheRestWaits() throws Exception {
    LiveConfiguration live = new LiveConfiguration(parse(Samples.DISPATCH));
    ClusterConfiguration next =
        parse(
            Samples.DISPATCH
                .replace("ackTimeout: 6s", "ackTimeout: 3s")
                .replace("preferred: desk-a", "preferred: desk-b")
                .replace("10.0.1.50/24", "10.0.1.51/24")
                .replace("/opt/desk/check", "/opt/desk/check2")
                .replace("listen: 127.0.0.1:7443", "listen: 127.0.0.1:7444"));
    live.agree(next);
    assertThat(live.agreed()).isEqualTo(next);
    assertThat(live.running().timing()).isEqualTo(next.timing());
    assertThat(live.running().console()).isEqualTo(next.console());
    ModuleConfiguration desk = live.running().modules().get("desk");
    assertThat(desk.preferred()).isEqualTo("desk-b");
    assertThat(desk.application()).isEqualTo(next.modules().get("desk").application());
    assertThat(desk.addresses().get(0).ip().getHostAddress()).isEqualTo("10.0.1.50");
    assertThat(keys(live)).containsExactly("modules.desk.addresses[0].ip");
    live.agree(parse(Samples.DISPATCH));
    assertThat(keys(live)).as("taken back before any restart").isEmpty();
  }

  @Test
  void anApplicationThatComesOrGoesNeedsARestartOfItsModule() throws Exception {
    LiveConfiguration live = new LiveConfiguration(parse(Samples.DISPATCH));
    String without = Samples.DISPATCH.substring(0, Samples.DISPATCH.indexOf("    application:"));
    live.agree(parse(without));
    assertThat(live.running().modules().get("desk").application()).isPresent();
    assertThat(keys(live)).isNotEmpty().allMatch(k -> k.startsWith("modules.desk.application."));
  }

  @Test
  void theTableOfKeysSaysWhatTheMergeDoes() throws Exception {
    ClusterConfiguration one = parse(Samples.DISPATCH);
    for (Key key : List.of(Key.LOGS_SIZE, Key.TIMING_FORCE_WITHIN, Key.RESYNC_MAX_ROUNDS)) {
      assertThat(key.live()).isTrue();
    }
    ConfigurationDifference all =
        ConfigurationDifference.between(
            one,
            parse(
                Samples.DISPATCH
                    .replace("heartbeat: 1s", "heartbeat: 2s")
                    .replace("reserve: 1GiB", "reserve: 2GiB")
                    .replace("desk/start", "desk/start2")
                    .replace("tmp/**", "temp/**")
                    .replace("within: 10m", "within: 11m")));
    assertThat(all.changes())
        .hasSize(5)
        .allSatisfy(c -> assertThat(c.live()).isEqualTo(Key.of(c.key()).orElseThrow().live()));
  }

  private static List<String> keys(LiveConfiguration live) {
    return live.pending().stream().map(ConfigurationDifference.Change::key).toList();
  }
}
