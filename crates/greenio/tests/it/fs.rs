//! Files and directories, on green threads and on plain ones.

use std::collections::BTreeSet;
use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom, Write};
use std::os::unix::fs::{FileExt, OpenOptionsExt, PermissionsExt};
use std::path::PathBuf;
use std::time::Duration;

use greenctx::{spawn, with_timeout};
use greenio::fs::{self, File, OpenOptions};
use greenio::{Offload, unblock};

use crate::{on_carrier, on_plain_thread};
use testkit::child;

/// On a green thread and on a plain one, in a directory of its own each time.
fn anywhere(test: impl Fn(PathBuf) + Clone + Send + 'static) {
    let green = test.clone();
    on_carrier(move || {
        let directory = tempfile::tempdir().unwrap();
        green(directory.path().to_owned());
    });
    on_plain_thread(move || {
        let directory = tempfile::tempdir().unwrap();
        test(directory.path().to_owned());
    });
}

#[test]
fn what_is_written_is_read_again() {
    anywhere(|directory| {
        let path = directory.join("file");
        fs::write(&path, b"first").unwrap();
        fs::write(&path, "second, and longer").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"second, and longer");
        assert_eq!(fs::read_to_string(&path).unwrap(), "second, and longer");
        assert_eq!(fs::metadata(&path).unwrap().len(), 18);
        assert!(fs::exists(&path).unwrap());
        let copied = fs::copy(&path, directory.join("copy")).unwrap();
        assert_eq!(copied, 18);
        fs::rename(directory.join("copy"), directory.join("moved")).unwrap();
        fs::hard_link(directory.join("moved"), directory.join("linked")).unwrap();
        fs::remove_file(directory.join("moved")).unwrap();
        assert_eq!(fs::read(directory.join("linked")).unwrap().len(), 18);
        assert!(!fs::exists(directory.join("moved")).unwrap());
    });
}

#[test]
fn directories_are_made_and_removed() {
    anywhere(|directory| {
        let deep = directory.join("a/b/c");
        assert_eq!(fs::create_dir(&deep).unwrap_err().kind(), io::ErrorKind::NotFound);
        fs::create_dir_all(&deep).unwrap();
        assert!(fs::metadata(&deep).unwrap().is_dir());
        fs::remove_dir(&deep).unwrap();
        fs::write(directory.join("a/b/file"), "").unwrap();
        assert!(fs::remove_dir(directory.join("a/b")).is_err());
        fs::remove_dir_all(directory.join("a")).unwrap();
        assert_eq!(fs::read_dir(&directory).unwrap().count(), 0);
    });
}

#[test]
fn links_are_told_from_what_they_lead_to() {
    anywhere(|directory| {
        let (file, link) = (directory.join("file"), directory.join("link"));
        fs::write(&file, "x").unwrap();
        fs::symlink(&file, &link).unwrap();
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
        assert!(fs::metadata(&link).unwrap().is_file());
        assert_eq!(fs::read_link(&link).unwrap(), file);
        assert_eq!(fs::canonicalize(&link).unwrap(), fs::canonicalize(&file).unwrap());
    });
}

#[test]
fn permissions_and_modes_are_kept() {
    anywhere(|directory| {
        let path = directory.join("file");
        let mut options = OpenOptions::new();
        options.write(true).create_new(true).mode(0o600).open(&path).unwrap();
        let mode = |path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(&path), 0o600);
        fs::set_permissions(&path, std::fs::Permissions::from_mode(0o640)).unwrap();
        assert_eq!(mode(&path), 0o640);
        let again = options.open(&path).unwrap_err();
        assert_eq!(again.kind(), io::ErrorKind::AlreadyExists);
    });
}

