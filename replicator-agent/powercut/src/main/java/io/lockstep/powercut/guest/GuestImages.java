package io.lockstep.powercut.guest;

import java.nio.file.Path;

/**
 * What both guests boot from; none of it is written to.
 *
 * @param kernel the kernel's image
 * @param initramfs drivers and what mounts the rest
 * @param base Debian's user space
 * @param product Lockstep, the recorder, and the guest's first process
 */
record GuestImages(Path kernel, Path initramfs, Path base, Path product) {}
