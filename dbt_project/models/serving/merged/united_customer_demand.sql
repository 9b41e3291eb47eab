-- One row per row of customer_demand_deltas in either layer. Add them up.
{{ merged('customer_demand_deltas') }}
