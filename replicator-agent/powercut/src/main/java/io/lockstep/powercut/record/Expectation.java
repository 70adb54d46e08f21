package io.lockstep.powercut.record;

/**
 * What must be found of one stream of one run.
 *
 * @param acknowledged the highest write that was acknowledged
 * @param synced the highest write that a sync, too, was acknowledged after
 * @param acknowledgedBlocks of {@link Writing#BLOCKS}: the newest acknowledged write of each block
 * @param syncedBlocks likewise of the synced ones
 * @param onlySynced whether an earlier loss of power on both nodes has left no more than was synced
 */
record Expectation(
    String run,
    Writing stream,
    long acknowledged,
    long synced,
    long[] acknowledgedBlocks,
    long[] syncedBlocks,
    boolean onlySynced) {
  static Expectation none(String run, Writing stream) {
    return new Expectation(
        run, stream, 0, 0, new long[Content.BLOCKS], new long[Content.BLOCKS], false);
  }

  Expectation written(long number, int block) {
    long[] blocks = acknowledgedBlocks.clone();
    if (block >= 0) {
      blocks[block] = number;
    }
    return new Expectation(run, stream, number, synced, blocks, syncedBlocks, onlySynced);
  }

  Expectation syncedTo(long number) {
    return new Expectation(
        run, stream, acknowledged, number, acknowledgedBlocks, acknowledgedBlocks, onlySynced);
  }

  Expectation afterLossOfBoth() {
    return new Expectation(
        run, stream, acknowledged, synced, acknowledgedBlocks, syncedBlocks, true);
  }
}
