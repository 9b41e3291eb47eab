"""For any boundary and any interleaving of arrival, landing and publication, every figure equals the oracle's.

The topics are switched to producer time for this test only, so that a history of many minutes takes seconds: the times that
records carry as append times are the test's own, in the past, and never go back.
"""

import itertools
import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from kafka import KafkaProducer
from kafka.admin import ConfigResource, ConfigResourceType

from batch_layer import publication, recompute, reconciliation, run
from crm import clickhouse
from crm.kafka import admin
from crm.settings import settings as platform
from speed_layer import lifecycle
from tests import plausible, staging
from tests.engine import agrees_with_oracle, caught_up

pytestmark = pytest.mark.stack
PARTITIONS = tuple((contract.topic, number) for contract in staging.landed() for number in range(contract.partitions))
ACTIONS = st.lists(
    st.one_of(
        *[st.tuples(st.just("arrive"), st.integers(1, 500))] * 3,
        *[st.tuples(st.just("publish"), st.integers(0, 9))] * 3,
        st.tuples(st.just("land"), st.integers(0, 9)),
        st.tuples(st.sampled_from(["rollback", "rebuild", "recompute"]), st.just(0)),
    ),
    min_size=5,
    max_size=7,
).filter(lambda actions: sum(kind == "publish" for kind, _ in actions) >= 2 and actions[0][0] == "arrive")


@pytest.fixture
def producer_time(stack: None) -> Iterator[None]:
    """The topics with times set by the producer; afterwards by the broker again."""

    def stamp(by: str) -> None:
        client, change = admin(), {"message.timestamp.type": by}
        topics = [contract.topic for contract in staging.landed()]
        client.alter_configs([ConfigResource(ConfigResourceType.TOPIC, topic, change) for topic in topics])
        client.close()

    stamp("CreateTime")
    yield
    stamp("LogAppendTime")


class History:
    """Events of every topic that arrive, and a batch layer that follows them."""

    # Within the retention of the topics, and far enough back for every history of a run.
    clock = datetime.now(UTC).replace(second=0, microsecond=0) - timedelta(hours=20)
    seeds = itertools.count(100)

    def __init__(self, dice: random.Random) -> None:
        self.dice = dice
        seed = next(self.seeds)
        self.events = {contract.topic: plausible.records(contract, seed) for contract in staging.landed()}

    def arrive(self, count: int) -> None:
        """Send so many events of each topic, over some minutes and in any order."""
        kafka = KafkaProducer(bootstrap_servers=platform().bootstrap_servers, acks="all", linger_ms=5)
        topics = [topic for topic in self.events for _ in range(count)]
        self.dice.shuffle(topics)
        step = timedelta(milliseconds=self.dice.randint(1, 400_000 // len(topics)))
        for topic in topics:
            History.clock += step
            key, value = next(self.events[topic])
            kafka.send(topic, key=key, value=value, timestamp_ms=int(History.clock.timestamp() * 1000))
        kafka.flush()
        kafka.close()

    def plan(self, share: int) -> run.Plan:
        """A boundary somewhere between the live one and the minute that is still filling."""
        client = clickhouse.connect("batch")
        live = publication.live(client)
        newest = History.clock.replace(second=0, microsecond=0, tzinfo=None)
        oldest = max(live.boundary, newest - timedelta(minutes=10))
        boundary = oldest + timedelta(minutes=(newest - oldest) // timedelta(minutes=1) * (share + 1) // 10)
        generation = live.generation or publication.next_generation(client)
        return run.Plan(generation, live.boundary, boundary, live.sequence, "", PARTITIONS)

    def land(self, share: int) -> None:
        """Land without building."""
        plan = self.plan(share)
        for topic, number in PARTITIONS:
            run.land(topic, number, plan.boundary)

    def publish(self, share: int) -> None:
        """Land, build, publish, prune nothing."""
        plan = self.plan(share)
        for topic, number in PARTITIONS:
            run.land(topic, number, plan.boundary)
        if plan.boundary > plan.range_start:
            run.publish(run.build(plan, say=lambda _: None))

    def rollback(self, _: int) -> None:
        """Show an earlier pair again, where there is one."""
        client = clickhouse.connect("batch")
        if len({p.pair for p in publication.retained(client)}) > 1:
            publication.rollback(client)

    def rebuild(self, _: int) -> None:
        """Start the speed layer empty."""
        lifecycle.rebuild()

    def recompute(self, _: int) -> None:
        """A new generation from raw."""
        if publication.live(clickhouse.connect("batch")).sequence:
            recompute.recompute()


# A recomputation loads Great Expectations, which uses what its own dependencies deprecate.
@pytest.mark.filterwarnings("ignore")
def test_figures_never_depend_on_the_boundary(producer_time: None, pytestconfig: pytest.Config) -> None:
    """After each action of each history: the merged figures are the oracle's, and the two layers agree where both hold rows."""

    @settings(
        max_examples=pytestconfig.getoption("--invariance-examples"),
        deadline=None,
        database=None,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(ACTIONS, st.integers(0, 2**32))
    def play(actions: list[tuple[str, int]], seed: int) -> None:
        history = History(random.Random(seed))
        for kind, argument in actions:
            getattr(history, kind)(argument)
            caught_up()
            agrees_with_oracle(f"after {kind} {argument} of {actions}")
        report = reconciliation.reconcile()
        assert report["rows_different"] == 0, (actions, report)

    play()
