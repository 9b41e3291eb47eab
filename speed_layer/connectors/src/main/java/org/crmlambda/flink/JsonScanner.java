package org.crmlambda.flink;

import java.math.BigInteger;
import java.nio.charset.StandardCharsets;

/**
 * Checks that bytes are one JSON object and notes where the values of known fields stand. As strict as simdjson, which
 * ClickHouse uses: UTF-8, escapes, surrogates, numbers and depth are checked everywhere in the document.
 */
final class JsonScanner {
    static final byte ABSENT = 0;
    static final byte STRING = 1;
    static final byte ESCAPED_STRING = 2;
    static final byte INTEGER = 3;
    static final byte DOUBLE = 4;
    /** An integer beyond 64 bits: ClickHouse's parser hands it on as the string of its digits. */
    static final byte HUGE_INTEGER = 5;
    static final byte NULL = 6;
    static final byte OTHER = 7;

    /** The level at which simdjson refuses an object or array, unless it is empty. */
    private static final int REFUSED_DEPTH = 1024;

    private static final BigInteger INT64_MIN = BigInteger.valueOf(Long.MIN_VALUE);
    private static final BigInteger UINT64_MAX = BigInteger.ONE.shiftLeft(64).subtract(BigInteger.ONE);

    private final byte[][] names;
    final byte[] kind;
    final int[] start;
    final int[] end;

    private byte[] bytes;
    private int position;
    private int limit;
    private boolean escaped;

    JsonScanner(byte[][] names) {
        this.names = names;
        kind = new byte[names.length];
        start = new int[names.length];
        end = new int[names.length];
    }

    /** Whether the bytes are a JSON object; then {@code kind}, {@code start} and {@code end} tell of each field. */
    boolean scan(byte[] message) {
        bytes = message;
        position = 0;
        limit = message.length;
        java.util.Arrays.fill(kind, ABSENT);
        if (limit >= 3 && bytes[0] == (byte) 0xEF && bytes[1] == (byte) 0xBB && bytes[2] == (byte) 0xBF) {
            position = 3;
        }
        skipSpace();
        if (position >= limit || bytes[position] != '{' || !object(1, true)) {
            return false;
        }
        skipSpace();
        return position == limit;
    }

    private void skipSpace() {
        while (position < limit) {
            byte b = bytes[position];
            if (b != ' ' && b != '\n' && b != '\r' && b != '\t') {
                return;
            }
            position++;
        }
    }

    private boolean object(int depth, boolean top) {
        position++;
        skipSpace();
        if (position < limit && bytes[position] == '}') {
            position++;
            return true;
        }
        if (depth >= REFUSED_DEPTH) {
            return false;
        }
        int expected = 0;
        while (true) {
            if (position >= limit || bytes[position] != '"') {
                return false;
            }
            int nameStart = position + 1;
            if (!string()) {
                return false;
            }
            int field = top ? field(nameStart, position - 1, escaped, expected) : -1;
            skipSpace();
            if (position >= limit || bytes[position] != ':') {
                return false;
            }
            position++;
            skipSpace();
            int from = position;
            byte found = value(depth);
            if (found == ABSENT) {
                return false;
            }
            if (field >= 0) {
                expected = field + 1;
                if (kind[field] == ABSENT) { // the first of equal names counts
                    boolean quoted = found == STRING || found == ESCAPED_STRING;
                    kind[field] = found;
                    start[field] = quoted ? from + 1 : from;
                    end[field] = quoted ? position - 1 : position;
                }
            }
            skipSpace();
            if (position >= limit) {
                return false;
            }
            byte next = bytes[position++];
            if (next == '}') {
                return true;
            }
            if (next != ',') {
                return false;
            }
            skipSpace();
        }
    }

    private boolean array(int depth) {
        position++;
        skipSpace();
        if (position < limit && bytes[position] == ']') {
            position++;
            return true;
        }
        if (depth >= REFUSED_DEPTH) {
            return false;
        }
        while (true) {
            if (value(depth) == ABSENT) {
                return false;
            }
            skipSpace();
            if (position >= limit) {
                return false;
            }
            byte next = bytes[position++];
            if (next == ']') {
                return true;
            }
            if (next != ',') {
                return false;
            }
            skipSpace();
        }
    }

    /** Producers write fields in the contract's order: the expected one is tried first. */
    private int field(int from, int to, boolean hasEscapes, int expected) {
        if (hasEscapes) {
            byte[] name = unescape(bytes, from, to);
            return find(name, 0, name.length);
        }
        if (expected < names.length && matches(names[expected], bytes, from, to)) {
            return expected;
        }
        return find(bytes, from, to);
    }

    private int find(byte[] source, int from, int to) {
        for (int i = 0; i < names.length; i++) {
            if (matches(names[i], source, from, to)) {
                return i;
            }
        }
        return -1;
    }

    static boolean matches(byte[] text, byte[] source, int from, int to) {
        return java.util.Arrays.equals(text, 0, text.length, source, from, to);
    }

    /** The kind of the value at the position, which moves behind it; ABSENT where there is none. */
    private byte value(int depth) {
        if (position >= limit) {
            return ABSENT;
        }
        switch (bytes[position]) {
            case '"':
                return string() ? (escaped ? ESCAPED_STRING : STRING) : ABSENT;
            case '{':
                return object(depth + 1, false) ? OTHER : ABSENT;
            case '[':
                return array(depth + 1) ? OTHER : ABSENT;
            case 't':
                return literal("true") ? OTHER : ABSENT;
            case 'f':
                return literal("false") ? OTHER : ABSENT;
            case 'n':
                return literal("null") ? NULL : ABSENT;
            default:
                return number();
        }
    }

