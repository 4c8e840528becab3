//! The thumbnails, in one process and by workers in others.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use image::{Rgb, RgbImage};
use tempfile::TempDir;
use testkit::NatsServer;

const IMAGES: u8 = 12;

/// Some images, and a file that only looks like one by its name.
fn images() -> TempDir {
    let directory = TempDir::new().unwrap();
    for number in 0..IMAGES {
        let image = RgbImage::from_pixel(400, 200, Rgb([number, 80, 160]));
        image.save(directory.path().join(format!("{number:02}.png"))).unwrap();
    }
    fs::write(directory.path().join("broken.png"), "no image").unwrap();
    fs::write(directory.path().join("notes.txt"), "no image either").unwrap();
    directory
}

fn thumbs(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_thumbs")).args(arguments).output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// Runs it, and checks what it prints and writes.
fn check(options: &[&str]) -> Output {
    let (images, to) = (images(), TempDir::new().unwrap());
    let path = |directory: &TempDir| directory.path().to_str().unwrap().to_owned();
    let (from, to_path) = (path(&images), path(&to));
    let output = thumbs(&[&[from.as_str(), "--to", &to_path, "--side", "100"], options].concat());
    let (said, complained) = (text(&output.stdout), text(&output.stderr));
    let lines: Vec<&str> = said.lines().collect();
    assert_eq!(lines.len(), usize::from(IMAGES), "{said}{complained}");
    for (number, line) in lines.iter().enumerate() {
        let [sha256, size, path] = line.splitn(3, ' ').collect::<Vec<_>>()[..] else {
            panic!("{line}")
        };
        assert_eq!(size, "400x200");
        assert!(path.ends_with(&format!("{number:02}.png")), "in the order of the walk: {said}");
        assert_eq!(size_of(&to.path().join(format!("{sha256}.png"))), (100, 50));
    }
    assert_eq!(fs::read_dir(to.path()).unwrap().count(), usize::from(IMAGES));
    assert!(complained.contains("broken.png: the job has failed"), "{complained}");
    assert_eq!(output.status.code(), Some(1), "one could not be read");
    output
}

fn size_of(image: &Path) -> (u32, u32) {
    image::image_dimensions(image).unwrap()
}

#[test]
fn thumbnails_are_made_in_this_process() {
    let complained = text(&check(&[]).stderr);
    assert!(complained.contains("13 images, 1 failed, by 1 processes"), "{complained}");
}

#[test]
fn thumbnails_are_made_by_other_processes_and_what_failed_is_a_dead_letter() {
    let Some(server) = NatsServer::start() else { return };
    let url = server.url();
    check(&["--workers", "2", "--nats", &url]);
    let dead = |arguments: &[&str]| thumbs(&[&["dead"], arguments, &["--nats", &url]].concat());
    let listed = text(&dead(&["list"]).stdout);
    let id = listed.split(' ').next().unwrap();
    assert!(listed.contains(" thumbnail failed: "), "{listed}");
    assert_eq!(listed.lines().count(), 1);
    assert!(text(&dead(&["retry"]).stderr).contains("1 submitted anew"));
    assert!(text(&dead(&["list"]).stdout).is_empty());
    assert!(!dead(&["drop", id]).status.success(), "it waits for a worker");
}

#[test]
fn server_is_started_where_there_is_none() {
    if NatsServer::start().is_none() {
        return;
    }
    check(&["--workers", "1"]);
}

#[test]
fn a_page_without_jobs_is_refused() {
    let output = thumbs(&["--workers", "1", "--inspect", "127.0.0.1:0"]);
    let complained = text(&output.stderr);
    assert!(complained.contains("inspect a worker: thumbs work --inspect"), "{complained}");
    assert_eq!(output.status.code(), Some(1));
}
