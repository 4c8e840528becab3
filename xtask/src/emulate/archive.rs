//! The archive of files that a kernel unpacks into memory as it starts: `cpio` in its form "newc".
//!
//! Written here since the program `cpio` is seldom installed, and makes devices for the superuser alone.

const DIRECTORY: u32 = 0o040_755;
const FILE: u32 = 0o100_644;
const PROGRAM: u32 = 0o100_755;
const CHARACTER_DEVICE: u32 = 0o020_600;

/// Major and minor number of the console.
const CONSOLE: (u32, u32) = (5, 1);

/// An archive in the making. A directory comes before what lies in it.
#[derive(Debug, Default)]
pub(super) struct Archive {
    bytes: Vec<u8>,
    entries: u32,
}

impl Archive {
    /// Adds an empty directory.
    pub(super) fn directory(&mut self, path: &str) {
        self.entry(path, DIRECTORY, (0, 0), &[]);
    }

    /// Adds a file.
    pub(super) fn file(&mut self, path: &str, contents: &[u8]) {
        self.entry(path, FILE, (0, 0), contents);
    }

    /// Adds a file that may be run.
    pub(super) fn program(&mut self, path: &str, contents: &[u8]) {
        self.entry(path, PROGRAM, (0, 0), contents);
    }

    /// Adds the device that the first program writes to.
    pub(super) fn console(&mut self, path: &str) {
        self.entry(path, CHARACTER_DEVICE, CONSOLE, &[]);
    }

    /// The whole, ready to be unpacked.
    pub(super) fn finish(mut self) -> Vec<u8> {
        self.entry("TRAILER!!!", 0, (0, 0), &[]);
        self.bytes
    }

    fn entry(&mut self, path: &str, mode: u32, (major, minor): (u32, u32), contents: &[u8]) {
        self.entries += 1;
        let length = u32::try_from(contents.len()).expect("a test has less than 4 GiB");
        let path_length = path.len() as u32 + 1;
        // Number, mode, user, group, links, time, length, device (2), special device (2), length of
        // the path with its closing zero, checksum.
        let fields = [self.entries, mode, 0, 0, 1, 0, length, 0, 0, major, minor, path_length, 0];
        self.bytes.extend_from_slice(b"070701");
        for field in fields {
            self.bytes.extend_from_slice(format!("{field:08X}").as_bytes());
        }
        self.bytes.extend_from_slice(path.as_bytes());
        self.bytes.push(0);
        self.pad();
        self.bytes.extend_from_slice(contents);
        self.pad();
    }

    fn pad(&mut self) {
        self.bytes.resize(self.bytes.len().next_multiple_of(4), 0);
    }
}

#[cfg(test)]
mod tests {
    use super::Archive;

    #[test]
    fn an_entry_has_a_header_a_path_and_its_contents_each_padded_to_four_bytes() {
        let mut archive = Archive::default();
        archive.file("a/b", b"hello");
        let bytes = archive.bytes;
        assert_eq!(&bytes[..6], b"070701");
        assert_eq!(&bytes[14..22], b"000081A4", "the mode");
        assert_eq!(&bytes[54..62], b"00000005", "the length");
        assert_eq!(&bytes[94..102], b"00000004", "the length of the path");
        assert_eq!(&bytes[110..], b"a/b\0\0\0hello\0\0\0");
    }

    #[test]
    fn an_archive_ends_with_a_trailer() {
        let bytes = Archive::default().finish();
        assert!(String::from_utf8_lossy(&bytes).contains("TRAILER!!!"));
        assert_eq!(bytes.len() % 4, 0);
    }
}
