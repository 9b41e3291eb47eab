package org.crmlambda.flink;

import java.util.Set;
import org.apache.flink.api.common.serialization.DeserializationSchema;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.configuration.ConfigOptions;
import org.apache.flink.configuration.ReadableConfig;
import org.apache.flink.table.connector.ChangelogMode;
import org.apache.flink.table.connector.Projection;
import org.apache.flink.table.connector.format.DecodingFormat;
import org.apache.flink.table.connector.format.ProjectableDecodingFormat;
import org.apache.flink.table.connector.source.DynamicTableSource;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.factories.DeserializationFormatFactory;
import org.apache.flink.table.factories.DynamicTableFactory;
import org.apache.flink.table.factories.FactoryUtil;
import org.apache.flink.table.types.DataType;

/**
 * The format {@code contract-json}: JSON events, of which only those that obey their contract become rows.
 *
 * <p>The option {@code contract-json.rules} holds the rule of each contract column ({@code crm/rules.py}). It covers all of
 * them, whatever columns a query reads; {@code crm/validity.py} is the same rule in ClickHouse.
 */
public final class ContractJsonFormatFactory implements DeserializationFormatFactory {
    static final String IDENTIFIER = "contract-json";
    static final ConfigOption<String> RULES = ConfigOptions.key("rules")
            .stringType()
            .noDefaultValue()
            .withDescription("The contract's columns and what each asks of its values, as JSON.");

    @Override
    public String factoryIdentifier() {
        return IDENTIFIER;
    }

    @Override
    public Set<ConfigOption<?>> requiredOptions() {
        return Set.of(RULES);
    }

    @Override
    public Set<ConfigOption<?>> optionalOptions() {
        return Set.of();
    }

    @Override
    public DecodingFormat<DeserializationSchema<RowData>> createDecodingFormat(
            DynamicTableFactory.Context context, ReadableConfig options) {
        FactoryUtil.validateFactoryOptions(this, options);
        return new Decoding(options.get(RULES));
    }

    private static final class Decoding implements ProjectableDecodingFormat<DeserializationSchema<RowData>> {
        private final String rules;

        Decoding(String rules) {
            this.rules = rules;
        }

        @Override
        public DeserializationSchema<RowData> createRuntimeDecoder(
                DynamicTableSource.Context context, DataType physicalType, int[][] projections) {
            DataType produced = Projection.of(projections).project(physicalType);
            return new ContractJsonSchema(
                    rules, DataType.getFieldNames(produced), context.createTypeInformation(produced));
        }

        @Override
        public ChangelogMode getChangelogMode() {
            return ChangelogMode.insertOnly();
        }
    }
}
