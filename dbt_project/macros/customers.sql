{#
    What people without the right to personal data see of a name or an address: that there is one. Always the same text:
    a first letter or a length would be personal, too, and of a name of one letter it would be all of it.
#}
{% macro masked(column) -%}
    if({{ column }} = '', '', '***')
{%- endmacro %}


{#
    The type of what a subject knows of a customer: one value, so that the single view has as many columns to bring together
    as there are subjects. Planning, which is most of a lookup, takes twice as long over a column for each figure.
#}
{% macro type_of(subject) -%}
    {%- set money, moment = 'Map(String, Decimal(38, 2))', "Nullable(DateTime64(3, \\'UTC\\'))" -%}
    {%- set types = {
        'demand': 'orders Int64, order_lines Int64, cancelled_lines Int64, returned_lines Int64, gross ' ~ money ~ ', net ' ~ money
            ~ ', paid ' ~ money ~ ', first_order_at ' ~ moment ~ ', last_order_at ' ~ moment,
        'feedback': 'ratings Int64, ratings_sum Int64, last_rating Nullable(Int64), last_nps Nullable(Int64), complaints Int64, last_feedback_at ' ~ moment,
        'arrears': 'open_invoices Int64, overdue_invoices Int64, open ' ~ money ~ ', overdue ' ~ money ~ ', days_past_due Int64',
        'profile': 'name String, email String, country String, segment String, credit_limit Nullable(Decimal(18, 2)), currency String, '
            ~ 'consent String, changed_at ' ~ moment
    } -%}
    'Tuple({{ types[subject] }})'
{%- endmacro %}


{#
    A tuple of (name, value) pairs, named and ordered as type_of() has them, in a query that ends with names_in_tuples(). A CAST
    to that type would name them, too, and take a tenth of a lookup's planning.
#}
{% macro named_tuple(parts) -%}
    tuple({% for name, value in parts %}{{ value }} AS {{ name }}{{ ', ' if not loop.last }}{% endfor %})
{%- endmacro %}


{# The end of a query with named_tuple(): without it, ClickHouse forgets the names. #}
{% macro names_in_tuples() -%}
    SETTINGS enable_named_columns_in_function_tuple = 1
{%- endmacro %}


{# What a subject without events knows of a customer: zeros, empty maps and texts, nulls. #}
{% macro nothing_of(subject) -%}
    defaultValueOfTypeName({{ type_of(subject) }})
{%- endmacro %}


{# A branch of customer_totals: the customers of one subject, with nothing of the others. #}
{% macro known_by(subject) -%}
    SELECT
        customer_id,
        last_event_at,
        '{{ subject }}' AS subject,
        {%- for other in ('demand', 'feedback', 'arrears', 'profile') %}
        {{ other if other == subject else nothing_of(other) ~ ' AS ' ~ other }}{{ ',' if not loop.last }}
        {%- endfor %}
    FROM {{ ref(subject ~ '_of_customers') }}
{%- endmacro %}


{#
    The latest of the rows `records` of customer_profile_deltas: that with the greatest place in the topic, on whichever side of
    the boundary it is. In clear only where that is asked for. The query ends with names_in_tuples().
#}
{% macro latest_record(in_clear=false) -%}
    argMax(
        {{ named_tuple([
            ('name', 'records.name' if in_clear else masked('records.name')),
            ('email', 'records.email' if in_clear else masked('records.email')),
            ('country', 'records.country'), ('segment', 'records.segment'),
            ('credit_limit', 'if(records.credit_limit < 0, NULL, records.credit_limit)'), ('currency', 'records.currency'),
            ('consent', 'records.consent'), ('changed_at', 'toNullable(records.occurred_at)')
        ]) }},
        (append_time, `partition`, offset)
    )
{%- endmacro %}


{# Share of a credit limit that is used, 1 is all of it; NULL where there is no limit, or one of 0. #}
{% macro use_of_limit(open, credit_limit) -%}
    if({{ credit_limit }} > 0, round(toFloat64({{ open }}) / toFloat64({{ credit_limit }}), 4), NULL)
{%- endmacro %}


{# 'channel survey, rating 5': of (words, value, condition) those whose condition holds. #}
{% macro detail_list(parts) -%}
    arrayStringConcat(
        arrayFilter(
            part -> part != '',
            [{% for words, value, known in parts %}if({{ known }}, concat('{{ words }} ', toString({{ value }})), ''){{ ', ' if not loop.last }}{% endfor %}]
        ),
        ', '
    )
{%- endmacro %}
