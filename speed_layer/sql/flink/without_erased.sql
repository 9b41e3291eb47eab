{# The events of a topic without those that customers sent after their erasure, or with nothing in them that names who did. #}
SELECT
    {%- for column, expression in columns.items() %}
    {{ expression }} AS `{{ column }}`,
    {%- endfor %}
    {{ record | join(", ") }}
FROM `{{ received }}`
{%- if dropped %}
WHERE {{ subject }} IS NULL OR NOT ({{ dropped }})
{%- endif %}
