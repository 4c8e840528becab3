"""Reads a trace from standard input as Perfetto does, and says which job waited longest, and for what.

With the environment variable TRACE_PROCESSOR, which names the program, it asks that in SQL. Without it, it reads the
file by Perfetto's own schema, and demands what trace_processor would: tracks that are described, slices that nest, names
that were interned, arrows that begin once.
"""

import os
import sys
import tempfile

QUERY = """
select track.name as job, slice.name as what, sum(slice.dur) as lasted
from slice join track on slice.track_id = track.id
where slice.name glob 'waits*'
group by job, what order by lasted desc limit 1
"""


def by_trace_processor(content):
    from perfetto.trace_processor import TraceProcessor, TraceProcessorConfig

    with tempfile.NamedTemporaryFile() as file:
        file.write(content)
        file.flush()
        config = TraceProcessorConfig(bin_path=os.environ["TRACE_PROCESSOR"])
        with TraceProcessor(trace=file.name, config=config) as processor:
            errors = "select name, value from stats where severity = 'error' and value > 0"
            wrong = [(row.name, row.value) for row in processor.query(errors)]
            assert not wrong, wrong
            return next((row.job, row.what, row.lasted) for row in processor.query(QUERY))


def by_schema(content):
    from google.protobuf.unknown_fields import UnknownFieldSet
    from perfetto.protos.perfetto.trace import perfetto_trace_pb2 as schema

    trace = schema.Trace()
    trace.ParseFromString(content)
    event_type = schema.TrackEvent
    names, tracks, counters, stacks, last = {}, {}, set(), {}, 0
    arrows_begun, arrows_ended, lasted = set(), set(), {}
    for packet in trace.packet:
        assert packet.trusted_packet_sequence_id == 1
        # Whatever the schema does not know would be a mistake of ours.
        for message in (packet, packet.track_event, packet.track_descriptor, packet.interned_data):
            assert not len(UnknownFieldSet(message)), message
        names.update((name.iid, name.name) for name in packet.interned_data.event_names)
        if packet.HasField("track_descriptor"):
            described = packet.track_descriptor
            assert described.uuid not in tracks
            assert not described.HasField("parent_uuid") or described.parent_uuid in tracks
            tracks[described.uuid] = described.name or described.process.process_name
            if described.HasField("counter"):
                counters.add(described.uuid)
        if not packet.HasField("track_event"):
            continue
        event = packet.track_event
        assert event.track_uuid in tracks
        assert packet.timestamp >= last, "sorted by time"
        last = packet.timestamp
        stack = stacks.setdefault(event.track_uuid, [])
        arrows_ended.update(event.terminating_flow_ids)
        arrows_begun.update(event.flow_ids)
        if event.type == event_type.TYPE_SLICE_BEGIN:
            assert not stack, "slices of a track do not overlap"
            stack.append((names[event.name_iid], last))
        elif event.type == event_type.TYPE_SLICE_END:
            name, begun = stack.pop()
            if name.startswith("waits"):
                key = (tracks[event.track_uuid], name)
                lasted[key] = lasted.get(key, 0) + last - begun
        elif event.type == event_type.TYPE_COUNTER:
            assert event.track_uuid in counters and event.HasField("counter_value")
        else:
            assert event.type == event_type.TYPE_INSTANT and names[event.name_iid]
    assert not any(stacks.values()), "each slice has an end"
    assert arrows_ended and arrows_ended <= arrows_begun, "an arrow that ends has begun"
    assert {"backlog", "workers", "ready", "parked"} <= {tracks[it] for it in counters}
    (job, what), longest = max(lasted.items(), key=lambda it: it[1])
    return job, what, longest


def main():
    content = sys.stdin.buffer.read()
    read = by_trace_processor if "TRACE_PROCESSOR" in os.environ else by_schema
    job, what, lasted = read(content)
    print(job, what, lasted)


main()