    private boolean literal(String word) {
        for (int i = 0; i < word.length(); i++, position++) {
            if (position >= limit || bytes[position] != word.charAt(i)) {
                return false;
            }
        }
        return true;
    }

    private boolean digits() {
        int from = position;
        while (position < limit && bytes[position] >= '0' && bytes[position] <= '9') {
            position++;
        }
        return position > from;
    }

    private byte number() {
        int from = position;
        if (bytes[position] == '-') {
            position++;
        }
        int first = position;
        if (!digits() || (bytes[first] == '0' && position - first > 1)) {
            return ABSENT;
        }
        boolean fractional = false;
        boolean exponent = false;
        if (position < limit && bytes[position] == '.') {
            fractional = true;
            position++;
            if (!digits()) {
                return ABSENT;
            }
        }
        if (position < limit && (bytes[position] | 0x20) == 'e') {
            exponent = true;
            position++;
            if (position < limit && (bytes[position] == '+' || bytes[position] == '-')) {
                position++;
            }
            if (!digits()) {
                return ABSENT;
            }
        }
        if (fractional || exponent) {
            // A double's largest value has 309 digits: without an exponent, fewer cannot overflow.
            boolean large = exponent || position - from > 300;
            return large && Double.isInfinite(Double.parseDouble(ascii(from, position))) ? ABSENT : DOUBLE;
        }
        if (position - first > 18) {
            BigInteger whole = new BigInteger(ascii(from, position));
            return whole.compareTo(INT64_MIN) < 0 || whole.compareTo(UINT64_MAX) > 0 ? HUGE_INTEGER : INTEGER;
        }
        return INTEGER;
    }

    String ascii(int from, int to) {
        return new String(bytes, from, to - from, StandardCharsets.ISO_8859_1);
    }

    /** Moves behind the closing quote and tells in {@code escaped} whether the content has escapes. */
    private boolean string() {
        escaped = false;
        position++;
        while (position < limit) {
            int b = bytes[position];
            if (b == '"') {
                position++;
                return true;
            }
            if (b == '\\') {
                escaped = true;
                if (!escape()) {
                    return false;
                }
            } else if (b < 0) {
                if (!multibyte(b & 0xFF)) {
                    return false;
                }
            } else if (b < 0x20) {
                return false;
            } else {
                position++;
            }
        }
        return false;
    }

    private boolean escape() {
        if (position + 1 >= limit) {
            return false;
        }
        switch (bytes[position + 1]) {
            case '"':
            case '\\':
            case '/':
            case 'b':
            case 'f':
            case 'n':
            case 'r':
            case 't':
                position += 2;
                return true;
            case 'u':
                int unit = hex(bytes, position + 2, limit);
                if (unit < 0) {
                    return false;
                }
                position += 6;
                if (unit < 0xD800 || unit > 0xDFFF) {
                    return true;
                }
                boolean paired = unit < 0xDC00
                        && position + 1 < limit
                        && bytes[position] == '\\'
                        && bytes[position + 1] == 'u'
                        && (hex(bytes, position + 2, limit) & ~0x3FF) == 0xDC00;
                position += 6;
                return paired;
            default:
                return false;
        }
    }

    private static int hex(byte[] source, int from, int limit) {
        if (from + 4 > limit) {
            return -1;
        }
        int unit = 0;
        for (int i = from; i < from + 4; i++) {
            int digit = Character.digit(source[i], 16);
            if (digit < 0) {
                return -1;
            }
            unit = unit << 4 | digit;
        }
        return unit;
    }

    /** One UTF-8 sequence by RFC 3629: no overlong forms, no surrogates, nothing above U+10FFFF. */
    private boolean multibyte(int lead) {
        int length = lead < 0xC2 ? 0 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : lead < 0xF5 ? 4 : 0;
        if (length == 0 || position + length > limit) {
            return false;
        }
        int second = bytes[position + 1] & 0xFF;
        int low = lead == 0xE0 ? 0xA0 : lead == 0xF0 ? 0x90 : 0x80;
        int high = lead == 0xED ? 0x9F : lead == 0xF4 ? 0x8F : 0xBF;
        if (second < low || second > high) {
            return false;
        }
        for (int i = 2; i < length; i++) {
            if ((bytes[position + i] & 0xC0) != 0x80) {
                return false;
            }
        }
        position += length;
        return true;
    }

    /** The content of a checked string with escapes, as UTF-8. */
    static byte[] unescape(byte[] source, int from, int to) {
        StringBuilder text = new StringBuilder(to - from);
        int plain = from;
        for (int i = from; i < to; i++) {
            if (source[i] != '\\') {
                continue;
            }
            text.append(new String(source, plain, i - plain, StandardCharsets.UTF_8));
            i++;
            switch (source[i]) {
                case 'b' -> text.append('\b');
                case 'f' -> text.append('\f');
                case 'n' -> text.append('\n');
                case 'r' -> text.append('\r');
                case 't' -> text.append('\t');
                case 'u' -> {
                    text.append((char) hex(source, i + 1, to));
                    i += 4;
                }
                default -> text.append((char) source[i]);
            }
            plain = i + 1;
        }
        text.append(new String(source, plain, to - plain, StandardCharsets.UTF_8));
        return text.toString().getBytes(StandardCharsets.UTF_8);
    }
}
