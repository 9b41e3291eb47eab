{# The measures of a demand delta, spread by the kind of its events: docs/decisions/0003-kind-is-a-grouping-column.md. #}
{% macro demand_by_kind() -%}
    {%- set nothing = "toDecimal128(0, 2)" -%}
    if(kind = 'placed', events, 0) AS order_lines,
    if(kind = 'placed', first_lines, 0) AS orders,
    if(kind = 'placed', units, 0) AS units,
    if(kind = 'placed', amount, {{ nothing }}) AS gross,
    if(kind = 'cancelled', events, 0) AS cancelled_lines,
    if(kind = 'cancelled', amount, {{ nothing }}) AS cancelled,
    if(kind = 'returned', events, 0) AS returned_lines,
    if(kind = 'returned', amount, {{ nothing }}) AS returned,
    if(kind = 'adjusted', amount, {{ nothing }}) AS adjusted,
    if(kind = 'paid', amount, {{ nothing }}) AS paid
{%- endmacro %}


{# Money per piece, rounded half away from zero to cents; NULL where there are no pieces. #}
{% macro money_per(money, pieces) -%}
    if({{ pieces }} > 0, CAST(round(CAST({{ money }}, 'Decimal(38, 6)') / greatest({{ pieces }}, 1), 2), 'Decimal(38, 2)'), NULL)
{%- endmacro %}


{# A share from 0 to 1 with four decimals; NULL where there is no whole. #}
{% macro share_of(part, whole) -%}
    if({{ whole }} > 0, round({{ part }} / {{ whole }}, 4), NULL)
{%- endmacro %}


{# Class 5 to 1 of a value by four cut-offs, 0 for who has no orders; `test` is what a value of the class satisfies. #}
{% macro class_of(value, cutoffs, test) -%}
    multiIf(
        orders = 0, 0,
        {%- for cutoff in cutoffs %} {{ value }} {{ test }} {{ cutoff }}, {{ 5 - loop.index0 }}, {%- endfor %} 1
    )
{%- endmacro %}
