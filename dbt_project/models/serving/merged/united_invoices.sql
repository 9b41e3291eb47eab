-- One row per row of invoice_deltas in either layer. Add them up.
{{ merged('invoice_deltas') }}
