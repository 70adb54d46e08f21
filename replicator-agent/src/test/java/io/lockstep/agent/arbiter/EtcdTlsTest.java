package io.lockstep.agent.arbiter;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.lockstep.failover.arbiter.Arbiter;
import io.lockstep.failover.arbiter.InSyncRecord;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLContext;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Against a real etcd that speaks TLS only, and only with those who have a certificate. */
class EtcdTlsTest {
  private static final String EC = " -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes";

  @TempDir private static Path files;
  private static RealEtcd etcd;

  @BeforeAll
  static void start() throws Exception {
    assumeTrue(RealEtcd.installed(), "etcd-server is not installed");
    assumeTrue(Files.isExecutable(Path.of("/usr/bin/openssl")), "openssl is not installed");
    authority("authority");
    authority("stranger");
    issue("server");
    issue("client");
    etcd =
        new RealEtcd(
            files.resolve("etcd"),
            "https",
            List.of(
                "--cert-file=" + files.resolve("server.pem"),
                "--key-file=" + files.resolve("server.key"),
                "--client-cert-auth",
                "--trusted-ca-file=" + files.resolve("authority.pem")));
  }

  @AfterAll
  static void stop() throws Exception {
    if (etcd != null) {
      etcd.close();
    }
  }

  private static void authority(String name) throws Exception {
    sh(
        "openssl req -x509 -days 2 -subj /CN=%1$s -keyout %1$s.key -out %1$s.pem".formatted(name)
            + EC);
  }

  private static void issue(String name) throws Exception {
    sh("openssl req -subj /CN=%1$s -keyout %1$s.key -out %1$s.csr".formatted(name) + EC);
    Files.writeString(files.resolve("names"), "subjectAltName=IP:127.0.0.1\n");
    sh(
        "openssl x509 -req -days 2 -CA authority.pem -CAkey authority.key -CAcreateserial"
            + " -extfile names -in %1$s.csr -out %1$s.pem".formatted(name));
  }

  private static void sh(String command) throws Exception {
    Path output = files.resolve("output");
    Process process =
        new ProcessBuilder("sh", "-c", command)
            .directory(files.toFile())
            .redirectErrorStream(true)
            .redirectOutput(output.toFile())
            .start();
    assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
    assertThat(process.exitValue()).as(command + "\n" + Files.readString(output)).isZero();
  }

  private static SSLContext context(String authority, String own) throws IOException {
    return PemContext.of(
        files.resolve(authority + ".pem"),
        own == null ? null : files.resolve(own + ".pem"),
        own == null ? null : files.resolve(own + ".key"));
  }

  private static Arbiter with(SSLContext tls) {
    return new EtcdArbiter(List.of(etcd.endpoint()), "/tls", Duration.ofSeconds(10), tls);
  }

  @Test
  void whoHasACertificateReadsAndChangesTheRecordAndNobodyElse() throws Exception {
    try (Arbiter a = with(context("authority", "client"))) {
      await()
          .atMost(Duration.ofMinutes(1))
          .until(() -> a.read() instanceof Arbiter.Reading.Current);
      InSyncRecord record = ArbiterContract.record(1, ArbiterContract.A);
      InSyncRecord made = ArbiterContract.changed(a.compareAndSwap(InSyncRecord.NONE, record));
      assertThat(ArbiterContract.current(a)).isEqualTo(made);
    }
    try (Arbiter without = with(context("authority", null))) {
      assertThat(without.read()).isInstanceOf(Arbiter.Reading.Unknown.class);
    }
    try (Arbiter misled = with(context("stranger", "client"))) {
      assertThat(misled.read().toString()).contains("Unknown").contains("certification path");
    }
  }

  @Test
  void filesThatCannotBeUsedAreNamed() throws Exception {
    Path key = files.resolve("client.key");
    Path certificate = files.resolve("client.pem");
    assertThatThrownBy(() -> PemContext.of(key, null, null))
        .isInstanceOf(IOException.class)
        .hasMessageContaining(key + " holds no certificate");
    assertThatThrownBy(() -> PemContext.of(null, certificate, null))
        .hasMessageContaining("certFile without keyFile");
    assertThatThrownBy(() -> PemContext.of(null, certificate, certificate))
        .hasMessageContaining(certificate.toString())
        .hasMessageContaining("PKCS #8");
    assertThatThrownBy(() -> PemContext.of(files.resolve("missing.pem"), null, null))
        .hasMessageContaining("missing.pem");
  }
}
