/** Real applications on the mount of a real pair, each followed by a comparison of both trees. */
package io.lockstep.demo.applications;
