//! The names of this module without the feature: none of it costs an instruction.

use std::panic::Location;

use greenctx::CarrierBuilder;
use greenstd::sync::Arc;

#[inline(always)]
pub(crate) fn keep_apart(carrier: CarrierBuilder) -> CarrierBuilder {
    carrier
}

/// Whether jobs get spans.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct JobSpans(());

impl JobSpans {
    #[inline(always)]
    pub(crate) fn request(self) -> Option<Request> {
        None
    }
}

/// A span that a job is to get: never.
#[derive(Debug)]
pub(crate) enum Request {}

impl Request {
    pub(crate) fn take(
        &self,
        _id: u64,
        _name: Option<&Arc<str>>,
        _site: &'static Location<'static>,
    ) -> JobSpan {
        match *self {}
    }
}

/// The span of a job.
#[derive(Debug, Default)]
pub(crate) struct JobSpan(());

impl JobSpan {
    #[inline(always)]
    pub(crate) fn enter(self) -> Self {
        self
    }
}
