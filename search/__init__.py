"""Full text of feedback in Elasticsearch, within two seconds of its arrival. Optional: nothing else depends on it.

`node` is the way to Elasticsearch, `index` what the index is, `documents` which events become documents, `writing` how they
get there. `indexer` follows the topic, `rebuild` makes a new index, `reconciliation` compares it with ClickHouse, `erasing`
takes a customer out, `query` asks. docs/decisions/0009-search.md says why it is made so.
"""
