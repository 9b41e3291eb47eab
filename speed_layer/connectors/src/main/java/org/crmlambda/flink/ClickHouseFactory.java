package org.crmlambda.flink;

import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;
import org.apache.flink.connector.jdbc.core.database.JdbcFactory;
import org.apache.flink.connector.jdbc.core.database.catalog.JdbcCatalog;
import org.apache.flink.connector.jdbc.core.database.dialect.AbstractDialect;
import org.apache.flink.connector.jdbc.core.database.dialect.AbstractDialectConverter;
import org.apache.flink.connector.jdbc.core.database.dialect.JdbcDialect;
import org.apache.flink.connector.jdbc.core.database.dialect.JdbcDialectConverter;
import org.apache.flink.table.types.logical.LogicalTypeRoot;
import org.apache.flink.table.types.logical.RowType;

/** Lets Flink's JDBC connector write to ClickHouse. Found through META-INF/services. */
public final class ClickHouseFactory implements JdbcFactory {
    @Override
    public boolean acceptsURL(String url) {
        return url.startsWith("jdbc:clickhouse:") || url.startsWith("jdbc:ch:");
    }

    @Override
    public JdbcDialect createDialect() {
        return new ClickHouseDialect();
    }

    @Override
    public JdbcCatalog createCatalog(
            ClassLoader classLoader, String catalog, String database, String user, String password, String url) {
        throw new UnsupportedOperationException("tables are declared one by one: there is no ClickHouse catalog");
    }

    private static final class ClickHouseDialect extends AbstractDialect {
        private static final long serialVersionUID = 1L;

        @Override
        public String dialectName() {
            return "ClickHouse";
        }

        @Override
        public JdbcDialectConverter getRowConverter(RowType rowType) {
            return new ClickHouseConverter(rowType);
        }

        @Override
        public String getLimitClause(long limit) {
            return "LIMIT " + limit;
        }

        @Override
        public Optional<String> defaultDriverName() {
            return Optional.of("com.clickhouse.jdbc.ClickHouseDriver");
        }

        @Override
        public String quoteIdentifier(String identifier) {
            return "`" + identifier + "`";
        }

        /** ReplacingMergeTree makes a plain INSERT an upsert. */
        @Override
        public Optional<String> getUpsertStatement(String table, String[] fields, String[] keys) {
            return Optional.of(getInsertIntoStatement(table, fields));
        }

        /** The driver's RowBinary path recognises an INSERT only where the table is not quoted. */
        @Override
        public String getInsertIntoStatement(String table, String[] fields) {
            return super.getInsertIntoStatement(table, fields).replace(quoteIdentifier(table), table);
        }

        @Override
        public Set<LogicalTypeRoot> supportedTypes() {
            return EnumSet.of(
                    LogicalTypeRoot.CHAR,
                    LogicalTypeRoot.VARCHAR,
                    LogicalTypeRoot.BOOLEAN,
                    LogicalTypeRoot.DECIMAL,
                    LogicalTypeRoot.TINYINT,
                    LogicalTypeRoot.SMALLINT,
                    LogicalTypeRoot.INTEGER,
                    LogicalTypeRoot.BIGINT,
                    LogicalTypeRoot.FLOAT,
                    LogicalTypeRoot.DOUBLE,
                    LogicalTypeRoot.DATE,
                    LogicalTypeRoot.TIMESTAMP_WITHOUT_TIME_ZONE);
        }

        @Override
        public Optional<Range> timestampPrecisionRange() {
            return Optional.of(Range.of(0, 9));
        }

        @Override
        public Optional<Range> decimalPrecisionRange() {
            return Optional.of(Range.of(1, 38));
        }
    }

    private static final class ClickHouseConverter extends AbstractDialectConverter {
        private static final long serialVersionUID = 1L;

        ClickHouseConverter(RowType rowType) {
            super(rowType);
        }

        @Override
        public String converterName() {
            return "ClickHouse";
        }
    }
}
