//! What is done with a hog.

use std::fmt;
use std::io::{self, Write};

use greenstd::panics;

use super::hog::Hog;
use crate::trace::FlightRecorder;

/// Tells somebody of it.
pub(super) enum Report {
    Print,
    Call(Box<dyn FnMut(&Hog) + Send>),
}

/// Tells of it, and has the last seconds written to a file, if that is wanted.
#[derive(Debug)]
pub(super) struct Reporter {
    report: Report,
    recorder: Option<FlightRecorder>,
}

impl Reporter {
    pub(super) fn new(report: Report, recorder: Option<FlightRecorder>) -> Self {
        Reporter { report, recorder }
    }

    pub(super) fn tell(&mut self, hog: &Hog) {
        // First: the other carriers are to answer soon.
        if let Some(recorder) = &self.recorder {
            recorder.note_hog();
        }
        match &mut self.report {
            Report::Print => {
                // In one piece. If nobody reads the stream, there is nobody to tell.
                let _ = io::stderr().write_all(format!("greenpool: {hog}").as_bytes());
            }
            // Its panic has been reported by now, and the others are to be watched further.
            Report::Call(report) => drop(panics::contain(|| report(hog))),
        }
    }
}

impl fmt::Debug for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Report::Print => "Print",
            Report::Call(_) => "Call",
        })
    }
}
