//! From a timeline to Perfetto's packets.

use std::collections::HashMap;

use prost::Message;

use super::names::Actor;
use super::proto::{
    BEGINS_SEQUENCE, Counter, Data, EventName, InternedData, Kind, Packet, Process, Trace,
    TrackDescriptor, TrackEvent, USES_INTERNED,
};
use super::timeline::{CarrierTrack, Timeline};

/// The number of our only sequence of packets.
const SEQUENCE: u32 = 1;

/// The content of a file.
pub(super) fn encode(executor: &str, timeline: &Timeline) -> Vec<u8> {
    let mut writer = Writer::new(executor);
    for carrier in &timeline.carriers {
        writer.carrier(carrier, timeline);
    }
    writer.lives(timeline);
    writer.counters(writer.root, ["backlog", "workers"], &timeline.figures);
    writer.finish().encode_to_vec()
}

struct Writer {
    descriptors: Vec<Packet>,
    /// With the time, by which they are sorted in the end.
    events: Vec<(u64, TrackEvent)>,
    names: Interned,
    root: u64,
    tracks: u64,
}

/// The names of events, each written once.
#[derive(Default)]
struct Interned {
    numbers: HashMap<String, u64>,
    names: Vec<EventName>,
}

impl Writer {
    fn new(executor: &str) -> Self {
        let mut writer = Writer {
            descriptors: Vec::new(),
            events: Vec::new(),
            names: Interned::default(),
            root: 1,
            tracks: 1,
        };
        let process = Process {
            pid: i32::try_from(std::process::id()).unwrap_or(i32::MAX),
            process_name: format!("executor {executor}"),
        };
        writer.describe(TrackDescriptor {
            uuid: writer.root,
            process: Some(process),
            ..TrackDescriptor::default()
        });
        writer
    }

    /// What ran on a carrier, who woke whom, and how many were ready and parked.
    fn carrier(&mut self, carrier: &CarrierTrack, timeline: &Timeline) {
        let track = self.track(self.root, &carrier.name);
        for run in &carrier.runs {
            let mut begin = self.event(track, Kind::SliceBegin, &timeline.names.show(run.actor));
            begin.terminating_flow_ids.clone_from(&run.arrows);
            self.events.push((run.from_ns, begin));
            self.events.push((run.to_ns, TrackEvent::of(track, Kind::SliceEnd)));
        }
        for wake in &carrier.wakes {
            let name = match wake.woken {
                Some(woken) => format!("wakes {}", timeline.names.show(woken)),
                None => "wakes a thread elsewhere".into(),
            };
            let mut event = self.event(track, Kind::Instant, &name);
            event.flow_ids.push(wake.arrow);
            self.events.push((wake.at_ns, event));
        }
        self.counters(track, ["ready", "parked"], &carrier.levels);
    }

    /// Jobs and threads with tracks of their own, below one that can be folded.
    fn lives(&mut self, timeline: &Timeline) {
        let (jobs, threads) = (self.track(self.root, "jobs"), self.track(self.root, "threads"));
        for life in &timeline.lives {
            let parent = if matches!(life.actor, Actor::Thread(_)) { threads } else { jobs };
            let track = self.track(parent, &timeline.names.show(life.actor));
            for stretch in &life.stretches {
                let begin = self.event(track, Kind::SliceBegin, &timeline.show(&stretch.phase));
                self.events.push((stretch.from_ns, begin));
                self.events.push((stretch.to_ns, TrackEvent::of(track, Kind::SliceEnd)));
            }
        }
    }

    fn counters(&mut self, parent: u64, names: [&str; 2], levels: &[(u64, [u32; 2])]) {
        for (place, name) in names.into_iter().enumerate() {
            let track = self.fresh_track();
            self.describe(TrackDescriptor {
                uuid: track,
                name: name.to_owned(),
                parent_uuid: Some(parent),
                counter: Some(Counter {}),
                ..TrackDescriptor::default()
            });
            let events = levels.iter().map(|(at_ns, values)| {
                let counter_value = Some(i64::from(values[place]));
                (*at_ns, TrackEvent { counter_value, ..TrackEvent::of(track, Kind::Counter) })
            });
            self.events.extend(events);
        }
    }

    fn track(&mut self, parent: u64, name: &str) -> u64 {
        let uuid = self.fresh_track();
        self.describe(TrackDescriptor {
            uuid,
            name: name.to_owned(),
            parent_uuid: Some(parent),
            ..TrackDescriptor::default()
        });
        uuid
    }

    fn fresh_track(&mut self) -> u64 {
        self.tracks += 1;
        self.tracks
    }

    fn describe(&mut self, descriptor: TrackDescriptor) {
        self.descriptors.push(Packet::of(Data::TrackDescriptor(descriptor)));
    }

    fn event(&mut self, track: u64, kind: Kind, name: &str) -> TrackEvent {
        TrackEvent { name_iid: Some(self.names.number(name)), ..TrackEvent::of(track, kind) }
    }

    /// All packets: first the names and the tracks, then what happened, in the order of time.
    fn finish(mut self) -> Trace {
        // Those of one track stay in their order where they are at the same time.
        self.events.sort_by_key(|(at_ns, _)| *at_ns);
        let names = Packet {
            interned_data: Some(InternedData { event_names: self.names.names }),
            sequence_flags: BEGINS_SEQUENCE,
            trusted_packet_sequence_id: SEQUENCE,
            ..Packet::default()
        };
        let events = self.events.into_iter().map(|(at_ns, event)| Packet {
            timestamp: Some(at_ns),
            sequence_flags: USES_INTERNED,
            ..Packet::of(Data::TrackEvent(event))
        });
        Trace { packet: [names].into_iter().chain(self.descriptors).chain(events).collect() }
    }
}

impl Interned {
    fn number(&mut self, name: &str) -> u64 {
        if let Some(&number) = self.numbers.get(name) {
            return number;
        }
        // 0 is none.
        let iid = self.names.len() as u64 + 1;
        self.names.push(EventName { iid, name: name.to_owned() });
        self.numbers.insert(name.to_owned(), iid);
        iid
    }
}

impl Packet {
    fn of(data: Data) -> Self {
        Packet { trusted_packet_sequence_id: SEQUENCE, data: Some(data), ..Packet::default() }
    }
}

impl TrackEvent {
    fn of(track: u64, kind: Kind) -> Self {
        TrackEvent { r#type: kind as i32, track_uuid: track, ..TrackEvent::default() }
    }
}
