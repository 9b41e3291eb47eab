{#
    One of the variables generation, range_start, range_end. The environment's CRM_DBT_<NAME> comes first: it is read when
    a statement is rendered and not when the project is parsed, and a variable that changes makes dbt parse everything again.
#}
{% macro build_setting(name) -%}
    {%- do return(env_var('CRM_DBT_' ~ name | upper, var(name) | string) if execute else var(name) | string) -%}
{%- endmacro %}


{# Which computation of the batch layer is written. #}
{% macro generation() -%}
    {{ build_setting('generation') | int }}
{%- endmacro %}


{# First append time of the build. #}
{% macro range_start() -%}
    toDateTime('{{ build_setting("range_start") }}', 'UTC')
{%- endmacro %}


{# Append time after the last one of the build: by default the newest published boundary (1970 where there is none). #}
{% macro range_end() -%}
    {%- set end = build_setting('range_end') -%}
    {%- if end -%}
        toDateTime('{{ end }}', 'UTC')
    {%- else -%}
        (SELECT argMax(boundary, sequence) FROM {{ source('ops', 'publications') }})
    {%- endif -%}
{%- endmacro %}


{#
    The condition that a record belongs to the range. Append times are to the millisecond: against a DateTime, ClickHouse reads
    `<` as `<= a second before`, and leaves out a part whose first record is of that second (decision 14).
#}
{% macro arrived_in_range() -%}
    append_time >= toDateTime64({{ range_start() }}, 3, 'UTC')
    AND append_time < toDateTime64({{ range_end() }}, 3, 'UTC')
{%- endmacro %}


{# Whether the build starts at the beginning, so that its generation holds nothing else. #}
{% macro range_is_whole() -%}
    {%- do return(build_setting('range_start') <= '1970-01-01 00:00:00') -%}
{%- endmacro %}


{% macro rows_of_range(relation, name) -%}
    (
        SELECT * FROM {{ relation }}
        WHERE
            generation = {{ generation() }}
            AND ingest_minute >= {{ range_start() }}
            AND ingest_minute < {{ range_end() }}
    ) AS {{ name }}
{%- endmacro %}


{# The statement that makes the table of a model of a range; see the materialization. #}
{% macro create_range_table(relation) %}
    {%- set meta = config.get('meta') %}
    CREATE TABLE IF NOT EXISTS {{ relation }}
    (
        {%- if not meta.get('transient') %}
        generation UInt32 COMMENT 'Which computation of the batch layer the row belongs to.',
        {%- endif %}
        {%- for column in model.columns.values() %}
        {{ column.name }} {{ column.data_type }} COMMENT {{ clickhouse_escape_comment(column.description) }}{{ ',' if not loop.last }}
        {%- endfor %}
        {%- if not meta.get('transient') %},
        -- Older rows never lie in a newer range: the index leaves all of them out, however many there are.
        INDEX arrival ingest_minute TYPE minmax GRANULARITY 1
        {%- endif %}
    )
    ENGINE = MergeTree
    {%- if meta.get('transient') %}
    ORDER BY ({{ meta.order_by | join(', ') }})
    -- Read once and dropped: a merge would be work for nothing.
    SETTINGS max_bytes_to_merge_at_max_space_in_pool = 1
    {%- else %}
    PARTITION BY generation
    ORDER BY ({{ meta.get('grain', meta.get('order_by')) | join(', ') }})
    -- Most reads are of one customer, one event or one minute: an eighth of the usual rows for each.
    SETTINGS index_granularity = 1024
    {%- endif %}
{% endmacro %}


{#
    Drop a table whose columns are no longer the model's. For builds by hand only: their definition is always `dev`, while
    that of a published table changes with its columns.
#}
{% macro drop_outdated(relation) %}
    {%- if target.name != 'live' %}
        {%- set found = adapter.get_columns_in_relation(relation) | map(attribute='name') | reject('equalto', 'generation') | list %}
        {%- if found and found != model.columns.keys() | list %}
            {%- do run_query('DROP TABLE ' ~ relation ~ ' SYNC') %}
        {%- endif %}
    {%- endif %}
{% endmacro %}


{# Remove from a generation what begins at the range's start: what a failed predecessor or an earlier build of the range left. #}
{% macro clear_range(relation) %}
    {%- set generation = generation() %}
    {%- set left = run_query(
        'SELECT 1 FROM ' ~ relation ~ ' WHERE generation = ' ~ generation ~ ' AND ingest_minute >= ' ~ range_start() ~ ' LIMIT 1'
    ) %}
    {%- if left.rows | length %}
        {%- if range_is_whole() %}
            {%- do run_query('ALTER TABLE ' ~ relation ~ ' DROP PARTITION ' ~ generation) %}
        {%- else %}
            {%- do run_query(
                'DELETE FROM ' ~ relation ~ ' IN PARTITION ' ~ generation
                ~ ' WHERE ingest_minute >= ' ~ range_start() ~ ' SETTINGS lightweight_deletes_sync = 2'
            ) %}
        {%- endif %}
    {%- endif %}
{% endmacro %}


{# Whether there is nothing to build: the tables are only made, and a build that runs meanwhile is left alone. #}
{% macro range_is_empty() -%}
    {%- do return(build_setting('range_start') == build_setting('range_end')) -%}
{%- endmacro %}


{#
    range: the model's SELECT fills one generation of a table for the append times [range_start, range_end).

    The columns, with their types, are those of the model's .yml; `generation` comes before them. `meta.grain` or
    `meta.order_by` is the sorting key. A repeated build of a range replaces what the first one left, whole or not; what is
    before the range stays. `meta.transient` makes a table that holds the rows of this build only, without generation.
    One build at a time: the caller sees to it.
#}
{% materialization range, adapter='clickhouse' %}
    {%- set relation = this.incorporate(type='table') %}
    {%- do drop_outdated(relation) %}
    {%- if range_is_empty() %}
        {%- call statement('main') %}{{ create_range_table(relation) }}{% endcall %}
        {{ return({'relations': [relation]}) }}
    {%- endif %}

    {%- set transient = config.get('meta').get('transient') %}
    {%- set columns = model.columns.keys() | join(', ') %}
    {%- set mark = 'range ' ~ relation ~ ('' if transient else ' generation ' ~ generation()) %}

    {{ run_hooks(pre_hooks) }}

    {#- An INSERT outlives the client that asked for it: one that still runs would add its rows to those of this build. #}
    {%- do run_query("KILL QUERY WHERE Settings['log_comment'] = '" ~ mark ~ "' SYNC") %}
    {%- do run_query(create_range_table(relation)) %}
    {%- if transient %}
        {%- do run_query('TRUNCATE TABLE ' ~ relation ~ ' SYNC') %}
    {%- else %}
        {%- do clear_range(relation) %}
    {%- endif %}

    {%- call statement('main') %}
        INSERT INTO {{ relation }} ({{ '' if transient else 'generation, ' }}{{ columns }})
        SELECT {{ '' if transient else generation() ~ ' AS generation, ' }}{{ columns }}
        FROM (
            {{ sql }}
        )
        SETTINGS log_comment = '{{ mark }}'
    {%- endcall %}

    {{ run_hooks(post_hooks) }}
    {{ return({'relations': [relation]}) }}
{% endmaterialization %}