#[test]
fn errors_are_those_of_std() {
    anywhere(|directory| {
        let missing = directory.join("missing");
        for error in [
            fs::read(&missing).unwrap_err(),
            fs::read_to_string(&missing).unwrap_err(),
            fs::metadata(&missing).unwrap_err(),
            fs::read_dir(&missing).unwrap_err(),
            fs::remove_file(&missing).unwrap_err(),
            fs::canonicalize(&missing).unwrap_err(),
            File::open(&missing).unwrap_err(),
        ] {
            assert_eq!(error.kind(), io::ErrorKind::NotFound);
            assert!(error.raw_os_error().is_some());
        }
        let binary = directory.join("binary");
        fs::write(&binary, [0xff, 0xfe]).unwrap();
        let error = fs::read_to_string(&binary).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::InvalidData);
        let mut text = String::from("kept");
        let error = File::open(&binary).unwrap().read_to_string(&mut text).unwrap_err();
        assert_eq!((error.kind(), &*text), (io::ErrorKind::InvalidData, "kept"));
    });
}

#[test]
fn a_file_reads_writes_and_seeks() {
    anywhere(|directory| {
        let mut file = File::create_new(directory.join("file")).unwrap();
        file.write_all(b"hello, world").unwrap();
        file.flush().unwrap();
        assert_eq!(file.stream_position().unwrap(), 12);
        file.seek(SeekFrom::Start(7)).unwrap();
        let mut bytes = [0; 5];
        file.read_exact(&mut bytes).unwrap();
        assert_eq!(&bytes, b"world");
        assert_eq!(file.read(&mut bytes).unwrap(), 0);
        assert_eq!(file.seek(SeekFrom::End(-5)).unwrap(), 7);
        file.write_all(b"there").unwrap();
        file.rewind().unwrap();
        let mut text = String::from("> ");
        file.read_to_string(&mut text).unwrap();
        assert_eq!(text, "> hello, there");

        file.write_all_at(b"HE", 0).unwrap();
        let mut bytes = [0; 5];
        file.read_exact_at(&mut bytes, 0).unwrap();
        assert_eq!(&bytes, b"HEllo");
        file.set_len(2).unwrap();
        file.sync_data().unwrap();
        file.sync_all().unwrap();
        assert_eq!(file.metadata().unwrap().len(), 2);
        let mut std = file.into_std().unwrap();
        std.rewind().unwrap();
        assert_eq!(io::read_to_string(&std).unwrap(), "HE");
        let mut clone = File::from(std).try_clone().unwrap();
        clone.rewind().unwrap();
        let mut rest = vec![b'>'];
        clone.read_to_end(&mut rest).unwrap();
        assert_eq!(rest, b">HE");
    });
}

#[test]
fn much_is_moved_in_pieces() {
    anywhere(|directory| {
        let path = directory.join("file");
        let bytes: Vec<u8> = (0..3_000_000_u32).map(|n| (n % 251) as u8).collect();
        File::create(&path).unwrap().write_all(&bytes).unwrap();
        let mut file = File::open(&path).unwrap();
        let mut read = vec![0; bytes.len()];
        file.read_exact(&mut read).unwrap();
        assert!(read == bytes);
        file.rewind().unwrap();
        let mut copy = File::create(directory.join("copy")).unwrap();
        assert_eq!(io::copy(&mut file, &mut copy).unwrap(), 3_000_000);
        assert!(fs::read(directory.join("copy")).unwrap() == bytes);
    });
}

#[test]
fn a_small_read_does_not_see_what_a_large_one_left_in_the_buffer() {
    on_carrier(|| {
        let directory = tempfile::tempdir().unwrap();
        let mut file = File::create_new(directory.path().join("file")).unwrap();
        file.write_all(&[b'x'; 1000]).unwrap();
        file.set_len(3).unwrap();
        file.rewind().unwrap();
        let mut bytes = [b'-'; 8];
        assert_eq!(file.read(&mut bytes).unwrap(), 3);
        assert_eq!(&bytes, b"xxx-----");
    });
}

