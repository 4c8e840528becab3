//! A live page about executors, and the same as JSON, by HTTP.
//!
//! ```text
//!  OS thread "inspect"      one OS thread a client, at most 16
//!  accepts             ───► request ─► host ─► routes ─► response
//!                                              │ page: counters, and a survey of the carriers
//!                                              │ trace: waits, then takes a snapshot
//!                                              │ tables: what the program adds, asked by threads of their own
//!                                              │ assets: the page itself
//! ```
//!
//! None of these threads belongs to an executor. So the page answers when all carriers hang, which is when it is needed
//! most. A carrier that does not answer is waited for during a quarter of a second.
//!
//! # What it refuses
//!
//! Nothing that is asked for changes anything, but for a trace, which records for a while. Besides:
//!
//! * It listens on loopback only, unless it is told otherwise. A name in the `Host` field must be `localhost` or one that
//!   was given; an IP address is fine. So a page of another site, whose name its owner suddenly lets point here, reads
//!   nothing (*DNS rebinding*).
//! * Requests that a browser makes for other sites get the page at most, and no data.
//! * The browser runs no script but the page's own, whatever a job is called (*content security policy*).
//! * A request has 8 KiB and 10 seconds, an answer 30 seconds, and there are 16 clients at most.
//!
//! # How it ends
//!
//! The handle's drop sets `is_stopping`, and then shuts the listening socket down. That ends the wait of the accepting
//! thread, which sees the flag and returns; the drop waits for that. Then it shuts down the clients' sockets. Their
//! threads fail at the next read or write, and nobody waits for them.
//!
//! # Why `httparse`, and no whole server
//!
//! The servers that block (`tiny_http`, `rouille`) have pools of threads, and no limit for the time that a client may take
//! or the size of its head. What remains to be done here is little: one request a connection, and no body.

mod assets;
mod clients;
mod host;
mod options;
mod refused;
mod request;
mod response;
mod routes;
mod tables;
mod timed;
mod trace;

use std::fmt;
use std::io;
use std::net::{Shutdown, SocketAddr, TcpListener, ToSocketAddrs};
use std::time::Duration;

use executor::ExecutorHandle;
use greenstd::atomic::{AtomicBool, Ordering};
use greenstd::sync::Arc;
use greenstd::thread::{self, JoinHandle};
use socket2::SockRef;

pub use self::options::ServeOptions;

use crate::page::TableRow;

use self::clients::Clients;
use self::routes::Routes;

/// How long the accepting thread rests when there is no descriptor or memory for a client.
const REST: Duration = Duration::from_millis(50);

/// From now on, shows at `address` what these executors do, until the returned handle is dropped.
///
/// Open `http://ADDRESS/` in a browser. The page shows counts, times, what jobs wait for, the backlog, jobs grouped by
/// stack, and deadlocks, and follows them. A program takes `/json/page` (see [`page`](crate::page)), a monitoring system
/// `/metrics`, a person with a terminal `/text`, and `/trace?seconds=5` is a file for Perfetto.
///
/// OS threads of its own do it, so it works also when all carriers are busy or blocked. It costs nothing while nobody asks.
/// Nothing that is asked changes anything. Only this machine can connect; see [`ServeOptions`] to allow others. The
/// handles do not keep the executors running.
///
/// ```
/// use inspect::executor::GreenThreadPoolExecutor;
/// use std::io::{Read, Write};
/// use std::net::TcpStream;
///
/// let pool = GreenThreadPoolExecutor::builder().name("shop").build()?;
/// let server = inspect::serve("127.0.0.1:0", [pool.handle()])?; // port 0 takes one that is free
/// println!("see http://{}/", server.address());
///
/// let mut client = TcpStream::connect(server.address())?;
/// client.write_all(b"GET /text HTTP/1.1\r\nHost: localhost\r\n\r\n")?;
/// let mut answer = String::new();
/// client.read_to_string(&mut answer)?;
/// assert!(answer.contains("executor 'shop'"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// If nothing can listen there, or there is no thread left. [`PermissionDenied`](io::ErrorKind::PermissionDenied) if the
/// address is not one of loopback.
///
/// # Blocking
/// Neither parks the green thread nor blocks the OS thread. If `address` is a name, the OS thread is blocked while that is
/// looked up.
pub fn serve(
    address: impl ToSocketAddrs,
    executors: impl IntoIterator<Item = ExecutorHandle>,
) -> io::Result<PageServer> {
    serve_with(address, executors, &ServeOptions::new())
}

/// As [`serve`], with options.
///
/// ```
/// use inspect::ServeOptions;
/// use inspect::executor::GreenThreadPoolExecutor;
///
/// let pool = GreenThreadPoolExecutor::builder().name("shop").build()?;
/// let options = ServeOptions::new().beyond_loopback(true).host("shop.internal");
/// let server = inspect::serve_with("0.0.0.0:0", [pool.handle()], &options)?;
/// # drop(server);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// As `serve`.
///
/// # Blocking
/// As `serve`.
pub fn serve_with(
    address: impl ToSocketAddrs,
    executors: impl IntoIterator<Item = ExecutorHandle>,
    options: &ServeOptions,
) -> io::Result<PageServer> {
    let listener = listen(address, options)?;
    let address = listener.local_addr()?;
    let listener = Arc::new(listener);
    let clients = Arc::new(Clients::new(Routes::new(executors.into_iter().collect(), options)));
    let is_stopping = Arc::new(AtomicBool::new(false));
    let (theirs, answering, stopping) = (listener.clone(), clients.clone(), is_stopping.clone());
    let accepting = thread::Builder::new().name("inspect".to_owned());
    let accepting = accepting.spawn(move || accept(&theirs, &answering, &stopping))?;
    Ok(PageServer { address, listener, clients, is_stopping, accepting: Some(accepting) })
}

