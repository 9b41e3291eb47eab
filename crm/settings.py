"""Where everything is: ports, folders and tunables, from `local/ports.env` and `CRM_*` environment variables."""

from functools import lru_cache
from pathlib import Path
from typing import Literal

from pydantic import Field, computed_field
from pydantic_settings import BaseSettings, SettingsConfigDict

ROOT = Path(__file__).resolve().parent.parent
HOST = "127.0.0.1"


class Ports(BaseSettings):
    """TCP ports on loopback, one per listener; `CRM_PORT_OFFSET` shifts all of them, for a second stack beside the first."""

    model_config = SettingsConfigDict(env_prefix="CRM_PORT_", env_file=ROOT / "local" / "ports.env", extra="ignore")

    kafka: int
    kafka_controller: int
    clickhouse_http: int
    clickhouse_native: int
    flink_rest: int
    flink_rpc: int
    flink_blob: int
    flink_taskmanager_rpc: int
    flink_taskmanager_data: int
    airflow: int
    data_docs: int
    dashboard: int
    elasticsearch: int
    elasticsearch_transport: int
    offset: int = 0

    def model_post_init(self, _context: object) -> None:
        for name in type(self).model_fields:
            if name != "offset":
                setattr(self, name, getattr(self, name) + self.offset)


class Settings(BaseSettings):
    """The platform's tunables. Each can be set by an environment variable `CRM_<NAME>`."""

    model_config = SettingsConfigDict(env_prefix="CRM_", extra="ignore")

    var: Path = Field(
        default=ROOT / "var", description="state of the embedded stack: data, logs, credentials, checkpoints"
    )
    ports: Ports = Field(default_factory=lambda: Ports())  # type: ignore[call-arg]  # noqa: PLW0108  # mypy: the fields come from ports.env
    kafka_servers: str = Field(default="", description="bootstrap servers; empty: the embedded broker")
    clickhouse_host: str = Field(default=HOST, description="ClickHouse host as seen from here")
    flink_url: str = Field(default="", description="Flink REST address; empty: the embedded JobManager")
    airflow_url: str = Field(default="", description="Airflow address; empty: the embedded API server")
    elasticsearch_url: str = Field(default="", description="Elasticsearch address; empty: the embedded node")
    boundary_grace_seconds: int = Field(
        default=30,
        ge=0,
        description="distance kept between now and a boundary, for clock skew between brokers; 0 is only safe on one broker",
    )
    retained_publications: int = Field(
        default=3, ge=1, description="boundaries that a rollback may return to; speed rows below the oldest are pruned"
    )

    flink_taskmanager_memory: str = Field(
        default="",
        pattern=r"^(\d+(\.\d+)?[mg])?$",
        description="the whole TaskManager process, of which state on the heap has about two thirds; empty: a quarter of the machine's, from 3g to 8g",
    )
    erased_customers: Literal["refuse", "pseudonymise"] = Field(
        default="refuse",
        description="what becomes of later events of a customer who is erased from now on: counted nowhere, or for no customer",
    )
    max_reject_share: float = Field(
        default=0.2,
        ge=0,
        le=1,
        description="share of rejected records from which on a batch run stops: a broken producer or contract",
    )

    speed_parallelism: int = Field(default=1, ge=1, description="subtasks of each speed operator")
    speed_state_backend: str = Field(
        default="hashmap",
        pattern="^(hashmap|rocksdb)$",
        description="rocksdb where the deduplication state outgrows memory",
    )
    speed_checkpoint_interval: str = Field(
        default="30 s", description="Flink duration; replay after a kill is at most this long"
    )
    speed_mini_batch_latency: str = Field(
        default="250 ms", description="Flink duration; how long rows wait to be grouped"
    )
    speed_sink_flush_interval: str = Field(
        default="250 ms", description="Flink duration; how long grouped rows wait to be written"
    )
    speed_sink_flush_rows: int = Field(default=20_000, ge=1, description="grouped rows written at once at the most")

    @computed_field  # type: ignore[prop-decorator]
    @property
    def bootstrap_servers(self) -> str:
        """Kafka's bootstrap servers."""
        return self.kafka_servers or f"{HOST}:{self.ports.kafka}"

    @property
    def flink_rest(self) -> str:
        """Base address of Flink's REST interface."""
        return self.flink_url or f"http://{HOST}:{self.ports.flink_rest}"

    @property
    def airflow(self) -> str:
        """Base address of Airflow's API server and UI."""
        return self.airflow_url or f"http://{HOST}:{self.ports.airflow}"

    @property
    def elasticsearch(self) -> str:
        """Address of Elasticsearch, where search is enabled."""
        return self.elasticsearch_url or f"http://{HOST}:{self.ports.elasticsearch}"


@lru_cache(maxsize=1)
def settings() -> Settings:
    """The settings of this process, read once."""
    return Settings()
