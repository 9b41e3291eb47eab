package org.crmlambda.flink;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
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

    /** One column. Bounds are inclusive: units of the scale for a number, days or milliseconds since 1970 for a date or a timestamp. */
    static final class Column {
        final String name;
        final byte[] nameBytes;
        final Type type;
        final boolean required;
        final int minLength;
        final int maxLength;
        final byte[][] allowed;
        final long minimum;
        final long maximum;
        final int precision;
        final int scale;

        private Column(JsonNode rule) {
            name = rule.get("name").asText();
            nameBytes = name.getBytes(StandardCharsets.UTF_8);
            type = Type.valueOf(rule.get("type").asText().toUpperCase(java.util.Locale.ROOT));
            required = rule.get("required").asBoolean();
            minLength = rule.path("minLength").asInt(0);
            maxLength = rule.path("maxLength").asInt(Integer.MAX_VALUE);
            minimum = Long.parseLong(rule.path("minimum").asText("0"));
            maximum = Long.parseLong(rule.path("maximum").asText("0"));
            precision = rule.path("precision").asInt(0);
            scale = rule.path("scale").asInt(0);
            List<byte[]> values = new ArrayList<>();
            rule.path("allowed").forEach(value -> values.add(value.asText().getBytes(StandardCharsets.UTF_8)));
            allowed = values.isEmpty() ? null : values.toArray(new byte[0][]);
        }
    }

    final Column[] columns;

    private Rules(Column[] columns) {
        this.columns = columns;
    }

    static Rules parse(String text) {
        try {
            List<Column> columns = new ArrayList<>();
            new ObjectMapper().readTree(text).get("columns").forEach(rule -> columns.add(new Column(rule)));
            return new Rules(columns.toArray(new Column[0]));
        } catch (JsonProcessingException | RuntimeException error) {
            throw new IllegalArgumentException("contract-json.rules cannot be read: " + error.getMessage(), error);
        }
    }
}
