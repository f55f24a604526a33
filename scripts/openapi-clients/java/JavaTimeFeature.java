package com.fasterxml.jackson.datatype.jsr310;

/** As JavaTimeModule: to compile against, never to run. */
public enum JavaTimeFeature {
    NORMALIZE_DESERIALIZED_ZONE_ID, ALWAYS_ALLOW_STRINGIFIED_DATE_TIMESTAMPS;

    public boolean enabledByDefault() {
        return true;
    }
}
