"""What must hold of what arrives, and of what is about to be served, as Great Expectations suites.

Keys, relations and the logic of models are dbt's business; here is what only the data of a run can show.
"""
