"""One run of one pipeline on Bytewax, with its recovery store (SQLite) where there is state.

The only argument is the run as JSON (../peer.ts: PeerRun). Bytewax has no consumer group: it reads to the end of the topic
and says how far it is.
"""

import json
import os
import struct
import sys
from datetime import timedelta
from pathlib import Path

import bytewax.operators as op
from bytewax.connectors.kafka import KafkaSink, KafkaSinkMessage, KafkaSource
from bytewax.dataflow import Dataflow
from bytewax.recovery import RecoveryConfig, init_db_dir
from bytewax.run import cli_main

run = json.loads(sys.argv[1])
seen = 0


def tick(message):
    global seen
    if seen == 0:
        print('{"event":"running"}', flush=True)
    seen += 1
    if seen % 5000 == 0:
        print('{"event":"progress","records":%d}' % seen, flush=True)
    return message


def sale(message):
    tick(message)
    event = json.loads(message.value)
    if event["amount"] >= 500:
        return None
    event["cents"] = round(event["amount"] * 100)
    return KafkaSinkMessage(message.key, json.dumps(event).encode())


def count(counted, message):
    counted = (counted or 0) + 1
    return counted, counted


def stateless(events):
    return op.filter_map("sales", events, sale)


def counts(events):
    keyed = op.key_on("by-key", op.map("tick", events, tick), lambda message: message.key.decode())
    counted = op.stateful_map("count", keyed, count)
    return op.map("out", counted, lambda pair: KafkaSinkMessage(pair[0].encode(), struct.pack(">q", pair[1])))


PIPELINES = {
    "p1": ("events", stateless),
    "p2": ("events", counts),
    "p2l": ("events-many-users", counts),
}

name, add = PIPELINES[run["pipeline"]]
brokers = run["brokers"].split(",")
flow = Dataflow("bench")
source = KafkaSource(brokers, [run["inputPrefix"] + name], tail=False, batch_size=5000)
linger = 0 if run.get("lingerMs") is None else run["lingerMs"]
producer = {"acks": "all", "compression.type": "none", "partitioner": "murmur2_random", "linger.ms": str(linger)}
op.output("output", add(op.input("input", flow, source)), KafkaSink(brokers, run["output"], producer))
recovery = None
if run["pipeline"] != "p1":
    directory = Path(run["stateDir"])
    init_db_dir(directory, 1)
    recovery = RecoveryConfig(directory)
cli_main(flow, epoch_interval=timedelta(milliseconds=run["commitMs"]), recovery_config=recovery)
print('{"event":"done"}', flush=True)
sys.stdin.read()
os._exit(0)
