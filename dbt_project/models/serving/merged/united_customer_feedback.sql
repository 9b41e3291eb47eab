-- One row per row of customer_feedback_deltas in either layer. Add them up.
{{ merged('customer_feedback_deltas') }}
