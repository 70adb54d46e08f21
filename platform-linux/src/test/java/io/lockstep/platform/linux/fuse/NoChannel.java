package io.lockstep.platform.linux.fuse;

/** Neither brings nor sends anything, and lets everybody wait. */
class NoChannel implements FuseChannel {
  @Override
  public FuseRequest request() {
    throw new UnsupportedOperationException("nothing came");
  }

  @Override
  public FuseReply reply() {
    throw new UnsupportedOperationException("nothing came");
  }

  @Override
  public int next() {
    throw new UnsupportedOperationException("nothing comes");
  }

  @Override
  public int answer(long unique, int errno) {
    throw new UnsupportedOperationException("nobody asked");
  }

  @Override
  public int device() {
    return -1;
  }

  @Override
  public boolean beginWait() {
    return true;
  }

  @Override
  public void endWait() {}
}
