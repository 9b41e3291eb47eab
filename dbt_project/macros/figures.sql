{#
    The measures of demand, from rows of a demand delta, whose kind is a grouping column:
    docs/decisions/0003-kind-is-a-grouping-column.md. By kind in the sums themselves: planning a lookup then takes half as
    long as over columns spread by kind. `expression AS column`, one a line: docs/reference/metrics.md reads them here.
#}
{% macro demand_measures() -%}
    sumIf(first_lines, kind = 'placed') AS orders,
    sumIf(events, kind = 'placed') AS order_lines,
    sumIf(units, kind = 'placed') AS units,
    sumIf(amount, kind = 'placed') AS gross,
    sumIf(events, kind = 'cancelled') AS cancelled_lines,
    sumIf(amount, kind = 'cancelled') AS cancelled,
    sumIf(events, kind = 'returned') AS returned_lines,
    sumIf(amount, kind = 'returned') AS returned,
    sumIf(amount, kind = 'adjusted') AS adjusted,
    gross - cancelled - returned + adjusted AS net,
    sumIf(amount, kind = 'paid') AS paid
{%- endmacro %}


{# Money per piece, rounded half away from zero to cents; NULL where there are no pieces. #}
{% macro money_per(money, pieces) -%}
    if({{ pieces }} > 0, CAST(round(CAST({{ money }}, 'Decimal(38, 6)') / greatest({{ pieces }}, 1), 2), 'Decimal(38, 2)'), NULL)
{%- endmacro %}


{# A part of a whole with four decimals; NULL where there is no whole. #}
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
