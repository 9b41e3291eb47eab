"""Topics, as the contracts want them."""

from kafka import KafkaAdminClient
from kafka.admin import NewTopic
from kafka.errors import KafkaError, TopicAlreadyExistsError

from crm.contracts import Contract, contracts
from crm.errors import NotReadyError
from crm.settings import settings


def topic_settings(contract: Contract) -> dict[str, str]:
    """Topic configuration of a contract. LogAppendTime is what the boundary rests on."""
    limit = {"max.message.bytes": str(contract.max_message_bytes)} if contract.max_message_bytes else {}
    return limit | {
        "message.timestamp.type": "LogAppendTime",
        "cleanup.policy": "delete",
        "retention.ms": str(int(contract.retention.total_seconds() * 1000)),
    }


def admin() -> KafkaAdminClient:
    """An admin client; raises NotReadyError where no broker answers."""
    try:
        return KafkaAdminClient(bootstrap_servers=settings().bootstrap_servers, client_id="crm-admin")
    except KafkaError as error:
        raise NotReadyError(
            f"Kafka does not answer at {settings().bootstrap_servers}: {error}. Start it with `crm up`."
        ) from error


def ensure_topics(replication_factor: int = 1) -> list[str]:
    """Create the topics that are missing; return the names of those created."""
    client = admin()
    created = []
    try:
        for contract in contracts().values():
            topic = NewTopic(
                contract.topic, contract.partitions, replication_factor, topic_configs=topic_settings(contract)
            )
            try:
                client.create_topics([topic])
                created.append(contract.topic)
            except TopicAlreadyExistsError:
                continue
    finally:
        client.close()
    return created
