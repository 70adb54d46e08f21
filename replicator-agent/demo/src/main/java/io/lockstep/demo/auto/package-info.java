/** The whole story, played alone: scenarios, what each showed, and the bounds it is held to. */
package io.lockstep.demo.auto;
