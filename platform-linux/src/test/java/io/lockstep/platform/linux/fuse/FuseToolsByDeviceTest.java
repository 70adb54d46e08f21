package io.lockstep.platform.linux.fuse;

/** The same on kernels before 6.18, and wherever there are no queues for each processor. */
class FuseToolsByDeviceTest extends FuseToolsTest {
  @Override
  boolean queues() {
    return false;
  }
}
