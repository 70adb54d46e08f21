/** Places in which an application is tried, made of namespaces and overlays. */
package io.lockstep.platform.linux.rehearsal;
