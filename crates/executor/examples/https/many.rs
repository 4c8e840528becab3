//! Many pages at once, from a server in this program.

use std::sync::Arc;
use std::time::{Duration, Instant};

use executor::io::net::TcpListener;
use executor::sync::{Receiver, Sender};
use executor::{
    ExecutorHandle, GreenFuture, GreenThreadPoolExecutor, Shutdown, TaskHandle, as_completed, deadline,
};
use url::Url;

use crate::arguments::Arguments;
use crate::certificate;
use crate::client::{Client, roots};
use crate::error::Error;
use crate::say;
use crate::server::Server;

/// The name of this machine, of which everybody has one.
const HOST: &str = "localhost";
