# Everything that runs the project's own code: Airflow and its tasks, `crm`, and the client that submits the speed job.
# Build after `make setup`: Flink's connectors come from var/jars/flink.
FROM flink:2.3.0-java17 AS flink

FROM apache/airflow:slim-3.3.2-python3.11

USER root
# PyFlink plans a job in a JVM: the cluster's own
COPY --from=flink /opt/java/openjdk /opt/java/openjdk
RUN install -d -o 50000 -g 0 -m 0775 /opt/crm && install -d -o 50000 -g 0 -m 0770 /var/lib/crm /var/lib/crm/flink

USER 50000:0
WORKDIR /opt/crm
# PIP_USER: the image installs into the home folder otherwise, which a virtual environment refuses
ENV JAVA_HOME=/opt/java/openjdk PIP_USER=0 PIP_NO_CACHE_DIR=1 PATH=/opt/crm/.venv/bin:$PATH

# The environments of the embedded default, from the same locks. Airflow's own would not be those versions.
COPY --chown=50000:0 requirements requirements
COPY --chown=50000:0 deploy/requirements.txt deploy/requirements.txt
RUN python -m venv .venv \
    && .venv/bin/pip install --require-hashes -r requirements/core.txt -r deploy/requirements.txt
RUN python -m venv .venv-flink && .venv-flink/bin/pip install --require-hashes -r requirements/flink.txt

COPY --chown=50000:0 . .
RUN .venv/bin/pip install --no-deps --no-build-isolation --editable .
