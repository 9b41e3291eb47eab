-- Documents that Elasticsearch refused for what they hold.
SELECT count() AS documents
FROM ops.search_failures FINAL
