{# The kinds of events in which a customer speaks: each opens a case that is not open yet. #}
{% macro customer_kinds() -%}
    ('rated', 'complained', 'commented')
{%- endmacro %}


{# Counts of feedback from the rows of a feedback delta. Answers count for kind rated only, so that none counts twice, and texts where a customer speaks. #}
{% macro feedback_counts() -%}
    sumIf(events, kind = 'rated') AS responses,
    {%- for rating in range(1, 6) %}
    sumIf(events, kind = 'rated' AND rating = {{ rating }}) AS ratings_{{ rating }},
    {%- endfor %}
    sumIf(events, kind = 'rated' AND nps >= 9) AS promoters,
    sumIf(events, kind = 'rated' AND nps BETWEEN 7 AND 8) AS passives,
    sumIf(events, kind = 'rated' AND nps BETWEEN 0 AND 6) AS detractors,
    sumIf(events, kind = 'complained') AS complaints,
    sumIf(texts, kind IN {{ customer_kinds() }}) AS texts,
    {%- for label in ('positive', 'neutral', 'negative', 'failed') %}
    sumIf(events, sentiment_label = '{{ label }}' AND kind IN {{ customer_kinds() }}) AS sentiment_{{ label }}{{ ',' if not loop.last }}
    {%- endfor %}
{%- endmacro %}


{# The counts, and what follows from them: mean, median and CSAT of the ratings, and the Net Promoter Score. #}
{% macro feedback_figures() -%}
    responses,
    ratings_1,
    ratings_2,
    ratings_3,
    ratings_4,
    ratings_5,
    ratings_1 + ratings_2 + ratings_3 + ratings_4 + ratings_5 AS ratings,
    if(ratings > 0, round((ratings_1 + 2 * ratings_2 + 3 * ratings_3 + 4 * ratings_4 + 5 * ratings_5) / ratings, 4), NULL) AS mean_rating,
    {{ histogram_median(['ratings_1', 'ratings_2', 'ratings_3', 'ratings_4', 'ratings_5'], 'ratings') }} AS median_rating,
    {{ share_of('(ratings_4 + ratings_5)', 'ratings') }} AS csat,
    promoters,
    passives,
    detractors,
    promoters + passives + detractors AS nps_responses,
    if(nps_responses > 0, round(100 * (promoters - detractors) / nps_responses, 2), NULL) AS nps,
    {{ nps_margin('promoters', 'detractors', 'nps_responses') }} AS nps_margin,
    complaints,
    texts,
    sentiment_positive,
    sentiment_neutral,
    sentiment_negative,
    sentiment_failed
{%- endmacro %}


{#
    Median of the values 1, 2, … by their counts: the middle value, or the mean of the two middle ones; NULL where there are
    none. `size` is the sum of the counts.
#}
{% macro histogram_median(counts, size) -%}
    if(
        {{ size }} > 0,
        (
            arrayFirstIndex(up_to -> up_to * 2 >= {{ size }}, arrayCumSum([{{ counts | join(', ') }}]))
            + arrayFirstIndex(up_to -> up_to * 2 > {{ size }}, arrayCumSum([{{ counts | join(', ') }}]))
        ) / 2,
        NULL
    )
{%- endmacro %}


{#
    Half the width of the 95% confidence interval of a Net Promoter Score, in its points; NULL where nobody answered.

    An answer is worth 100, 0 or -100 points, so with the shares p of promoters and d of detractors among n answers
    margin = 1.96 * 100 * sqrt((p + d - (p - d)^2) / n): the variance of a mean of multinomial draws, and the normal
    approximation, which is too narrow below some 30 answers. The root is taken of whole numbers, so it is never of less than 0.
    Source: A. Engelhardt, "Net Promoter Score confidence intervals 2: maths and stats", cybaea.net, 2016.
#}
{% macro nps_margin(promoters, detractors, answers) -%}
    if(
        {{ answers }} > 0,
        round(
            196 * sqrt({{ answers }} * ({{ promoters }} + {{ detractors }}) - ({{ promoters }} - {{ detractors }}) * ({{ promoters }} - {{ detractors }}))
            / pow({{ answers }}, 1.5), 2
        ),
        NULL
    )
{%- endmacro %}


{# Of cases (feedback_cases): how many complaints are open, and the exact median and 90th percentile of their times in seconds. #}
{% macro case_figures() -%}
    toInt64(countIf(is_open_complaint)) AS open_complaints,
    {%- for name in ('first_reply', 'resolution') %}
    round(quantileExactInclusiveOrNull(0.5)({{ name }}_seconds), 3) AS median_{{ name }}_seconds,
    round(quantileExactInclusiveOrNull(0.9)({{ name }}_seconds), 3) AS p90_{{ name }}_seconds{{ ',' if not loop.last }}
    {%- endfor %}
{%- endmacro %}


{# The columns of case_figures where the cases are joined; no cases, no open complaints. #}
{% macro joined_case_figures() -%}
    coalesce(open_complaints, 0) AS open_complaints,
    median_first_reply_seconds,
    p90_first_reply_seconds,
    median_resolution_seconds,
    p90_resolution_seconds
{%- endmacro %}


{# So many per 1,000, four decimals; NULL where there is no whole. #}
{% macro per_thousand(part, whole) -%}
    if({{ whole }} > 0, round(1000 * {{ part }} / {{ whole }}, 4), NULL)
{%- endmacro %}
