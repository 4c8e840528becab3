//! The buffer that travels between a file and the threads that read and write it.

use greenstd::sync::Mutex;

/// The most that is read or written at once: where copying costs more than the way to the other thread.
pub(super) const MAX_BYTES: usize = 512 * 1024;

/// A buffer that is lent to one operation at a time. A second operation at the same time gets a new one.
#[derive(Default)]
pub(super) struct Buffer {
    idle: Mutex<Vec<u8>>,
}

impl Buffer {
    /// A buffer of at least `bytes` bytes (but at most [`MAX_BYTES`]), with whatever it held before.
    pub(super) fn take(&self, bytes: usize) -> Vec<u8> {
        let mut buffer = std::mem::take(&mut *self.idle.lock());
        let bytes = bytes.min(MAX_BYTES);
        if buffer.len() < bytes {
            buffer.resize(bytes, 0);
        }
        buffer
    }

    pub(super) fn give_back(&self, buffer: Vec<u8>) {
        let mut idle = self.idle.lock();
        let smaller =
            if idle.len() < buffer.len() { std::mem::replace(&mut *idle, buffer) } else { buffer };
        drop(idle);
        drop(smaller);
    }
}
