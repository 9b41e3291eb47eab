-- One row per row of customer_profile_deltas in either layer.
{{ merged('customer_profile_deltas') }}
