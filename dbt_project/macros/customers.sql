{#
    What people without the right to personal data see of a name or an address: that there is one. Always the same text:
    a first letter or a length would be personal, too, and of a name of one letter it would be all of it.
#}
{% macro masked(column) -%}
    if({{ column }} = '', '', '***')
{%- endmacro %}


{% macro record_type() -%}
    'Tuple(name String, email String, country String, segment String, credit_limit Nullable(Decimal(18, 2)), currency String, consent String, changed_at Nullable(DateTime64(3, \'UTC\')))'
{%- endmacro %}


{# A row of customer_profile_deltas as one value, so that one argMax picks the latest; in clear only where that is asked for. #}
{% macro customer_record(in_clear=false) -%}
    CAST(
        (
            {{ 'name' if in_clear else masked('name') }}, {{ 'email' if in_clear else masked('email') }}, country, segment,
            if(credit_limit < 0, NULL, credit_limit), currency, consent, occurred_at
        ),
        {{ record_type() }}
    )
{%- endmacro %}


{# The record of a customer of whom none is known. #}
{% macro no_record() -%}
    CAST(('', '', '', '', NULL, '', '', NULL), {{ record_type() }})
{%- endmacro %}


{# Where the event of a row of customer_profile_deltas stands in the topic: the latest record has the greatest place. #}
{% macro place_in_topic() -%}
    (append_time, `partition`, `offset`)
{%- endmacro %}


{# The place of what is no record: before every one. #}
{% macro no_place() -%}
    (toDateTime64(0, 3, 'UTC'), toInt64(-1), toInt64(-1))
{%- endmacro %}


{% macro no_money() -%}
    toDecimal128(0, 2)
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
            [{% for words, value, known in parts %}if({{ known }}, concat({{ words }}, toString({{ value }})), ''){{ ', ' if not loop.last }}{% endfor %}]
        ),
        ', '
    )
{%- endmacro %}
