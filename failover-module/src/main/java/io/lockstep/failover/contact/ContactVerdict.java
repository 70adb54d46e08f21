package io.lockstep.failover.contact;

import io.lockstep.replicator.model.Generation;

/**
 * What two nodes conclude from each other's records when they meet ({@link FirstContact}). Both
 * conclude the mirrored same, so that neither needs to be asked for consent.
 */
public sealed interface ContactVerdict {
  /** Why, in words for the operator. */
  String why();

  /** The same conclusion as the peer sees it. */
  ContactVerdict mirrored();

  /** Whether both nodes would do the same on {@code other}: the positions of a split may differ. */
  default boolean agreesWith(ContactVerdict other) {
    if (this instanceof Split one && other instanceof Split two) {
      return one.since().equals(two.since()) && one.keeps() == two.keeps();
    }
    return equals(other);
  }

  /** Calls the method that fits. */
  <R> R accept(Cases<R> cases);

  /** One method a verdict, so that the compiler sees that each is thought of. */
  interface Cases<R> {
    R on(Refuse verdict);

    R on(FullCopy verdict);

    R on(DropBranch verdict);

    R on(Split verdict);

    R on(BothInconsistent verdict);

    R on(Source verdict);

    R on(Resume verdict);

    R on(InSync verdict);

    R on(Serve verdict);
  }

  /** Not a pair: nothing flows between the two. */
  record Refuse(String why) implements ContactVerdict {
    @Override
    public ContactVerdict mirrored() {
      return this;
    }

    @Override
    public <R> R accept(Cases<R> cases) {
      return cases.on(this);
    }
  }

  /** {@code target} holds nothing and gets everything. */
  record FullCopy(Side target, String why) implements ContactVerdict {
    @Override
    public ContactVerdict mirrored() {
      return new FullCopy(target.mirrored(), why);
    }

    @Override
    public <R> R accept(Cases<R> cases) {
      return cases.on(this);
    }
  }

  /**
   * The histories parted, but {@code whose} branch holds no operation: that node goes back to
   * {@code back}, durably, and both look again.
   */
  record DropBranch(Side whose, Generation back, String why) implements ContactVerdict {
    @Override
    public ContactVerdict mirrored() {
      return new DropBranch(whose.mirrored(), back, why);
    }

    @Override
    public <R> R accept(Cases<R> cases) {
      return cases.on(this);
    }
  }

  /**
   * Both histories went on after {@code since}: nothing is touched until someone decides, an
   * operator or a policy.
   *
   * @param since last common generation
   * @param forkSequence last common operation
   * @param keeps whose history goes on, by the policy of both nodes; null where an operator decides
   */
  record Split(Generation since, long forkSequence, Side keeps, String why)
      implements ContactVerdict {
    /** For an operator to decide. */
    public Split(Generation since, long forkSequence, String why) {
      this(since, forkSequence, null, why);
    }

    @Override
    public ContactVerdict mirrored() {
      return keeps == null ? this : new Split(since, forkSequence, keeps.mirrored(), why);
    }

    @Override
    public <R> R accept(Cases<R> cases) {
      return cases.on(this);
    }
  }

  /** Neither copy may be served or copied without an operator. */
  record BothInconsistent(String why) implements ContactVerdict {
    @Override
    public ContactVerdict mirrored() {
      return this;
    }

    @Override
    public <R> R accept(Cases<R> cases) {
      return cases.on(this);
    }
  }

  /** {@code source} has the newer copy; the other is brought up to date from it. */
  record Source(Side source, Extent extent, String why) implements ContactVerdict {
    @Override
    public ContactVerdict mirrored() {
      return new Source(source.mirrored(), extent, why);
    }

    @Override
    public <R> R accept(Cases<R> cases) {
      return cases.on(this);
    }
  }

  /** {@code primary} serves already and its stream goes on where it broke. */
  record Resume(Side primary, String why) implements ContactVerdict {
    @Override
    public ContactVerdict mirrored() {
      return new Resume(primary.mirrored(), why);
    }

    @Override
    public <R> R accept(Cases<R> cases) {
      return cases.on(this);
    }
  }

  /** Both hold the same and neither serves: {@code serves} will. */
  record InSync(Side serves, String why) implements ContactVerdict {
    @Override
    public ContactVerdict mirrored() {
      return new InSync(serves.mirrored(), why);
    }

    @Override
    public <R> R accept(Cases<R> cases) {
      return cases.on(this);
    }
  }

  /** Neither serves; {@code who} holds all that the other has, and maybe more: it will serve. */
  record Serve(Side who, String why) implements ContactVerdict {
    @Override
    public ContactVerdict mirrored() {
      return new Serve(who.mirrored(), why);
    }

    @Override
    public <R> R accept(Cases<R> cases) {
      return cases.on(this);
    }
  }
}
