//! A queue on the live page of its program: what waits, what runs, what failed, by submitters and by the worker.
//!
//! ```text
//! cargo run -p remote --example shown            # ends when the jobs have
//! cargo run -p remote --example shown -- 60      # stays for so many seconds, to be looked at in a browser
//! ```

use std::env;
use std::time::Duration;

use greenstd::thread;
use remote::engine::InProcess;
use remote::executor::{GreenThreadPoolExecutor, sleep};
use remote::{Registry, Remote, Worker, function};

function!(
    /// Resizes an image, which takes a moment. Every tenth is broken.
    resize(image: u32) -> Result<String, String>
);

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let pool = GreenThreadPoolExecutor::builder().max_workers(8).name("images").build()?;
    let queue = Remote::new(InProcess::new()).queue("images");
    let worker = Worker::new(&pool, &queue);
    let handle = worker.handle();

    // The page has a table for each side. Both are asked for when somebody looks.
    let page = inspect::serve("127.0.0.1:0", [pool.handle()])?;
    println!("see http://{}/", page.address());
    let (submitted, worked) = (queue.clone(), handle.clone());
    page.table("queue images", move || submitted.figures());
    page.table("worker images", move || worked.statistics().figures());

    let mut registry = Registry::new();
    registry.register(resize, |image: u32| {
        sleep(Duration::from_millis(20)).map_err(|error| error.to_string())?;
        if image.is_multiple_of(10) {
            Err("broken".to_owned())
        } else {
            Ok(format!("{image}.small.png"))
        }
    });
    let serving = thread::spawn(move || worker.serve(&registry));
    let jobs = (1..=50).map(|image| queue.submit(resize, (image,)));
    let jobs = jobs.collect::<Result<Vec<_>, _>>()?;
    let well = jobs.into_iter().filter_map(|job| job.result().ok()).count();
    println!("{well} images are smaller now");

    for (name, number) in queue.figures() {
        println!("{number:8} {name}");
    }
    let seconds = env::args().nth(1).map_or(Ok(0), |seconds| seconds.parse())?;
    thread::sleep(Duration::from_secs(seconds));
    handle.drain();
    let done = serving.join().map_err(|_| "the worker has panicked")??;
    println!("{} jobs were pulled, {} became dead letters", done.pulled, done.buried);
    Ok(())
}
