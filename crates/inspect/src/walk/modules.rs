//! What is mapped into the process, and the unwind tables in it.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::ops::Range;
use std::sync::Arc;

use framehop::{ExplicitModuleSectionInfo, Module};
use object::{Object, ObjectSection, ObjectSegment, ReadCache};

use super::Tables;

/// Where a file is mapped.
struct Mapped {
    range: Range<u64>,
    /// Where its beginning lies.
    base: Option<u64>,
}

/// All files with code, as the unwinder wants them.
pub(super) fn mapped() -> Vec<Module<Tables>> {
    let maps = fs::read_to_string("/proc/self/maps").unwrap_or_default();
    files(&maps).into_iter().filter_map(|(path, mapped)| module(path, &mapped)).collect()
}

/// The files in the list of mappings, by path.
fn files(maps: &str) -> BTreeMap<&str, Mapped> {
    let mut files: BTreeMap<&str, Mapped> = BTreeMap::new();
    for line in maps.lines() {
        let Some((path, range, offset)) = mapping(line) else { continue };
        let mapped = files.entry(path).or_insert(Mapped { range: range.clone(), base: None });
        mapped.range = mapped.range.start.min(range.start)..mapped.range.end.max(range.end);
        if offset == 0 {
            mapped.base.get_or_insert(range.start);
        }
    }
    files
}

/// One line: the path, the addresses, and the offset in the file.
fn mapping(line: &str) -> Option<(&str, Range<u64>, u64)> {
    let path = &line[line.find('/')?..];
    let mut words = line.split_ascii_whitespace();
    let (start, end) = words.next()?.split_once('-')?;
    let offset = words.nth(1)?;
    let hex = |text| u64::from_str_radix(text, 16).ok();
    Some((path, hex(start)?..hex(end)?, hex(offset)?))
}

fn module(path: &str, mapped: &Mapped) -> Option<Module<Tables>> {
    let base = mapped.base?;
    // Only what is needed of it is read.
    let cache = ReadCache::new(File::open(path).ok()?);
    let file = object::File::parse(&cache).ok()?;
    let tables = |name| -> Option<(Range<u64>, Tables)> {
        let section = file.section_by_name(name)?;
        let start = section.address();
        Some((start..start + section.size(), Arc::from(section.data().ok()?)))
    };
    let range = |name| {
        let section = file.section_by_name(name)?;
        Some(section.address()..section.address() + section.size())
    };
    let (eh_frame_svma, eh_frame) = tables(".eh_frame")?;
    let (eh_frame_hdr_svma, eh_frame_hdr) = tables(".eh_frame_hdr").unzip();
    let sections = ExplicitModuleSectionInfo {
        base_svma: file.segments().map(|segment| segment.address()).min()?,
        text_svma: range(".text"),
        got_svma: range(".got"),
        eh_frame_svma: Some(eh_frame_svma),
        eh_frame: Some(eh_frame),
        eh_frame_hdr_svma,
        eh_frame_hdr,
        ..Default::default()
    };
    Some(Module::new(path.to_owned(), mapped.range.clone(), base, sections))
}

#[cfg(test)]
mod tests {
    use super::{files, mapping};

    #[test]
    fn a_line_tells_path_addresses_and_offset() {
        let line = "7f00-7f80 r-xp 00001000 fd:00 131 /lib/with a blank.so";
        assert_eq!(mapping(line), Some(("/lib/with a blank.so", 0x7f00..0x7f80, 0x1000)));
        assert_eq!(mapping("7f00-7f80 rw-p 00000000 00:00 0 [stack]"), None);
    }

    #[test]
    fn the_mappings_of_a_file_are_one_range_that_begins_at_its_offset_0() {
        let maps = "1000-2000 r--p 00000000 fd:00 1 /a\n2000-3000 r-xp 00001000 fd:00 1 /a\n\
                    8000-9000 r-xp 00001000 fd:00 2 /b\n";
        let files = files(maps);
        assert_eq!((files["/a"].range.clone(), files["/a"].base), (0x1000..0x3000, Some(0x1000)));
        assert_eq!(files["/b"].base, None);
    }
}
