//! Parks a number of green threads at once, prints what each costs, wakes and joins them all.
//!
//! ```text
//! cargo run --release -p greenctx --example parked -- 1000000
//! cargo run --release -p greenctx --example parked -- 1000000 --guard mprotect
//! ```

use std::process::ExitCode;
use std::{env, fs};

use greenctx::{
    Builder, Carrier, GuardKind, Interrupted, JoinHandle, MIN_STACK_BYTES, StackPool, park,
};
use greenstd::time;

const USAGE: &str = "\
usage: parked [THREADS] [--guard auto|madvise|mprotect]
Parks THREADS green threads at once (100000 if not said), and prints what each costs.";

fn main() -> ExitCode {
    if env::args().any(|word| word == "--help" || word == "-h") {
        println!("{USAGE}");
        return ExitCode::SUCCESS;
    }
    match arguments().and_then(|(threads, guard)| run(threads, guard)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("parked: {error}");
            ExitCode::FAILURE
        }
    }
}

fn arguments() -> Result<(usize, GuardKind), String> {
    let mut threads = 100_000;
    let mut guard = GuardKind::Auto;
    let mut words = env::args().skip(1);
    while let Some(word) = words.next() {
        match word.as_str() {
            "--guard" => {
                guard = match words.next().as_deref() {
                    Some("auto") => GuardKind::Auto,
                    Some("madvise") => GuardKind::Install,
                    Some("mprotect") => GuardKind::Protect,
                    _ => return Err(format!("--guard wants auto, madvise or mprotect\n{USAGE}")),
                }
            }
            number => {
                threads = number
                    .parse()
                    .map_err(|_| format!("'{number}' is not a number of threads\n{USAGE}"))?;
            }
        }
    }
    Ok((threads, guard))
}

fn run(threads: usize, guard: GuardKind) -> Result<(), String> {
    let stacks = StackPool::builder().guard(guard).build();
    let carrier =
        Carrier::builder().stacks(stacks).stack_size(MIN_STACK_BYTES).name("parked").build();
    let carrier = carrier.map_err(|error| error.to_string())?;
    carrier.run(move || park_and_join(threads)).map_err(|error| error.to_string())?
}

fn park_and_join(threads: usize) -> Result<(), String> {
    let before = rss_bytes()?;
    let start = time::now();
    let mut parked: Vec<JoinHandle<Result<(), Interrupted>>> = Vec::with_capacity(threads);
    let mut refused = None;
    while parked.len() < threads {
        match Builder::new().spawn(park) {
            Ok(handle) => parked.push(handle),
            Err(error) => {
                refused = Some(format!("green thread {} could not start: {error}", parked.len()));
                break;
            }
        }
    }
    // Everybody runs up to the park.
    greenctx::yield_now();
    let parking = time::since(start);
    let each = rss_bytes()?.saturating_sub(before) / parked.len().max(1);
    println!("parked        {:>12} green threads in {parking:.2?}", parked.len());
    println!("RSS a thread  {each:>12} bytes");
    println!("page tables   {:>12} KiB", status_kib("VmPTE")?);

    let start = time::now();
    for handle in &parked {
        handle.thread().unpark();
    }
    for handle in parked {
        let woken = handle.join().map_err(|error| error.to_string())?;
        woken.map_err(|interrupted| interrupted.to_string())?;
    }
    let joining = time::since(start);
    println!("woken, joined in {joining:.2?}");
    refused.map_or(Ok(()), Err)
}

fn rss_bytes() -> Result<usize, String> {
    Ok((status_kib("VmRSS")? + status_kib("VmPTE")?) * 1024)
}

fn status_kib(field: &str) -> Result<usize, String> {
    let status = fs::read_to_string("/proc/self/status").map_err(|error| error.to_string())?;
    let line = status.lines().find(|line| line.starts_with(field));
    line.and_then(|line| line.split_whitespace().nth(1)?.parse().ok())
        .ok_or_else(|| format!("/proc/self/status has no field {field}"))
}
