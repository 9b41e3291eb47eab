-- The id under which a topic was first seen; no row: never.
SELECT topic_id FROM ops.topics WHERE topic = {topic:String} ORDER BY seen_at LIMIT 1
