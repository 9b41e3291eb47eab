{# A view's text with its instants as parameters instead of now; an error where it has none. #}
{% macro parameterised(sql) -%}
    {%- set found = sql
        | replace(since(), "{since:DateTime64(3, 'UTC')}")
        | replace(as_of(), "{as_of:DateTime64(3, 'UTC')}")
    -%}
    {%- if found == sql or 'now(' in found or 'now64(' in found -%}
        {{ exceptions.raise_compiler_error(model.name ~ ': an as_of_view asks for the time with as_of() and since(), and not otherwise') }}
    {%- endif -%}
    {%- do return(found) -%}
{%- endmacro %}


{#
    as_of_view: two views of one text. `<model>` is as of now, with its contract enforced; `<model>_as_of` has the same
    columns and takes the instant as a parameter: SELECT * FROM serving.open_invoices_as_of(as_of = '2013-06-30 23:59:59.999').
    A view's columns are only known once its parameters are, so the second is described by the first.
#}
{% materialization as_of_view, adapter='clickhouse' %}
    {%- set view = this.incorporate(type='view') %}
    {%- set as_of_view = api.Relation.create(schema=this.schema, identifier=this.identifier ~ '_as_of', type='view') %}

    {{ run_hooks(pre_hooks) }}
    {%- call statement('main') %}{{ get_create_view_as_sql(view, sql) }}{% endcall %}
    {%- do persist_docs(view, model) %}
    {%- call statement('as_of') %}
        CREATE OR REPLACE VIEW {{ as_of_view }}
        {{ get_sql_security_clause(as_of_view) }}
        AS {{ parameterised(sql) }}
    {%- endcall %}
    {{ run_hooks(post_hooks) }}

    {{ return({'relations': [view, as_of_view]}) }}
{% endmaterialization %}
