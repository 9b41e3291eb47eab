package org.crmlambda.flink;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.core.JsonProcessingException;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.JsonNode;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.ObjectMapper;

/** What a contract asks of each of its columns, as {@code crm/rules.py} writes it. */
final class Rules {
    enum Type {
        STRING,
        INTEGER,
        NUMBER,
        DATE,
        TIMESTAMP
    }

    /**
     * One column. Bounds are inclusive: units of the scale for a number, days or milliseconds since 1970 for a date or a timestamp.
     * {@code required} and {@code minimum} are by the event's kind, in the order of {@link Rules#kinds}.
     */
    static final class Column {
        final String name;
        final byte[] nameBytes;
        final Type type;
        final boolean[] required;
        final int minLength;
        final int maxLength;
        final byte[][] allowed;
        final Pattern pattern;
        final long[] minimum;
        final long maximum;
        final int precision;
        final int scale;

        private Column(JsonNode rule, List<String> kinds) {
            name = rule.get("name").asText();
            nameBytes = name.getBytes(StandardCharsets.UTF_8);
            type = Type.valueOf(rule.get("type").asText().toUpperCase(java.util.Locale.ROOT));
            required = new boolean[kinds.size()];
            Arrays.fill(required, rule.get("required").asBoolean());
            rule.path("requiredByKind").forEach(kind -> required[kinds.indexOf(kind.asText())] = true);
            minLength = rule.path("minLength").asInt(0);
            maxLength = rule.path("maxLength").asInt(Integer.MAX_VALUE);
            pattern = rule.has("pattern") ? Pattern.compile(rule.get("pattern").asText()) : null;
            minimum = new long[kinds.size()];
            Arrays.fill(minimum, Long.parseLong(rule.path("minimum").asText("0")));
            rule.path("minimumByKind").properties().forEach(
                    least -> minimum[kinds.indexOf(least.getKey())] = Long.parseLong(least.getValue().asText()));
            maximum = Long.parseLong(rule.path("maximum").asText("0"));
            precision = rule.path("precision").asInt(0);
            scale = rule.path("scale").asInt(0);
            List<byte[]> values = new ArrayList<>();
            rule.path("allowed").forEach(value -> values.add(value.asText().getBytes(StandardCharsets.UTF_8)));
            allowed = values.isEmpty() ? null : values.toArray(new byte[0][]);
        }
    }

    final Column[] columns;
    /** The column that says which kind of event it is; -1: the contract does not tell them apart. */
    final int kindColumn;
    /** The kinds of events, in the order of what the column allows; one without a name where there is no such column. */
    final List<String> kinds;

    private Rules(JsonNode rules) {
        List<String> named = new ArrayList<>();
        rules.get("kinds").forEach(kind -> named.add(kind.asText()));
        kinds = named.isEmpty() ? List.of("") : named;
        List<Column> found = new ArrayList<>();
        rules.get("columns").forEach(rule -> found.add(new Column(rule, kinds)));
        columns = found.toArray(new Column[0]);
        kindColumn = named.isEmpty() ? -1 : found.stream().map(column -> column.name).collect(Collectors.toList()).indexOf("kind");
    }

    static Rules parse(String text) {
        try {
            return new Rules(new ObjectMapper().readTree(text));
        } catch (JsonProcessingException | RuntimeException error) {
            throw new IllegalArgumentException("contract-json.rules cannot be read: " + error.getMessage(), error);
        }
    }
}
