package io.lockstep.demo.judge;

/**
 * What the judge compares of one name in a tree.
 *
 * @param path below the root, one character a byte; empty for the root itself
 * @param kind the letter that find(1) prints for the type
 * @param mode permission bits in octal
 * @param owner numeric user
 * @param group numeric group
 * @param sizeBytes size; 0 for directories, whose size is the file system's own affair
 * @param modified seconds and nanoseconds of the last modification of the content
 * @param links how many names the file has; 0 for directories
 * @param inode the file's number, equal for hard links
 * @param target what a symbolic link says
 */
record Entry(
    String path,
    char kind,
    String mode,
    String owner,
    String group,
    long sizeBytes,
    String modified,
    int links,
    String inode,
    String target) {

  boolean isFile() {
    return kind == 'f';
  }
}