fn listen(address: impl ToSocketAddrs, options: &ServeOptions) -> io::Result<TcpListener> {
    let addresses: Vec<SocketAddr> = address.to_socket_addrs()?.collect();
    if let Some(beyond) = addresses.iter().find(|address| !options.allows(address.ip())) {
        let why =
            format!("{beyond} is not an address of loopback, and ServeOptions do not allow it");
        return Err(io::Error::new(io::ErrorKind::PermissionDenied, why));
    }
    TcpListener::bind(&addresses[..])
}

fn accept(listener: &TcpListener, clients: &Arc<Clients>, is_stopping: &AtomicBool) {
    loop {
        let accepted = listener.accept();
        // What is accepted from now on is not served.
        if is_stopping.load(Ordering::Acquire) {
            return;
        }
        match accepted {
            Ok((stream, _)) => Clients::serve(clients, stream),
            // The client has gone already, or there are no descriptors. The latter lasts.
            Err(_) => thread::sleep(REST),
        }
    }
}

/// A page that is served, until this is dropped.
///
/// ```
/// use inspect::PageServer;
/// use inspect::executor::GreenThreadPoolExecutor;
/// use std::net::TcpStream;
///
/// let pool = GreenThreadPoolExecutor::builder().build()?;
/// let server: PageServer = inspect::serve("127.0.0.1:0", [pool.handle()])?;
/// let address = server.address();
/// drop(server);
/// assert!(TcpStream::connect(address).is_err());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Blocking
/// The drop blocks the OS thread for some microseconds. A request that is being answered is cut off.
#[must_use = "the page is served until this is dropped"]
pub struct PageServer {
    address: SocketAddr,
    listener: Arc<TcpListener>,
    clients: Arc<Clients>,
    is_stopping: Arc<AtomicBool>,
    accepting: Option<JoinHandle<()>>,
}

impl PageServer {
    /// Where it listens.
    ///
    /// ```
    /// use inspect::executor::GreenThreadPoolExecutor;
    ///
    /// let pool = GreenThreadPoolExecutor::builder().build()?;
    /// let server = inspect::serve("127.0.0.1:0", [pool.handle()])?;
    /// assert_ne!(server.address().port(), 0);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Blocking
    /// Neither.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Adds a table of the program's own: names, and a number for each. `rows` is called for each document.
    ///
    /// It is on the page of every executor, in `/json/page` as [`TablePage`](crate::page::TablePage), and in `/metrics` as
    /// `greenpool_table`, which has the labels `table` and `row`. A row that has the name of an earlier one is left out. A
    /// table of the same name is replaced.
    ///
    /// `rows` may wait, for a server for instance. An OS thread calls it, and the page waits for a quarter of a second. If
    /// the rows have not come by then, or the call panics, the page shows those of the last time and how old they are.
    /// The next call is made when the one before has returned. So `rows` should have a time limit, but need not.
    ///
    /// ```
    /// use inspect::executor::GreenThreadPoolExecutor;
    /// use std::sync::atomic::{AtomicU64, Ordering};
    ///
    /// static HITS: AtomicU64 = AtomicU64::new(0);
    /// static MISSES: AtomicU64 = AtomicU64::new(0);
    ///
    /// let pool = GreenThreadPoolExecutor::builder().build()?;
    /// let server = inspect::serve("127.0.0.1:0", [pool.handle()])?;
    /// server.table("cache", || {
    ///     [("hits", HITS.load(Ordering::Relaxed)), ("misses", MISSES.load(Ordering::Relaxed))]
    /// });
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Blocking
    /// Neither parks the green thread nor blocks the OS thread.
    pub fn table<R, N>(&self, name: impl Into<String>, rows: impl Fn() -> R + Send + Sync + 'static)
    where
        R: IntoIterator<Item = (N, u64)>,
        N: Into<String>,
    {
        let ask = move || TableRow::all(rows());
        self.clients.routes().tables().add(name.into(), Box::new(ask));
    }
}

impl Drop for PageServer {
    fn drop(&mut self) {
        // Pairs with the load after each accept: that ends by the shutdown, or has ended before.
        self.is_stopping.store(true, Ordering::Release);
        // It cannot fail for a socket that listens.
        let _ = SockRef::from(&*self.listener).shutdown(Shutdown::Both);
        if let Some(accepting) = self.accepting.take() {
            // If it has panicked, it has said so.
            let _ = accepting.join();
        }
        self.clients.stop();
    }
}

impl fmt::Debug for PageServer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PageServer").field("address", &self.address).finish_non_exhaustive()
    }
}
