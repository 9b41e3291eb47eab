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
