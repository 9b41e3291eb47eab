# JobManager and TaskManager: the distribution with the connectors that `make setup` put into var/jars/flink, and Python for the
# enrichment job's function, from the lock of the embedded default. The checkout lies where the client's image has it
# (airflow.Dockerfile): a job names its Python by path.
FROM flink:2.3.0-java17 AS flink

FROM python:3.11-slim-bookworm

COPY --from=flink /opt/java/openjdk /opt/java/openjdk
COPY --from=flink /opt/flink /opt/flink
COPY var/jars/flink/*.jar /opt/flink/lib/
# slf4j comes with Flink; the Python bridge is for jobs submitted by PyFlink (local/flink.py links the same files)
RUN rm -f /opt/flink/lib/slf4j-api-*.jar && cp /opt/flink/opt/flink-python*.jar /opt/flink/lib/
COPY deploy/flink-healthy.sh deploy/flink-taskmanager.sh /usr/local/bin/

WORKDIR /opt/crm
COPY requirements requirements
RUN python -m venv .venv-flink && .venv-flink/bin/pip install --no-cache-dir --require-hashes -r requirements/flink.txt
COPY speed_layer speed_layer

# The user of airflow.Dockerfile: configuration, checkpoints and savepoints are shared with whoever starts the job.
RUN useradd --uid 50000 --gid 0 --home-dir /opt/flink flink && chown -R 50000:0 /opt/flink \
    && install -d -o 50000 -g 0 -m 0770 /var/lib/crm /var/lib/crm/flink
USER 50000:0
# PYTHONUTF8: as in local/flink.py
ENV JAVA_HOME=/opt/java/openjdk PATH=/opt/java/openjdk/bin:$PATH PYTHONUTF8=1 \
    FLINK_CONF_DIR=/var/lib/crm/flink/conf FLINK_LOG_DIR=/tmp FLINK_PID_DIR=/tmp
ENTRYPOINT []
