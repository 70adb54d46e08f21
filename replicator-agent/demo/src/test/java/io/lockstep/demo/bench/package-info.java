/** The demo's cluster for tests: agents of this build, or of one that was changed on purpose. */
package io.lockstep.demo.bench;
