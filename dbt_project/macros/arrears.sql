{#
    The instant that a view of arrears is as of: now. The materialization as_of_view makes of each such view a second one, in
    which this text is the parameter `as_of`: so whatever depends on the clock must be written with it.
    A subquery: a query evaluates equal ones once, so that all of it sees the same now.
#}
{% macro as_of() -%}
    assumeNotNull((SELECT now64(3, 'UTC')))
{%- endmacro %}


{# The earlier instant of a view of movements; in its as-of form the parameter `since`. #}
{% macro since() -%}
    assumeNotNull((SELECT now64(3, 'UTC') - INTERVAL {{ var('roll_days') }} DAY))
{%- endmacro %}


{# The calendar day of a moment where the business is. #}
{% macro business_day(moment) -%}
    toDate32({{ moment }}, '{{ var("arrears_time_zone") }}')
{%- endmacro %}


{#
    The due date of the entries that are aggregated: that of the latest invoiced entry, of several of one moment the latest date;
    where there is none (a payment before its invoice), the day of the first entry. `invoice_histories` has the same rule for each
    day of an invoice's history. Moment and date are compared as one number, which takes half the time of a tuple: a date is at
    most 84,005 days after 1970 (the contract), so 17 bits hold it.
#}
{% macro due_date(until=none) -%}
    {%- set known = ' AND occurred_at <= ' ~ until if until else '' -%}
    if(
        countIf(kind = 'invoiced'{{ known }}) > 0,
        argMaxIf(due_date, toUnixTimestamp64Milli(occurred_at) * 131072 + toInt32(due_date), kind = 'invoiced'{{ known }}),
        min(entry_day)
    )
{%- endmacro %}


{# Whole days that a balance is past due on a day: 0 on the due date and before it, and where nothing is owed. #}
{% macro days_past_due(balance, due, day) -%}
    if({{ balance }} > 0, greatest(dateDiff('day', {{ due }}, {{ day }}), 0), 0)
{%- endmacro %}


{# The bucket of a balance. One list for every view; `nothing` is what a balance of 0 is called. #}
{% macro aging_bucket(balance, days, nothing='settled') -%}
    multiIf(
        {{ balance }} = 0, '{{ nothing }}',
        {{ balance }} < 0, 'credit',
        {{ days }} = 0, 'current',
        {{ days }} <= 30, '1-30',
        {{ days }} <= 60, '31-60',
        {{ days }} <= 90, '61-90',
        'over 90'
    )
{%- endmacro %}


{# What of a balance is contested: no more than what is open, since what has been paid is contested no longer. #}
{% macro open_dispute(contested, balance) -%}
    greatest(least({{ contested }}, {{ balance }}), toDecimal128(0, 2))
{%- endmacro %}


{# The place of a bucket in a report. #}
{% macro bucket_number(bucket) -%}
    toUInt8(indexOf(['credit', 'current', '1-30', '31-60', '61-90', 'over 90'], {{ bucket }}))
{%- endmacro %}


{# Days of sales that an amount stands for, two decimals; NULL where there were no sales. #}
{% macro days_of_sales(amount, sales) -%}
    if({{ sales }} > 0, round(toFloat64({{ amount }}) * {{ var('dso_days') }} / toFloat64({{ sales }}), 2), NULL)
{%- endmacro %}
