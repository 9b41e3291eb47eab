#!/usr/bin/env bash
# Starts the broker from our server.properties, as local/kafka.py does. The image's own entry point cannot: it formats the
# storage without `--standalone`, which a controller without static voters refuses.
set -euo pipefail
properties=/etc/crm/server.properties
data=$(sed -n 's/^log\.dirs=//p' "$properties")
if [ ! -e "$data/meta.properties" ]; then
    cluster=$(/opt/kafka/bin/kafka-storage.sh random-uuid | tail -n 1)
    /opt/kafka/bin/kafka-storage.sh format --standalone --ignore-formatted -t "$cluster" -c "$properties"
fi
exec /opt/kafka/bin/kafka-server-start.sh "$properties"
