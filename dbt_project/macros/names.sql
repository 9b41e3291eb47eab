{# Where a model's relation is: target live writes to the schemas as configured, any other target to copies beside them. #}
{% macro generate_schema_name(custom_schema_name, node) -%}
    {%- set schema = custom_schema_name or 'batch' -%}
    {{ schema if target.name == 'live' else target.name ~ '_' ~ schema }}
{%- endmacro %}


{# Tables of a range are named by the definition of what they hold, so that rows of two definitions never meet. #}
{% macro generate_alias_name(custom_alias_name=none, node=none) -%}
    {%- if node.config.materialized == 'range' -%}
        {{ node.name }}__{{ var('definition') }}
    {%- else -%}
        {{ custom_alias_name or node.name }}
    {%- endif -%}
{%- endmacro %}


{#
    ref() as everywhere, but for one case: a model of a range reads another's rows of the same generation and range only.
    So a delta's SELECT, which Flink runs as it is, needs no condition, and the condition applies before aggregation.
#}
{% macro ref() -%}
    {%- set relation = builtins.ref(*varargs, **kwargs) -%}
    {%- if execute and model.config.materialized == 'range' -%}
        {%- do return(rows_of_range(relation, varargs[-1])) -%}
    {%- endif -%}
    {%- do return(relation) -%}
{%- endmacro %}
