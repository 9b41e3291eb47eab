"""Measurements of speed and freshness, one module for each row of the table in docs/benchmarks.md."""

# Row to module, in the order in which they run: landing takes over the stream that speed has produced.
MODULES = {
    "freshness": "freshness",
    "speed": "speed",
    "landing": "landing",
    "build": "batch_build",
    "lookup": "lookup",
    "customer_360": "customer_360",
    "aging": "aging",
    "idle": "idle_batch",
    "enrichment": "enrichment",
    "mapping": "mapping",
    "search": "search",
    "dashboard": "dashboard",
}
