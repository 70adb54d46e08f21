package io.lockstep.agent.console;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.lockstep.agent.api.Event;
import io.lockstep.agent.api.FakeNode;
import io.lockstep.agent.api.RestServer;
import io.lockstep.agent.configuration.Endpoint;
import io.lockstep.agent.split.SplitDiff;
import io.lockstep.agent.split.SplitFile;
import io.lockstep.agent.split.SplitReport;
import io.lockstep.agent.split.SplitSide;
import java.io.File;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.logging.Level;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.openqa.selenium.By;
import org.openqa.selenium.OutputType;
import org.openqa.selenium.WebElement;
import org.openqa.selenium.chrome.ChromeDriver;
import org.openqa.selenium.chrome.ChromeDriverService;
import org.openqa.selenium.chrome.ChromeOptions;
import org.openqa.selenium.logging.LogType;

/** The console in a real browser, against a node that plays a switchback. */
final class ConsoleTest {
  private static final File DRIVER = new File("/usr/bin/chromedriver");

  @TempDir private Path profile;
  private final FakeNode node = new FakeNode();
  private RestServer rest;
  private ChromeDriver browser;

  @BeforeEach
  void start() throws IOException {
    Assumptions.assumeTrue(DRIVER.canExecute(), "chromium-driver is not installed");
    rest = RestServer.start(new Endpoint(InetAddress.getLoopbackAddress(), 0), node, () -> "");
    ChromeOptions options = new ChromeOptions();
    options.setBinary("/usr/bin/chromium");
    options.addArguments(
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--window-size=1200,1250",
        "--user-data-dir=" + profile);
    browser =
        new ChromeDriver(
            new ChromeDriverService.Builder().usingDriverExecutable(DRIVER).build(), options);
  }

  @AfterEach
  void stop() {
    if (browser != null) {
      browser.quit();
    }
    if (rest != null) {
      rest.close();
    }
    node.close();
  }

  private void open() {
    browser.get("http://127.0.0.1:" + rest.port() + "/");
    shows(".verdict .text", "serves");
  }

  private void shows(String css, String text) {
    await()
        .atMost(Duration.ofSeconds(15))
        .ignoreExceptions()
        .until(() -> browser.findElement(By.cssSelector(css)).getText().contains(text));
  }

  private WebElement element(String css) {
    return browser.findElement(By.cssSelector(css));
  }

  private void screenshot(String name) throws IOException {
    Path directory = Files.createDirectories(Path.of("target", "screenshots"));
    Files.write(directory.resolve(name + ".png"), browser.getScreenshotAs(OutputType.BYTES));
  }

  @Test
  void aSwitchbackIsConfirmedAndWatched() throws IOException {
    node.events().add(Event.Level.WARN, "desk", "desk-a returned; 812 files to reintegrate");
    open();
    shows("#events", "desk-a returned");
    element("button[data-command=switchback]").click();
    assertThat(element("#confirm").isDisplayed()).isTrue();
    assertThat(element("#confirm-text").getText()).contains("nothing acknowledged is lost");
    screenshot("confirm");
    assertThat(node.commands()).isEmpty();
    element("#confirm-yes").click();
    shows(".transition h3", "under way");
    screenshot("switchback");
    shows(".transition h3", "done in");
    shows(".steps", "155 ms");
    shows(".verdict .text", "desk-a serves");
    shows("#events", "switchback done");
    screenshot("done");
    assertThat(node.commands()).containsExactly("switchback desk");
    assertThat(browser.manage().logs().get(LogType.BROWSER).getAll())
        .as("no error and no breach of the content security policy")
        .noneMatch(entry -> entry.getLevel().intValue() >= Level.SEVERE.intValue());
  }

  @Test
  void aSplitIsDecidedOnlyByTypingTheNodesName() throws IOException {
    node.verdict(
        "SPLIT",
        "SPLIT since 03:12:07: desk-a and desk-b each serves its own history",
        "compare, then keep one");
    open();
    element("button[data-keep=desk-b]").click();
    element("#confirm-input").sendKeys("desk");
    assertThat(element("#confirm-yes").isEnabled()).isFalse();
    screenshot("split");
    element("#confirm-input").sendKeys("-b");
    element("#confirm-yes").click();
    await().until(() -> node.commands().contains("split-keep desk desk-b"));
  }

