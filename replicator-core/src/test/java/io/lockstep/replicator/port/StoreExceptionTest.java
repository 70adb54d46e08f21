package io.lockstep.replicator.port;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class StoreExceptionTest {
  @ParameterizedTest
  @EnumSource(Failure.class)
  void onlyWhatIsNoOrdinaryAnswerTellsWhereItCameFrom(Failure failure) {
    StoreException refusal = new StoreException(failure, "why");
    assertThat(refusal.getStackTrace().length == 0).isEqualTo(failure.isOrdinary());
    assertThat(refusal).hasMessage("why").hasToString(StoreException.class.getName() + ": why");
  }

  @Test
  void aFailedDeviceIsTracedAndAMissingFileIsNot() {
    assertThat(new StoreException(Failure.IO, "").getStackTrace()[0].getMethodName())
        .contains("aFailedDeviceIsTraced");
    assertThat(new StoreException(Failure.NOT_FOUND, "").getStackTrace()).isEmpty();
  }
}
