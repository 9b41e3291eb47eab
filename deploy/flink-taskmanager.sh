#!/usr/bin/env bash
# Starts a TaskManager. The configuration is the JobManager's; the address and the local disk are this container's own, so that
# there can be any number of them.
set -euo pipefail
exec /opt/flink/bin/taskmanager.sh start-foreground \
    -Dtaskmanager.host="$(hostname -i)" \
    -Dtaskmanager.bind-host=0.0.0.0 \
    -Dio.tmp.dirs=/tmp
