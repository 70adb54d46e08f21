/** Tests that hold the mount of a pair against plain ext4. */
package io.lockstep.platform.linux.oracle;
