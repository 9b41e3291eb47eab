-- One row per row of product_feedback_deltas in either layer. Add them up.
{{ merged('product_feedback_deltas') }}
