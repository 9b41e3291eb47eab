-- How many rows of a table have one of the ids in one of the columns, as a whole, and how many as a word of it.
SELECT
{% for column in columns %}
    countIf(is_{{ loop.index }} = 1) AS equal_{{ loop.index }},
    countIf(is_{{ loop.index }} = 2) AS mentioned_{{ loop.index }}{{ ',' if not loop.last }}
{% endfor %}
FROM (
    SELECT
{% for column in columns %}
        multiIf(toString({{ column | identifier }}) IN {customers:Array(String)}, 1, match(coalesce(toString({{ column | identifier }}), ''), {pattern:String}), 2, 0) AS is_{{ loop.index }}{{ ',' if not loop.last }}
{% endfor %}
    FROM {{ database | identifier }}.{{ table | identifier }}
)
-- The log shows queries with their values.
SETTINGS log_queries = 0
