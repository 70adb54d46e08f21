/**
 * The one YAML file of a cluster: read with positions, validated as a whole, turned into immutable
 * records.
 */
package io.lockstep.agent.configuration;
