//! The dump when a signal comes. In child processes, because the signal is for all of a process.

use std::io::{self, BufRead, BufReader, Read};
use std::process::{self, Command, Stdio};
use std::sync::mpsc;

use inspect::executor::GreenThreadPoolExecutor;
use inspect::executor::io::signal::Signal;
use testkit::{Watchdog, child};

/// Keeps all carriers busy for ever, and signals itself. Ends when the test closes its standard input.
fn child_that_hangs() {
    let pool = GreenThreadPoolExecutor::builder().name("hung").carriers(2).build().unwrap();
    let idle = GreenThreadPoolExecutor::builder().name("idle").build().unwrap();
    inspect::on_signal(Signal::USER_1, [pool.handle(), idle.handle()]).unwrap();
    let (begun, begins) = mpsc::channel();
    for number in 0..2 {
        let begun = begun.clone();
        let hog = pool.job().name(format!("hog-{number}")).submit(move || {
            begun.send(()).unwrap();
            // Blocks its carrier, and not only itself, for as long as the sender lives.
            let (_sender, never) = mpsc::channel::<()>();
            never.recv().unwrap();
        });
        hog.map(drop).unwrap();
        begins.recv().unwrap();
    }
    Command::new("sh").args(["-c", "kill -USR1 $PPID"]).status().unwrap();
    io::stdin().read_to_end(&mut Vec::new()).unwrap();
    process::exit(0);
}

#[test]
fn a_signal_dumps_what_hangs_when_all_carriers_do() {
    if child::case().is_some() {
        return child_that_hangs();
    }
    let _watchdog = Watchdog::start(|| "the dump of a child".to_owned());
    let test = "on_signal::a_signal_dumps_what_hangs_when_all_carriers_do";
    let mut child = child::command(test, "hangs")
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut dump = String::new();
    for line in BufReader::new(child.stderr.take().unwrap()).lines() {
        let line = line.unwrap();
        dump.push_str(&line);
        dump.push('\n');
        if line == "--- end of the inspection" {
            break;
        }
    }
    drop(child.stdin.take());
    assert!(child.wait().unwrap().success(), "{dump}");
    assert!(dump.contains("--- inspection after SIGUSR1\nexecutor 'hung': "), "{dump}");
    assert!(dump.contains("hung-0") && dump.contains("hung-1"), "{dump}");
    for carrier in ["hung-0", "hung-1"] {
        // Not of the idle executor: on a busy machine, its carriers may come too late with their answers.
        let busy = format!("\ncarrier '{carrier}' does not answer: job-");
        assert!(dump.contains(&busy), "{dump}");
    }
    assert!(dump.contains("\nexecutor 'idle': "), "{dump}");
}
