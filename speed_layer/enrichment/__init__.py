"""Language and sentiment of feedback texts, computed once, before either layer: topic feedback -> topic feedback_enriched.

`model` is text to figures, `records` is bytes to bytes, `function` is what Flink calls; these three run in Flink's Python
worker and import nothing of the rest of the project. `job` and `lifecycle` run where `crm` does.
"""
