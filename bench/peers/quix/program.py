"""One run of one pipeline on Quix Streams, state in RocksDB with changelog topics.

The only argument is the run as JSON (../peer.ts: PeerRun). Says that it runs at its first record, stops when its stdin ends.
Values that no pipeline looks into stay bytes or text, as in the other peers.
"""

import json
import os
import struct
import sys
import threading
from datetime import timedelta

from quixstreams import Application
from quixstreams.models.serializers import Serializer

run = json.loads(sys.argv[1])

settings = {"acks": "all", "compression.type": "none", "linger.ms": 100 if run.get("lingerMs") is None else run["lingerMs"]}
app = Application(
    broker_address=run["brokers"],
    consumer_group=run["applicationId"],
    auto_offset_reset="earliest",
    commit_interval=run["commitMs"] / 1000,
    state_dir=run["stateDir"],
    loglevel="ERROR",
    producer_extra_config=settings,
    auto_create_topics=True,
)


class WindowedCount(Serializer):
    """The count of {"key", "start", "count"}: its key goes into the record's key."""

    def __call__(self, value, ctx):
        return struct.pack(">q", value["count"])


def source(name, value):
    topic = app.topic(run["inputPrefix"] + name, key_deserializer="str", value_deserializer=value)
    return app.dataframe(topic)


def output(key, value):
    return app.topic(run["output"], key_serializer=key, value_serializer=value)


def running(said=[]):
    if not said:
        said.append(True)
        print('{"event":"running"}', flush=True)


def first(value):
    running()


def count(value, state):
    counted = state.get("count", 0) + 1
    state.set("count", counted)
    return struct.pack(">q", counted)


def cents(event):
    event["cents"] = round(event["amount"] * 100)
    return event


def with_user(event, user):
    return {**event, "user": user}


def windowed(value, key, timestamp, headers):
    return {"key": key, "start": value["start"], "count": value["value"]}


def windowed_key(value):
    return value["key"].encode() + struct.pack(">q", value["start"])


def stateless():
    events = source("events", "json").update(first)
    events.filter(lambda event: event["amount"] < 500).apply(cents).to_topic(output("str", "json"))


def counts(name):
    source(name, "bytes").update(first).apply(count, stateful=True).to_topic(output("str", "bytes"))


def windowed_counts():
    windows = source("events", "bytes").update(first).tumbling_window(timedelta(minutes=1), grace_ms=10_000)
    counted = windows.count().current().apply(windowed, metadata=True)
    counted.to_topic(output("bytes", WindowedCount()), key=windowed_key)


def table_join():
    events = source("events", "json").update(first)
    joined = events.join_asof(source("users", "json"), how="inner", on_merge=with_user)
    joined.to_topic(output("str", "json"))


def stream_join():
    left, right = source("left", "str").update(first), source("right", "str")
    joined = left.join_interval(
        right,
        how="inner",
        on_merge=lambda a, b: a + b,
        grace_ms=timedelta(seconds=15),
        backward_ms=timedelta(seconds=5),
        forward_ms=timedelta(seconds=5),
    )
    joined.to_topic(output("str", "str"))


def repartition():
    events = source("events", "json").update(first)
    grouped = events.group_by(
        lambda event: event["type"] + event["region"], name="kind", key_serializer="str", key_deserializer="str"
    )
    grouped.apply(count, stateful=True).to_topic(output("str", "bytes"))


PIPELINES = {
    "p1": stateless,
    "p2": lambda: counts("events"),
    "p2l": lambda: counts("events-many-users"),
    "p3": windowed_counts,
    "p4": table_join,
    "p5": stream_join,
    "p6": repartition,
}


def stop_at_end_of_stdin():
    while sys.stdin.readline():
        pass
    app.stop()


PIPELINES[run["pipeline"]]()
threading.Thread(target=stop_at_end_of_stdin, daemon=True).start()
app.run()
os._exit(0)
