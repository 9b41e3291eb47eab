-- Sequences count over all definitions, so that the table reads as one history.
SELECT max(sequence) AS sequence FROM ops.publications
