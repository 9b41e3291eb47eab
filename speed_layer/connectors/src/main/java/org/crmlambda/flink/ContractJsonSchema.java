package org.crmlambda.flink;

import java.io.IOException;
import java.util.List;
import org.apache.flink.api.common.serialization.DeserializationSchema;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.metrics.Counter;
import org.apache.flink.table.data.RowData;

/** Rows of valid events. An invalid one gives no row and is counted in the metric {@code rejectedRecords}. */
final class ContractJsonSchema implements DeserializationSchema<RowData> {
    private static final long serialVersionUID = 1L;

    private final String rules;
    private final List<String> fields;
    private final TypeInformation<RowData> produced;
    private final String planned = Connectors.DIGEST;
    private transient EventReader reader;
    private transient Counter rejected;

    ContractJsonSchema(String rules, List<String> fields, TypeInformation<RowData> produced) {
        this.rules = rules;
        this.fields = fields;
        this.produced = produced;
    }

    @Override
    public void open(InitializationContext context) {
        // A TaskManager keeps the classes that it started with: it would judge by other rules than this job's definition says.
        if (!planned.equals(Connectors.DIGEST)) {
            throw new IllegalStateException("This TaskManager runs connectors " + Connectors.DIGEST + ", the job was planned with "
                    + planned + ": restart Flink (crm down, crm up), then repeat the command");
        }
        reader = new EventReader(Rules.parse(rules), fields);
        rejected = context.getMetricGroup().counter("rejectedRecords");
    }

    /** Null for an invalid event, which Flink leaves out. */
    @Override
    public RowData deserialize(byte[] message) throws IOException {
        RowData row = reader.read(message);
        if (row == null) {
            rejected.inc();
        }
        return row;
    }

    @Override
    public boolean isEndOfStream(RowData next) {
        return false;
    }

    @Override
    public TypeInformation<RowData> getProducedType() {
        return produced;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof ContractJsonSchema
                && rules.equals(((ContractJsonSchema) other).rules)
                && fields.equals(((ContractJsonSchema) other).fields);
    }

    @Override
    public int hashCode() {
        return rules.hashCode() * 31 + fields.hashCode();
    }
}
