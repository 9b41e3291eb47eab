-- One row per row of feedback_case_deltas in either layer. Minima and maxima of them are a case's.
{{ merged('feedback_case_deltas') }}
