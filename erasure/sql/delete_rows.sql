-- Rows are rewritten without them, not only hidden.
ALTER TABLE {{ database | identifier }}.{{ table | identifier }}
DELETE WHERE {% for column in columns %}match(coalesce(toString({{ column | identifier }}), ''), {pattern:String}){{ ' OR ' if not loop.last }}{% endfor %}

SETTINGS mutations_sync = 2
