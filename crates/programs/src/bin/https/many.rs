//! Many pages at once, from a server in this program.

use std::time::Duration;

use executor::io::net::TcpListener;
use executor::{GreenFuture, GreenThreadPoolExecutor, TaskError, TaskHandle};
use greenstd::time;
use url::Url;

use crate::arguments::Arguments;
use crate::certificate;
use crate::error::Error;
use crate::fetch::{Failure, Fetcher};
use crate::server::Server;
use programs::http_client::roots;

/// The name of this machine, of which everybody has one.
const HOST: &str = "localhost";

/// A server and the pages that are being fetched from it.
pub(crate) struct Many {
    server: TaskHandle,
    pages: Vec<GreenFuture<(), Failure>>,
    begin: time::Instant,
}

impl Many {
    /// Starts the server, and a job for each page.
    pub(crate) fn start(
        executor: &GreenThreadPoolExecutor,
        arguments: &Arguments,
    ) -> Result<Self, Error> {
        let identity = certificate::make(HOST)?;
        let server = Server { tls: identity.server, delay: Duration::from_millis(arguments.delay) };
        let listener = TcpListener::bind("127.0.0.1:0").map_err(Error::Listen)?;
        let port = listener.local_addr().map_err(Error::Listen)?.port();
        let handle = executor.handle();
        let accepting = executor.submit(move || server.accept(&listener, &handle));
        let server = accepting.expect("a new executor takes a job").handle();

        let begin = time::now();
        let fetcher = Fetcher::new(roots::trust(identity.roots), arguments.timeout);
        let fetch = |page: u32| {
            let url = Url::parse(&format!("https://{HOST}:{port}/page/{page}"))
                .expect("a host, a port and a path are a URL");
            let fetcher = fetcher.clone();
            let page = executor.try_submit(move || {
                let body = fetcher.fetch(&url)?;
                // What is served is the path.
                let is_right = body == url.path().as_bytes();
                if is_right { Ok(()) } else { Err(format!("{url}: another page came").into()) }
            });
            page.expect("the executor has a worker for each page")
        };
        let pages = (0..arguments.pages).map(fetch).collect();
        Ok(Many { server, pages, begin })
    }

    /// The jobs, to be cancelled.
    pub(crate) fn jobs(&self) -> Vec<TaskHandle> {
        self.pages.iter().map(GreenFuture::handle).collect()
    }

    /// Waits for the pages, and says how long that took.
    pub(crate) fn finish(self, delay: u64) -> Result<(), Error> {
        let count = self.pages.len();
        let pages: Vec<Result<(), TaskError<Failure>>> =
            self.pages.into_iter().map(GreenFuture::result).collect();
        let all = (time::now() - self.begin).as_secs_f64();
        self.server.cancel();
        let failures: Vec<_> = pages.iter().filter_map(|page| page.as_ref().err()).collect();
        if let Some(first) = failures.first() {
            return Err(Error::Pages(failures.len(), first.to_string()));
        }
        let one_by_one = Duration::from_millis(delay).as_secs_f64() * count as f64;
        println!("{count} pages over https, each {delay} ms in the making, within {all:.2} s");
        println!("one after the other, the making alone would take {one_by_one:.2} s");
        Ok(())
    }
}
