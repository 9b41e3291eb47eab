package org.crmlambda.flink;

import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.ObjectMapper;
import org.apache.flink.table.data.DecimalData;
import org.apache.flink.table.data.GenericRowData;
import org.apache.flink.table.data.TimestampData;

/**
 * Runs the format outside of Flink, for the parity test and the benchmark: {@code ContractJsonCheck RULES_FILE [ROUNDS]}.
 *
 * <p>Standard input holds records, each a four-byte length (-1: null) and its bytes. Prints a line for each: {@code null},
 * or the JSON array of its values (decimals as text, dates in days since 1970, timestamps in milliseconds). With ROUNDS it reads the records that
 * often instead and prints records/s of the last round.
 */
public final class ContractJsonCheck {
    private ContractJsonCheck() {}

    public static void main(String[] arguments) throws IOException {
        Rules rules = Rules.parse(Files.readString(Path.of(arguments[0])));
        List<String> fields = new ArrayList<>();
        for (Rules.Column column : rules.columns) {
            fields.add(column.name);
        }
        EventReader reader = new EventReader(rules, fields);
        List<byte[]> records = records();
        if (arguments.length > 1) {
            measure(reader, records, Integer.parseInt(arguments[1]));
            return;
        }
        ObjectMapper mapper = new ObjectMapper();
        try (PrintStream out = new PrintStream(new BufferedOutputStream(System.out), false, StandardCharsets.UTF_8)) {
            for (byte[] record : records) {
                GenericRowData row = (GenericRowData) reader.read(record);
                out.println(row == null ? "null" : mapper.writeValueAsString(values(row)));
            }
        }
    }

    private static List<byte[]> records() throws IOException {
        List<byte[]> records = new ArrayList<>();
        DataInputStream input = new DataInputStream(new BufferedInputStream(System.in));
        while (true) {
            int length;
            try {
                length = input.readInt();
            } catch (EOFException end) {
                return records;
            }
            records.add(length < 0 ? null : input.readNBytes(length));
        }
    }

    private static List<Object> values(GenericRowData row) {
        List<Object> values = new ArrayList<>();
        for (int i = 0; i < row.getArity(); i++) {
            Object value = row.getField(i);
            if (value instanceof TimestampData) {
                values.add(((TimestampData) value).getMillisecond());
            } else if (value instanceof DecimalData) {
                values.add(((DecimalData) value).toBigDecimal().toPlainString());
            } else {
                values.add(value instanceof Number || value == null ? value : value.toString());
            }
        }
        return values;
    }

    private static void measure(EventReader reader, List<byte[]> records, int rounds) {
        long rate = 0;
        long valid = 0;
        for (int round = 0; round < rounds; round++) {
            long begin = System.nanoTime();
            for (byte[] record : records) {
                valid += reader.read(record) == null ? 0 : 1;
            }
            rate = records.size() * 1_000_000_000L / (System.nanoTime() - begin);
        }
        System.out.println("{\"records_per_second\": " + rate + ", \"valid\": " + valid / rounds + "}");
    }
}
