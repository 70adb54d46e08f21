package io.lockstep.agent.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.lockstep.replicator.state.NodeRecord;
import io.lockstep.replicator.testkit.sim.disk.SimStore;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class ScopeTest {
  private static final Scope ONE = scope("[tmp/**]", "/srv/desk");
  private static final Scope TWO = scope("[]", "/srv/desk", "/srv/mail");

  private final NodeRecord fresh = NodeRecord.create("c", "desk", new UUID(7, 7), "boot");

  private static Scope scope(String excluded, String... directories) {
    return new Scope(List.of(directories).stream().map(Path::of).toList(), excluded);
  }

  private static NodeRecord opened(Scope scope, NodeRecord record, SimStore store)
      throws IOException {
    scope.recognise(record, store);
    return record.withNotes(scope.noted(record));
  }

  @Test
  void aDirectoryThatIsNotTheCopysIsNeverServed() throws Exception {
    NodeRecord record = opened(ONE, fresh, new SimStore());
    SimStore notMounted = new SimStore();
    assertThatThrownBy(() -> ONE.recognise(record, notMounted))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("/srv/desk is not the directory that holds this node's copy")
        .hasMessageContaining("mounted");
    assertThat(notMounted.mark(0)).isEmpty();
  }

  @Test
  void aCopyFindsItselfAgain() throws Exception {
    SimStore store = new SimStore(2);
    NodeRecord record = opened(TWO, fresh, store);
    assertThatCode(() -> TWO.recognise(record, store)).doesNotThrowAnyException();
    assertThat(opened(TWO, record, store)).isEqualTo(record);
  }

  @Test
  void directoriesThatChangedPlacesAreNotTaken() throws Exception {
    SimStore store = new SimStore(2);
    NodeRecord record = opened(TWO, fresh, store);
    SimStore swapped = new SimStore(2);
    swapped.mark(0, store.mark(1).orElseThrow());
    swapped.mark(1, store.mark(0).orElseThrow());
    assertThatThrownBy(() -> TWO.recognise(record, swapped)).isInstanceOf(IOException.class);
  }

  @Test
  void aCopyOfAnotherModuleIsNotTaken() throws Exception {
    SimStore store = new SimStore();
    opened(ONE, NodeRecord.create("c", "mail", new UUID(7, 7), "boot"), store);
    NodeRecord desk = opened(ONE, fresh, new SimStore());
    assertThatThrownBy(() -> ONE.recognise(desk, store)).isInstanceOf(IOException.class);
  }

  @Test
  void bothNodesMarkTheirTreesAlike() throws Exception {
    SimStore here = new SimStore();
    SimStore there = new SimStore();
    opened(ONE, fresh, here);
    opened(ONE, NodeRecord.create("c", "desk", new UUID(8, 8), "other boot"), there);
    assertThat(here.mark(0)).isPresent().isEqualTo(there.mark(0));
  }

  @Test
  void oneDirectoryMoreOrLessIsRefused() throws Exception {
    SimStore store = new SimStore(2);
    NodeRecord two = opened(TWO, fresh, store);
    assertThatThrownBy(() -> ONE.recognise(two, store))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("has 2 directories, and the configuration 1");
    NodeRecord one = opened(ONE, fresh, new SimStore());
    assertThatThrownBy(() -> TWO.recognise(one, store)).isInstanceOf(IOException.class);
  }

  @Test
  void anotherListOfWhatIsLeftOutMakesTheCopyDoubtful() throws Exception {
    SimStore store = new SimStore();
    NodeRecord record = opened(ONE, fresh, store);
    assertThat(record.notes()).doesNotContainKey(Persistence.VERIFY);
    Scope wider = scope("[]", "/srv/desk");
    NodeRecord after = opened(wider, record, store);
    assertThat(after.notes()).containsKey(Persistence.VERIFY);
    assertThat(opened(wider, after, store)).isEqualTo(after);
  }
}
