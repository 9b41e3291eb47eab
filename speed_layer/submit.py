"""Hands a job to Flink through the PyFlink Table API. Runs in the environment that holds apache-flink, and needs nothing else.

Reads the bundle of `speed_layer.job` as JSON on standard input and prints one JSON object: {"job_id": …} or, with
`--explain`, {"plan": …}. Operators run in the JVM; the enrichment job alone has a Python function, which Flink
runs in workers of its own.
"""

import json
import os
import sys

from pyflink.common import Configuration
from pyflink.table import EnvironmentSettings, PlanReference, TableEnvironment

from speed_layer.insert_only import corrected


def main(explain: bool) -> None:
    """Submit or only plan; the engine's error goes to standard error and the exit code is 1."""
    job = json.load(sys.stdin)
    # Otherwise PyFlink takes the job for a local one and has the workers look for a server in this process, which has ended.
    os.environ["_python_worker_execution_mode"] = "process"  # noqa: SIM112  # PyFlink's own name
    configuration = Configuration()
    for key, value in job["configuration"].items():
        configuration.set_string(key, value)
    environment = TableEnvironment.create(
        EnvironmentSettings.new_instance().in_streaming_mode().with_configuration(configuration).build()
    )
    for statement in job["statements"]:
        environment.execute_sql(statement)
    statements = environment.create_statement_set()
    for insert in job["inserts"]:
        statements.add_insert_sql(insert)
    compiled = json.loads(statements.compile_plan().as_json_string())
    plan = environment.load_plan(PlanReference.from_json_string(json.dumps(corrected(compiled))))
    # PyFlink's load_plan hands over the Java environment, with which a plan cannot be executed.
    plan._t_env = environment
    if explain:
        print(json.dumps({"plan": plan.explain()}))
    else:
        print(json.dumps({"job_id": str(plan.execute().get_job_client().get_job_id())}))


if __name__ == "__main__":
    main("--explain" in sys.argv[1:])
