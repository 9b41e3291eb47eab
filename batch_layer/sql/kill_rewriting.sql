-- What an interrupted rewriting left behind would go on with records that are no longer there to be looked up.
KILL MUTATION WHERE database = 'raw' AND table = {topic:String} AND NOT is_done SYNC -- noqa: PRS