  /** What {@code lockstep split show} tells, and what differs in a text for who has the key. */
  @Test
  void bothSidesOfASplitAreShownBeforeOneIsKept() throws IOException {
    node.split(
        report(),
        SplitDiff.of("0:/orders.txt", side("desk-a", "1\n2\n"), side("desk-b", "1\n3\n")));
    node.verdict(
        "SPLIT", "SPLIT since 03:12:07: each serves its own history", "compare, then keep");
    open();
    shows(".split .sides", "3 files differ or may");
    assertThat(element(".split .sides").getText())
        .contains("desk-a", "desk-b", "ALONE", "generation g-a", "generation g-b");
    assertThat(element(".split .told").getText()).contains("They parted");
    assertThat(element(".split table").getText())
        .contains("0:/orders.txt", "file, 1.5 KiB", "removed or moved away", "did not change it")
        .doesNotContain("0:/alike");
    assertThat(element("button[data-diff='0:/orders.txt']").isEnabled()).isFalse();
    assertThat(browser.findElements(By.cssSelector("button[data-diff='0:/made']"))).isEmpty();
    element(".split .proof input").sendKeys("p00f");
    element("button[data-diff='0:/orders.txt']").click();
    shows(".split .diff .removed", "-2");
    shows(".split .diff .added", "+3");
    assertThat(node.commands())
        .containsExactly("split-show desk 200 true", "split-diff desk 0:/orders.txt p00f");
    assertThat(element("button[data-keep=desk-a]").isDisplayed()).isTrue();
    screenshot("split-sides");
    assertThat(browser.manage().logs().get(LogType.BROWSER).getAll())
        .noneMatch(entry -> entry.getLevel().intValue() >= Level.SEVERE.intValue());
  }

  private static SplitDiff.Side side(String node, String content) {
    byte[] bytes = content.getBytes(StandardCharsets.UTF_8);
    return new SplitDiff.Side(node, bytes, bytes.length);
  }

  private static SplitReport report() {
    long at = 1_780_000_000_000L;
    SplitFile alike = new SplitFile("0:/alike", false, "FILE", 7, at * 1_000_000);
    List<SplitFile> mine =
        List.of(
            alike,
            new SplitFile("0:/made", false, "DIRECTORY", 4096, at * 1_000_000),
            new SplitFile("0:/orders.txt", false, "FILE", 1536, at * 1_000_000));
    List<SplitFile> theirs = List.of(alike, new SplitFile("0:/orders.txt", true, null, 0, 0));
    return SplitReport.of(
        "each serves its own history",
        new SplitSide("desk-a", "ALONE", "g-a", at, 3, mine),
        new SplitSide("desk-b", "ALONE", "g-b", at + 5_000, 2, theirs));
  }

  @Test
  void whatCheckersFoundIsShown() throws IOException {
    open();
    shows(".node", "bad, 2 of 3 before wait");
    assertThat(element(".node").getText()).contains("Checker ping 10.0.1.1", "no answer");
    screenshot("checkers");
  }

  @Test
  void anAgentThatIsGoneIsShownAtOnce() throws IOException {
    node.reintegration(68.4);
    node.verdict("RESYNCHRONIZING", "RESYNCHRONIZING 68.4 % eta 42 s: desk-b serves", "wait");
    open();
    shows(".progress-text", "42 s to go");
    screenshot("resync");
    rest.close();
    shows("#unreachable", "does not answer");
    screenshot("unreachable");
    assertThat(browser.findElements(By.cssSelector("button[data-command]")))
        .noneMatch(WebElement::isEnabled);
  }

  @Test
  void aNarrowWindowShowsEverythingWithoutScrollingSideways() throws IOException {
    node.reintegration(68.4);
    node.events()
        .add(Event.Level.ERROR, "desk", "x".repeat(40) + " a long text " + "y ".repeat(60));
    open();
    browser.manage().window().setSize(new org.openqa.selenium.Dimension(500, 1200));
    shows("#events", "a long text");
    Number over =
        (Number)
            ((org.openqa.selenium.JavascriptExecutor) browser)
                .executeScript(
                    "return document.documentElement.scrollWidth -"
                        + " document.documentElement.clientWidth");
    screenshot("narrow");
    assertThat(over.intValue()).as("pixels beyond the window").isZero();
    assertThat(element("button[data-command=switchback]").isDisplayed()).isTrue();
  }

  @Test
  void aStoppedModuleHasAStartAndPendingKeysAreNamed() {
    node.verdict("STOPPED", "STOPPED by an operator: desk-b serves nothing", "`lockstep start`");
    node.restartNeeded("journal.maxSize");
    open();
    shows("#restart", "journal.maxSize");
    element("button[data-command=start]").click();
    await().until(() -> node.commands().contains("start desk force=false"));
  }
}
