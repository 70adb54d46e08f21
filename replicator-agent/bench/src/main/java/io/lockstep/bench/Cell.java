package io.lockstep.bench;

/**
 * One figure of the table.
 *
 * @param iops operations a second; transactions a second for databases, files a second for untar
 * @param p50Us median latency of an operation in microseconds; NaN where single operations are not
 *     seen
 * @param p99Us likewise, of the slowest hundredth
 * @param mibPerSecond throughput; NaN where it says nothing
 */
public record Cell(
    String system, String workload, double iops, double p50Us, double p99Us, double mibPerSecond) {}
