{#
    What is live, as the tuple (generation, boundary). One text for every use: a query evaluates equal scalar subqueries
    once, so that both branches of a merge see the same boundary while a publication happens.
    Nothing published: (0, 1970-01-01), so that everything comes from the speed layer.
#}
{% macro live() -%}
    {%- if target.name == 'live' -%}
        (SELECT argMax((generation, boundary), sequence) FROM {{ source('ops', 'publications') }} WHERE definition = '{{ var("definition") }}')
    {%- else -%}
        (SELECT (toUInt32({{ generation() }}), {{ range_end() }}))
    {%- endif -%}
{%- endmacro %}


{#
    The rows of a delta model over all time: the batch layer's before the boundary, the speed layer's from it on.
    Both hold partial sums of one grain, so a reader adds them up. Target dev has no speed layer: its rows end at the boundary.
#}
{% macro merged(name) -%}
    {%- set batch = ref(name) -%}
    {%- set columns = graph.nodes['model.' ~ project_name ~ '.' ~ name].columns.keys() | join(', ') if execute else '*' -%}
    SELECT {{ columns }}
    FROM {{ batch }}
    WHERE generation = {{ live() }}.1 AND ingest_minute < {{ live() }}.2
    {%- if target.name == 'live' %}
    UNION ALL
    -- FINAL: of the versions of a row, the most complete. A minute lies in one partition, so partitions need no merge.
    SELECT {{ columns }}
    FROM speed.{{ batch.identifier }} FINAL
    WHERE ingest_minute >= {{ live() }}.2
    SETTINGS do_not_merge_across_partitions_select_final = 1
    {%- endif %}
{%- endmacro %}


{# The newest append minute in any speed table of this definition; 1970 where there is none, and for target dev. #}
{% macro newest_speed_minute() -%}
    {%- set minutes = ["toDateTime(0, 'UTC')"] -%}
    {%- if execute and target.name == 'live' -%}
        {%- for node in graph.nodes.values() if node.resource_type == 'model' and node.fqn[1] == 'deltas' -%}
            {%- do minutes.append('(SELECT max(ingest_minute) FROM speed.' ~ node.alias ~ ')') -%}
        {%- endfor -%}
    {%- endif -%}
    greatest({{ minutes | join(', ') }})
{%- endmacro %}
