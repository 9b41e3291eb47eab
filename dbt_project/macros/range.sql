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


{#
    The condition that a record of `raw.<topic>_events` becomes an event of the build: in its range, valid, and new to the generation.
    The ids that arrive are looked up through the primary index of the table that is filled, so that the cost follows what is new. They
    are read from the bytes without judging them, which takes a fraction of the time; an id of no valid event does no harm.
#}
{% macro arrives(topic) -%}
    {%- set records = source('raw', topic ~ '_events') -%}
    {{ arrived_in_range() }}
    AND reject_reason = ''
    {%- if not range_is_whole() %}
    AND event_id NOT IN (
        SELECT event_id FROM {{ this }}
        WHERE
            generation = {{ generation() }}
            AND event_id IN (SELECT JSONExtractString(assumeNotNull(value), 'event_id') FROM {{ records }} WHERE {{ arrived_in_range() }})
    )
    {%- endif %}
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
        generation UInt32 COMMENT 'Which computation of the batch layer the row belongs to.',
        {%- for column in model.columns.values() %}
        {{ column.name }} {{ column.data_type }} COMMENT {{ clickhouse_escape_comment(column.description) }}{{ ',' if not loop.last }}
        {%- endfor %},
        -- Older rows never lie in a newer range: the index leaves all of them out, however many there are.
        INDEX arrival ingest_minute TYPE minmax GRANULARITY 1
    )
    ENGINE = MergeTree
    PARTITION BY generation
    ORDER BY ({{ meta.get('grain', meta.get('order_by')) | join(', ') }})
    -- Most reads are of one customer, one event or one minute: an eighth of the usual rows for each, and no block of compressed
    -- data that holds many times as many (64 KiB by default; 5% more on disk).
    SETTINGS index_granularity = 1024, min_compress_block_size = 8192
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
    before the range stays. One build at a time: the caller sees to it.
#}
{% materialization range, adapter='clickhouse' %}
    {%- set relation = this.incorporate(type='table') %}
    {%- do drop_outdated(relation) %}
    {%- if range_is_empty() %}
        {%- call statement('main') %}{{ create_range_table(relation) }}{% endcall %}
        {{ return({'relations': [relation]}) }}
    {%- endif %}

    {%- set columns = model.columns.keys() | join(', ') %}
    {%- set mark = 'range ' ~ relation ~ ' generation ' ~ generation() %}

    {{ run_hooks(pre_hooks) }}

    {#- An INSERT outlives the client that asked for it: one that still runs would add its rows to those of this build. #}
    {%- do run_query("KILL QUERY WHERE Settings['log_comment'] = '" ~ mark ~ "' SYNC") %}
    {%- do run_query(create_range_table(relation)) %}
    {%- do clear_range(relation) %}

    {#- A server of 8 GiB would write by one thread, since ClickHouse takes each to need 4 GiB: the largest build needs 0.95 in all. #}
    {%- call statement('main') %}
        INSERT INTO {{ relation }} (generation, {{ columns }})
        SELECT {{ generation() }} AS generation, {{ columns }}
        FROM (
            {{ sql }}
        )
        SETTINGS log_comment = '{{ mark }}', max_insert_threads_min_free_memory_per_thread = 1073741824
    {%- endcall %}

    {{ run_hooks(post_hooks) }}
    {{ return({'relations': [relation]}) }}
{% endmaterialization %}
