{#
    What people without the right to personal data see of a name or an address: that there is one. Always the same text:
    a first letter or a length would be personal, too, and of a name of one letter it would be all of it.
#}
{% macro masked(column) -%}
    if({{ column }} = '', '', '***')
{%- endmacro %}