#[test]
fn lines_come_through_a_buffered_reader() {
    anywhere(|directory| {
        let path = directory.join("lines");
        let text: String = (0..5000).map(|n| format!("line {n}\n")).collect();
        fs::write(&path, &text).unwrap();
        let lines = BufReader::new(File::open(&path).unwrap()).lines();
        let lines: Vec<_> = lines.collect::<io::Result<_>>().unwrap();
        assert_eq!(lines.len(), 5000);
        assert_eq!(lines[4999], "line 4999");
    });
}

#[test]
fn one_file_is_used_by_many_green_threads_at_once() {
    on_carrier(|| {
        let directory = tempfile::tempdir().unwrap();
        let file = std::sync::Arc::new(File::create_new(directory.path().join("file")).unwrap());
        let writers = (0..50_u64).map(|n| {
            let file = file.clone();
            spawn(move || {
                file.write_all_at(&[n as u8; 4096], n * 4096).unwrap();
                let mut bytes = [0; 4096];
                file.read_exact_at(&mut bytes, n * 4096).unwrap();
                assert!(bytes.iter().all(|&byte| byte == n as u8));
            })
        });
        let writers: Vec<_> = writers.collect();
        writers.into_iter().for_each(|writer| writer.join().unwrap());
        assert_eq!(file.metadata().unwrap().len(), 50 * 4096);
    });
}

#[test]
fn thousands_of_entries_are_each_seen_once() {
    anywhere(|directory| {
        // More than some batches, and exactly some batches.
        for count in [0_usize, 1, 256, 512, 3000] {
            let place = directory.join(count.to_string());
            fs::create_dir(&place).unwrap();
            for n in 0..count {
                std::fs::write(place.join(format!("entry-{n}")), "").unwrap();
            }
            let mut names = BTreeSet::new();
            for entry in fs::read_dir(&place).unwrap() {
                let entry = entry.unwrap();
                assert!(entry.file_type().unwrap().is_file());
                assert_eq!(entry.path(), place.join(entry.file_name()));
                assert!(names.insert(entry.file_name()));
            }
            assert_eq!(names.len(), count);
        }
        let entry = fs::read_dir(directory.join("1")).unwrap().next().unwrap().unwrap();
        assert_eq!(entry.metadata().unwrap().len(), 0);
    });
}

#[test]
fn what_would_block_the_carrier_runs_elsewhere() {
    on_carrier(|| {
        let directory = tempfile::tempdir().unwrap();
        let accepted = || Offload::default_pool().gauge().accepted;
        let before = accepted();
        fs::write(directory.path().join("file"), "x").unwrap();
        fs::read(directory.path().join("file")).unwrap();
        assert!(accepted() >= before + 2);
    });
}

#[test]
fn a_full_pool_and_a_deadline_are_errors_of_io() {
    let test = "fs::a_full_pool_and_a_deadline_are_errors_of_io";
    if child::case().is_none() {
        return child::succeeds(test, "full");
    }
    on_carrier(|| {
        let pool = Offload::builder().threads(1).max_backlog(0).build().unwrap();
        pool.install_default().unwrap();
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("file");
        let mut entries = fs::read_dir(directory.path()).unwrap();
        let (open, closed) = std::sync::mpsc::channel::<()>();
        let busy = spawn(move || unblock(move || closed.recv().is_ok()).unwrap());
        while Offload::default_pool().gauge().running == 0 {
            greenctx::yield_now();
        }
        let error = fs::write(&path, "x").unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::QuotaExceeded);
        // What was fetched already is there all the same.
        assert!(entries.next().is_none());
        drop(open);
        busy.join().unwrap();
        fs::write(&path, "x").unwrap();

        // A pipe that nobody writes to keeps its reader waiting.
        let (reader, writer) = io::pipe().unwrap();
        let mut file = File::from(std::os::fd::OwnedFd::from(reader));
        let mut byte = [0];
        let error = with_timeout(Duration::from_millis(2), || file.read(&mut byte)).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::TimedOut);
        drop(writer);
    });
}
