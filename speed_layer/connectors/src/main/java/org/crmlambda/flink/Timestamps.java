package org.crmlambda.flink;

/** Reads {@code YYYY-MM-DD} and {@code YYYY-MM-DD[T ]hh:mm:ss[.f…][Z|±hh:mm]}; no zone means UTC, a fraction is cut to milliseconds. */
final class Timestamps {
    private static final int[] MONTH_DAYS = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};

    private Timestamps() {}

    /** Days since 1970, or {@code invalid}. */
    static long parseDate(byte[] text, int from, int to, long invalid) {
        return to - from == 10 ? day(text, from, invalid) : invalid;
    }

    /** The date in the ten bytes at {@code from}, as days since 1970, or {@code invalid}. */
    private static long day(byte[] text, int from, long invalid) {
        int century = two(text, from);
        int inCentury = two(text, from + 2);
        int month = two(text, from + 5);
        int day = two(text, from + 8);
        if (text[from + 4] != '-' || text[from + 7] != '-' || (century | inCentury | month | day) < 0) {
            return invalid;
        }
        int year = century * 100 + inCentury;
        boolean leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
        if (month < 1 || month > 12 || day < 1 || day > MONTH_DAYS[month - 1] + (month == 2 && leap ? 1 : 0)) {
            return invalid;
        }
        return daysSinceEpoch(year, month, day);
    }

    /** Milliseconds since 1970, or {@code invalid}. */
    static long parse(byte[] text, int from, int to, long invalid) {
        if (to - from < 19
                || (text[from + 10] != 'T' && text[from + 10] != ' ')
                || text[from + 13] != ':'
                || text[from + 16] != ':') {
            return invalid;
        }
        long day = day(text, from, invalid);
        int hour = two(text, from + 11);
        int minute = two(text, from + 14);
        int second = two(text, from + 17);
        if (day == invalid || (hour | minute | second) < 0 || hour > 23 || minute > 59 || second > 59) {
            return invalid;
        }
        int i = from + 19;
        int milliseconds = 0;
        if (i < to && text[i] == '.') {
            i++;
            int digits = 0;
            for (; i < to && text[i] >= '0' && text[i] <= '9'; i++, digits++) {
                if (digits < 3) {
                    milliseconds = milliseconds * 10 + (text[i] - '0');
                }
            }
            if (digits < 1 || digits > 9) {
                return invalid;
            }
            for (; digits < 3; digits++) {
                milliseconds *= 10;
            }
        }
        int offset = offsetMinutes(text, i, to);
        if (offset == Integer.MIN_VALUE) {
            return invalid;
        }
        long seconds = ((day * 24 + hour) * 60 + minute - offset) * 60 + second;
        return seconds * 1000 + milliseconds;
    }

    private static int offsetMinutes(byte[] text, int from, int to) {
        if (from == to || (to - from == 1 && (text[from] | 0x20) == 'z')) {
            return 0;
        }
        if (to - from != 6 || (text[from] != '+' && text[from] != '-') || text[from + 3] != ':') {
            return Integer.MIN_VALUE;
        }
        int hours = two(text, from + 1);
        int minutes = two(text, from + 4);
        if (hours < 0 || hours > 14 || minutes < 0 || minutes > 59) {
            return Integer.MIN_VALUE;
        }
        return (text[from] == '-' ? -1 : 1) * (hours * 60 + minutes);
    }

    /** Two digits, or a negative number. */
    private static int two(byte[] text, int at) {
        int tens = text[at] - '0';
        int units = text[at + 1] - '0';
        return (tens | units | 9 - tens | 9 - units) < 0 ? -1 : tens * 10 + units;
    }

    /** Days of the proleptic Gregorian calendar since 1970-01-01 (Hinnant, "chrono-Compatible Low-Level Date Algorithms"). */
    private static long daysSinceEpoch(int year, int month, int day) {
        int y = month <= 2 ? year - 1 : year;
        int era = Math.floorDiv(y, 400);
        int yearOfEra = y - era * 400;
        int dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
        int dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear;
        return era * 146097L + dayOfEra - 719468;
    }
}
