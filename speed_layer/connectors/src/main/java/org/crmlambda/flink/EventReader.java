package org.crmlambda.flink;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import org.apache.flink.table.data.DecimalData;
import org.apache.flink.table.data.GenericRowData;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.data.TimestampData;
import org.apache.flink.table.data.binary.BinaryStringData;

/** Turns the bytes of an event into a row of some of its contract's columns, or into null where it breaks the contract. */
final class EventReader {
    /** What {@link #whole} and {@link #decimal} return for what is no value; no bound reaches it. */
    private static final long INVALID = Long.MIN_VALUE;
    /** Digits that a double keeps: beyond them a JSON number in double form is not what its sender wrote. */
    private static final int DOUBLE_DIGITS = 15;

    private final Rules.Column[] columns;
    private final int kindColumn;
    private final int[] target;
    private final int width;
    private final JsonScanner scanner;

    /** Fields that the contract does not name are an error; columns that are not among the fields are checked all the same. */
    EventReader(Rules rules, List<String> fields) {
        columns = rules.columns;
        kindColumn = rules.kindColumn;
        width = fields.size();
        target = new int[columns.length];
        byte[][] names = new byte[columns.length][];
        int known = 0;
        for (int i = 0; i < columns.length; i++) {
            target[i] = fields.indexOf(columns[i].name);
            known += target[i] >= 0 ? 1 : 0;
            names[i] = columns[i].nameBytes;
        }
        if (known != width) {
            throw new IllegalArgumentException("the contract does not have all of the columns " + fields);
        }
        scanner = new JsonScanner(names);
    }

    RowData read(byte[] message) {
        if (message == null || !scanner.scan(message)) {
            return null;
        }
        int of = kindColumn < 0 ? 0 : kindOf(message);
        if (of < 0) {
            return null;
        }
        GenericRowData row = new GenericRowData(width);
        for (int i = 0; i < columns.length; i++) {
            Rules.Column column = columns[i];
            byte kind = scanner.kind[i];
            if (kind == JsonScanner.ABSENT || kind == JsonScanner.NULL) {
                if (column.required[of]) {
                    return null;
                }
                continue;
            }
            if (column.type == Rules.Type.STRING) {
                if (!text(message, i, column, row)) {
                    return null;
                }
                continue;
            }
            long value = number(message, i, column);
            if (value == INVALID || value < column.minimum[of] || value > column.maximum) {
                return null;
            }
            if (target[i] >= 0) {
                row.setField(target[i], field(column, value));
            }
        }
        return row;
    }

    /** The event's kind, as its place in what the contract allows, or -1. */
    private int kindOf(byte[] message) {
        byte kind = scanner.kind[kindColumn];
        if (kind == JsonScanner.STRING) {
            return placeOf(columns[kindColumn].allowed, message, scanner.start[kindColumn], scanner.end[kindColumn]);
        }
        if (kind == JsonScanner.ESCAPED_STRING) {
            byte[] text = JsonScanner.unescape(message, scanner.start[kindColumn], scanner.end[kindColumn]);
            return placeOf(columns[kindColumn].allowed, text, 0, text.length);
        }
        return -1;
    }

    private static Object field(Rules.Column column, long value) {
        switch (column.type) {
            case INTEGER:
                return value;
            case NUMBER:
                return DecimalData.fromUnscaledLong(value, column.precision, column.scale);
            case DATE:
                return (int) value;
            default:
                return TimestampData.fromEpochMillis(value);
        }
    }

    private boolean text(byte[] message, int i, Rules.Column column, GenericRowData row) {
        byte kind = scanner.kind[i];
        int from = scanner.start[i];
        int to = scanner.end[i];
        byte[] source = message;
        if (kind == JsonScanner.ESCAPED_STRING) {
            source = JsonScanner.unescape(message, from, to);
            from = 0;
            to = source.length;
        } else if (kind != JsonScanner.STRING && kind != JsonScanner.HUGE_INTEGER) {
            return false;
        }
        if (column.allowed != null && placeOf(column.allowed, source, from, to) < 0) {
            return false;
        }
        // What a pattern matches is ASCII: another byte, whatever letter it is read as, is in none of its classes.
        if (column.pattern != null
                && !column.pattern.matcher(new String(source, from, to - from, StandardCharsets.ISO_8859_1)).matches()) {
            return false;
        }
        int bytes = to - from;
        // A code point has one to four bytes: mostly its number need not be counted.
        if (bytes > column.maxLength || bytes < column.minLength * 4) {
            int length = codePoints(source, from, to);
            if (length < column.minLength || length > column.maxLength) {
                return false;
            }
        }
        if (target[i] >= 0) {
            row.setField(target[i], BinaryStringData.fromBytes(Arrays.copyOfRange(source, from, to)));
        }
        return true;
    }

