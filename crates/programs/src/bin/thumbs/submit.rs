//! The submitter: it walks, submits, and prints what comes back, in the order of the walk.

use std::collections::{HashSet, VecDeque};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use executor::GreenThreadPoolExecutor;
use indicatif::ProgressBar;
use programs::inspecting::Shown;
use programs::progress;
use remote::{Queue, Remote, RemoteFuture};
use walkdir::WalkDir;

use crate::arguments::Submit;
use crate::image_job::{self, Order, Thumbnail, is_image, thumbnail};
use crate::server::Server;
use crate::work::{Crew, cpus, pool, queue};
use crate::{Result, say};

const TEMPLATE: &str = "{elapsed:>4} {wide_bar} {human_pos}/{human_len} images";

/// How many images may be found and not yet printed.
const AHEAD: usize = 10_000;

/// What works, and where the jobs go. It ends from the top down.
struct Site {
    _shown: Option<Shown>,
    queue: Queue,
    _crew: Option<Crew>,
    _server: Option<Server>,
    _pool: Option<GreenThreadPoolExecutor>,
}

/// Makes all thumbnails that the arguments ask for.
pub(crate) fn run(arguments: &Submit) -> Result<ExitCode> {
    let directory = arguments.directory.canonicalize();
    let directory =
        directory.map_err(|error| format!("{}: {error}", arguments.directory.display()))?;
    if let Some(to) = &arguments.to {
        std::fs::create_dir_all(to)?;
    }
    let to = arguments.to.as_deref().map(Path::canonicalize).transpose()?;
    let site = Site::open(arguments)?;
    let bar = progress::bar(TEMPLATE);
    let mut made =
        Made { bar, waiting: VecDeque::new(), images: 0, failed: 0, processes: HashSet::new() };
    for entry in WalkDir::new(&directory).sort_by_file_name() {
        let path = entry?.into_path();
        if path.is_file() && is_image(&path) {
            made.submit(&site.queue, Order { image: path, side: arguments.side, to: to.clone() })?;
        }
        while made.waiting.len() > AHEAD {
            made.print_next()?;
        }
    }
    while !made.waiting.is_empty() {
        made.print_next()?;
    }
    made.bar.finish_and_clear();
    let processes = made.processes.len();
    say(format_args!("{} images, {} failed, by {processes} processes", made.images, made.failed));
    Ok(if made.failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

impl Site {
    fn open(arguments: &Submit) -> Result<Self> {
        if arguments.nats.is_none() && arguments.workers == 0 {
            let pool = pool(cpus())?;
            let remote = Remote::in_process(&pool, &image_job::registry());
            let queue = remote.queue(image_job::QUEUE);
            let shown = arguments.inspecting.start("thumbs", &pool.handle())?;
            if let Some(shown) = &shown {
                let submitted = queue.clone();
                shown.page().table("queue", move || submitted.figures());
            }
            return Ok(Site {
                _shown: shown,
                queue,
                _crew: None,
                _server: None,
                _pool: Some(pool),
            });
        }
        if arguments.inspecting.is_wanted() {
            return Err(
                "no job runs in this process; inspect a worker: thumbs work --inspect".into()
            );
        }
        let server = if arguments.nats.is_none() { Some(Server::start()?) } else { None };
        let url = arguments.nats.as_deref().or(server.as_ref().map(Server::url));
        let url = url.expect("one of them is there");
        let queue = queue(url)?;
        let crew = Crew::start(arguments.workers, url)?;
        Ok(Site { _shown: None, queue, _crew: Some(crew), _server: server, _pool: None })
    }
}

/// What was submitted, and what has come back.
struct Made {
    bar: ProgressBar,
    waiting: VecDeque<(PathBuf, RemoteFuture<Thumbnail, String>)>,
    images: u64,
    failed: u64,
    processes: HashSet<u32>,
}

impl Made {
    fn submit(&mut self, queue: &Queue, order: Order) -> Result<()> {
        let path = order.image.clone();
        let job = queue.job().wait().submit(thumbnail, (order,));
        self.waiting.push_back((path, job.map_err(|error| error.reason().to_string())?));
        self.bar.inc_length(1);
        Ok(())
    }

    fn print_next(&mut self) -> Result<()> {
        let Some((path, job)) = self.waiting.pop_front() else { return Ok(()) };
        let result = job.result();
        self.bar.inc(1);
        self.images += 1;
        match result {
            Ok(Thumbnail { sha256, width, height, process }) => {
                self.processes.insert(process);
                self.bar.suspend(|| {
                    writeln!(io::stdout(), "{sha256} {width}x{height} {}", path.display())
                })?;
            }
            Err(error) => {
                self.failed += 1;
                self.bar.suspend(|| say(format_args!("thumbs: {}: {error}", path.display())));
            }
        }
        Ok(())
    }
}
