package com.fasterxml.jackson.datatype.jsr310;

/** Stands in for jackson-datatype-jsr310, which Debian 12 has not: what the generated client uses of it, to compile against. */
public class JavaTimeModule extends com.fasterxml.jackson.databind.module.SimpleModule {
    private static final long serialVersionUID = 1L;
}
