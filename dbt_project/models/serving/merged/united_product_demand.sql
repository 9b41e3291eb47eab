-- One row per row of product_demand_deltas in either layer. Add them up.
{{ merged('product_demand_deltas') }}