    private static int placeOf(byte[][] allowed, byte[] source, int from, int to) {
        for (int i = 0; i < allowed.length; i++) {
            if (JsonScanner.matches(allowed[i], source, from, to)) {
                return i;
            }
        }
        return -1;
    }

    private static int codePoints(byte[] source, int from, int to) {
        int count = 0;
        for (int i = from; i < to; i++) {
            count += (source[i] & 0xC0) != 0x80 ? 1 : 0;
        }
        return count;
    }

    private long number(byte[] message, int i, Rules.Column column) {
        byte kind = scanner.kind[i];
        int from = scanner.start[i];
        int to = scanner.end[i];
        byte[] source = message;
        boolean quoted = kind == JsonScanner.STRING || kind == JsonScanner.HUGE_INTEGER;
        if (kind == JsonScanner.ESCAPED_STRING) {
            source = JsonScanner.unescape(message, from, to);
            from = 0;
            to = source.length;
            quoted = true;
        }
        switch (column.type) {
            case INTEGER:
                if (kind == JsonScanner.INTEGER) {
                    return whole(source, from, to);
                }
                return kind == JsonScanner.DOUBLE ? ofDouble(scanner.ascii(from, to), 0) : INVALID;
            case NUMBER:
                if (quoted || kind == JsonScanner.INTEGER) {
                    return decimal(source, from, to, column.precision - column.scale, column.scale);
                }
                return kind == JsonScanner.DOUBLE ? ofDouble(scanner.ascii(from, to), column.scale) : INVALID;
            case DATE:
                return quoted ? Timestamps.parseDate(source, from, to, INVALID) : INVALID;
            default:
                return quoted ? Timestamps.parse(source, from, to, INVALID) : INVALID;
        }
    }

    /** An integer token; INVALID beyond Int64. */
    private static long whole(byte[] source, int from, int to) {
        if (to - from > 18) {
            try {
                return Long.parseLong(new String(source, from, to - from, StandardCharsets.ISO_8859_1));
            } catch (NumberFormatException beyond) {
                return INVALID;
            }
        }
        boolean negative = source[from] == '-';
        long value = 0;
        for (int i = negative ? from + 1 : from; i < to; i++) {
            value = value * 10 + (source[i] - '0');
        }
        return negative ? -value : value;
    }

    /** Digits with an optional minus and an optional fraction of 1 to {@code scale} digits, in units of the scale. */
    private static long decimal(byte[] source, int from, int to, int wholeDigits, int scale) {
        int i = from;
        boolean negative = i < to && source[i] == '-';
        if (negative) {
            i++;
        }
        long value = 0;
        int digits = 0;
        for (; i < to && source[i] >= '0' && source[i] <= '9'; i++, digits++) {
            if (digits == wholeDigits) {
                return INVALID;
            }
            value = value * 10 + (source[i] - '0');
        }
        if (digits == 0) {
            return INVALID;
        }
        int places = 0;
        if (i < to) {
            if (source[i] != '.' || scale == 0) {
                return INVALID;
            }
            i++;
            for (; i < to && source[i] >= '0' && source[i] <= '9'; i++, places++) {
                if (places == scale) {
                    return INVALID;
                }
                value = value * 10 + (source[i] - '0');
            }
            if (places == 0 || i < to) {
                return INVALID;
            }
        }
        for (; places < scale; places++) {
            value *= 10;
        }
        return negative ? -value : value;
    }

    /** A number in double form, exact at the scale within the digits that a double keeps; in units of the scale. */
    private static long ofDouble(String token, int scale) {
        double number = Double.parseDouble(token);
        if (Math.abs(number) >= Math.pow(10, DOUBLE_DIGITS - scale)) {
            return INVALID;
        }
        // With so few digits only one decimal of this scale has this double, and it is then its shortest form.
        BigDecimal rounded = new BigDecimal(number).setScale(scale, RoundingMode.HALF_UP);
        return rounded.doubleValue() == number ? rounded.unscaledValue().longValueExact() : INVALID;
    }
}
