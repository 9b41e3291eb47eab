-- One row per row of customer_demand_deltas in either layer, for all append times. Add them up.
{{ merged('customer_demand_deltas') }}
