//! Looks at the live page in a real browser: of a program that is idle, one that is busy, one whose carriers are hogged,
//! and one with a deadlock.
//!
//! ```text
//! cargo xtask page --pictures DIR
//! ```
//!
//! Each is checked at the width of a desktop and of a phone, in light and dark, and a picture of each is stored.
#![forbid(unsafe_code)]

mod browser;
mod checks;
mod programs;

use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Parser;

use browser::{Browser, Look};
use programs::Program;

type Result<T> = std::result::Result<T, Box<dyn Error>>;

/// Looks at the live page in a real browser
#[derive(Parser)]
#[command(name = "page")]
struct Arguments {
    /// Where to store pictures of what the browser shows
    #[arg(long, value_name = "DIR")]
    pictures: PathBuf,
}

fn main() -> ExitCode {
    match look_at_all(&Arguments::parse().pictures) {
        Ok(pictures) => {
            println!("{pictures} pages are as they should be");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("page: {error}");
            ExitCode::FAILURE
        }
    }
}

fn look_at_all(pictures: &Path) -> Result<usize> {
    fs::create_dir_all(pictures)?;
    let browser = Browser::start()?;
    let mut looked_at = 0;
    for program in [programs::idle()?, programs::busy()?, programs::hogged()?, programs::stuck()?] {
        for look in Look::all() {
            let picture = pictures.join(format!("{}-{look}.png", program.name));
            look_at(&browser, &program, look, &picture)
                .map_err(|error| format!("{}, {look}: {error}", program.name))?;
            looked_at += 1;
        }
    }
    Ok(looked_at)
}

fn look_at(browser: &Browser, program: &Program, look: Look, picture: &Path) -> Result<()> {
    browser.set_look(look)?;
    browser.open(&program.address())?;
    let checked = (program.check)(browser).and_then(|()| checks::of_every_page(browser));
    // Also of what is wrong.
    fs::write(picture, browser.picture(None)?)?;
    checked?;
    if let Some(height) = top_in_docs(program, look) {
        let name = format!("page-{}.png", program.name);
        fs::write(picture.with_file_name(name), browser.picture(Some(height))?)?;
    }
    browser.leave()
}

/// How much of the page's top the guide shows, in pixels. Its pictures, in `docs/pictures`, are copies of what is stored
/// here.
fn top_in_docs(program: &Program, look: Look) -> Option<u32> {
    match (program.name, look.is_phone, look.is_dark) {
        ("busy", false, false) => Some(840),
        ("deadlocked", true, true) => Some(700),
        _ => None,
    }
}
