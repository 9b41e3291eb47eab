# JobManager and TaskManager: the distribution with the connectors that `make setup` put into var/jars/flink.
# Operators run in the JVM, so the cluster needs no Python.
FROM flink:2.3.0-java17

COPY var/jars/flink/*.jar /opt/flink/lib/
# slf4j comes with Flink; the Python bridge is for jobs submitted by PyFlink (local/flink.py links the same files)
RUN rm -f /opt/flink/lib/slf4j-api-*.jar && cp /opt/flink/opt/flink-python*.jar /opt/flink/lib/
COPY deploy/flink-healthy.sh deploy/flink-taskmanager.sh /usr/local/bin/

# The user of airflow.Dockerfile: configuration, checkpoints and savepoints are shared with whoever starts the job.
RUN usermod --uid 50000 --gid 0 flink && install -d -o 50000 -g 0 -m 0770 /var/lib/crm/flink
USER 50000:0
ENV FLINK_CONF_DIR=/var/lib/crm/flink/conf FLINK_LOG_DIR=/tmp FLINK_PID_DIR=/tmp
ENTRYPOINT []
