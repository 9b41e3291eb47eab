-- Documents that Elasticsearch refused since the index of today was begun; what one before it refused is no news.
SELECT count() AS documents
FROM ops.search_failures FINAL
WHERE failed_at >= fromUnixTimestamp64Milli({begun:Int64}, 'UTC')
