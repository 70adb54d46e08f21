package io.lockstep.platform.linux.fuse;

/**
 * A descriptor of /dev/fuse: read(2) brings a request, write(2) answers it. The kernel gives each
 * request to the reader that has waited longest, whichever processor it comes from.
 */
final class DeviceChannel implements FuseChannel {
  /** Header of a write request, and names and attributes beside the largest data. */
  private static final int ROOM_BESIDE_DATA = 4096;

  private final int fd;
  private final Syncs syncs;
  private final FuseRequest request;
  private final FuseReply reply;

  /** The descriptor stays the caller's. */
  DeviceChannel(int fd, Syncs syncs) {
    this.fd = fd;
    this.syncs = syncs;
    this.request = new FuseRequest(Negotiation.MAX_DATA_BYTES + ROOM_BESIDE_DATA);
    this.reply = new FuseReply(Negotiation.MAX_DATA_BYTES + ROOM_BESIDE_DATA);
  }

  @Override
  public FuseRequest request() {
    return request;
  }

  @Override
  public FuseReply reply() {
    return reply;
  }

  @Override
  public int next() {
    return FuseSystem.errno(request.read(fd));
  }

  @Override
  public int answer(long unique, int errno) {
    return reply.send(fd, unique, errno);
  }

  @Override
  public int device() {
    return fd;
  }

  @Override
  public boolean beginWait() {
    return syncs.tryEnter();
  }

  @Override
  public void endWait() {
    syncs.leave();
  }
}
