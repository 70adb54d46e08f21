package io.lockstep.replicator.testkit.sim.disk;

import io.lockstep.replicator.port.FileStore;
import io.lockstep.replicator.port.FileStoreContract;
import org.junit.jupiter.api.Nested;

/** The store of the simulator does what every file store does, whatever its disk is doing. */
class SimStoreContractTest extends FileStoreContract {
  @Override
  protected FileStore openEmpty() {
    return new SimStore(2);
  }

  @Nested
  class WhileTheDiskIsBusy extends FileStoreContract {
    @Override
    protected FileStore openEmpty() {
      SimStore store = new SimStore(2);
      store.activity(500, 300);
      return store;
    }
  }
}
