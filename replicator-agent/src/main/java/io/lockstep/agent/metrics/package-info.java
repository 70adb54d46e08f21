/** What a node measures, for Prometheus. Names and meanings: docs/operations.md. */
package io.lockstep.agent.metrics;
