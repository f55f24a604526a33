package com.fasterxml.jackson.datatype.jsr310.deser;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.databind.DeserializationContext;
import com.fasterxml.jackson.databind.deser.std.StdDeserializer;
import java.io.IOException;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.time.temporal.Temporal;
import java.time.temporal.TemporalAccessor;
import java.util.function.BiFunction;
import java.util.function.Function;

/** As JavaTimeModule: to compile against, never to run. */
public class InstantDeserializer<T extends Temporal> extends StdDeserializer<T> {
    private static final long serialVersionUID = 1L;

    public static class FromIntegerArguments {
        public long value;
        public ZoneId zoneId;
    }

    public static class FromDecimalArguments {
        public long integer;
        public int fraction;
        public ZoneId zoneId;
    }

    protected InstantDeserializer(
        Class<T> type, DateTimeFormatter formatter, Function<TemporalAccessor, T> parsed, Function<FromIntegerArguments, T> fromMilliseconds,
        Function<FromDecimalArguments, T> fromNanoseconds, BiFunction<T, ZoneId, T> adjust, boolean replaceZeroOffset, boolean normalizeZone,
        boolean readNumericStrings
    ) {
        super(type);
    }

    protected T _fromString(JsonParser parser, DeserializationContext context, String text) throws IOException {
        throw new IOException("this is a stand-in");
    }

    @Override
    public T deserialize(JsonParser parser, DeserializationContext context) throws IOException {
        throw new IOException("this is a stand-in");
    }
}
