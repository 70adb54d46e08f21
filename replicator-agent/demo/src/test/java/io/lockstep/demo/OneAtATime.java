package io.lockstep.demo;

import java.lang.annotation.ElementType;
import java.lang.annotation.Inherited;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.Tag;

/**
 * On tests beside which no others may run: they judge times that others would stretch, or look at
 * what is of the whole machine, as runs that were left over and the names of networks. The build
 * runs them after the others, which run in two processes.
 */
@Inherited
@Retention(RetentionPolicy.RUNTIME)
@Tag("one-at-a-time")
@Target(ElementType.TYPE)
public @interface OneAtATime {}
