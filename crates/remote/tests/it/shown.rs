//! Queues on the live page of a program.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};

use inspect::page::{Page, TablePage};
use remote::engine::InProcess;
use remote::{Remote, Worker};

use crate::support::{divide, pool, registry, serve};

fn get(address: SocketAddr, path: &str) -> String {
    let mut stream = TcpStream::connect(address).unwrap();
    write!(stream, "GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer.split_once("\r\n\r\n").unwrap().1.to_owned()
}

fn value(table: &TablePage, name: &str) -> Option<u64> {
    table.rows.iter().find(|row| row.name == name).map(|row| row.value)
}

#[test]
fn the_page_of_a_program_shows_both_sides_of_its_queues() {
    let pool = pool(2);
    let queue = Remote::new(InProcess::new()).queue("numbers");
    let job = queue.job().id("one").submit(divide, (1, 1)).unwrap();
    let again = queue.job().id("one").submit(divide, (1, 1)).unwrap();
    let fails = queue.submit(divide, (1, 0)).unwrap();
    let page = inspect::serve("127.0.0.1:0", [pool.handle()]).unwrap();
    let shown = queue.clone();
    page.table("queue numbers", move || shown.figures());
    let figures = |names: &[&str], of: &str| {
        let document: Page = serde_json::from_str(&get(page.address(), "/json/page")).unwrap();
        let table = document.tables.into_iter().find(|table| table.name == of).unwrap();
        names.iter().map(|name| value(&table, name)).collect::<Option<Vec<_>>>()
    };
    let names = ["reachable", "waiting", "leased", "dead", "submitted", "duplicates"];
    // On a busy machine it may come later than the page waits for it.
    let before = std::iter::repeat_with(|| figures(&names, "queue numbers")).find_map(|it| it);
    assert_eq!(before.unwrap(), [1, 2, 0, 0, 2, 1]);
    let serving = serve(Worker::new(&pool, &queue), &registry());
    let worker = serving.handle.clone();
    page.table("worker numbers", move || worker.statistics().figures());
    assert_eq!((job.result(), again.result()), (Ok(1), Ok(1)));
    fails.result().unwrap_err();
    // The worker counts after the result has gone out.
    let worked = ["pulled", "succeeded", "buried", "retried", "fenced", "lost"];
    while figures(&worked, "worker numbers") != Some(vec![2, 1, 1, 0, 0, 0]) {}
    while figures(&names[..4], "queue numbers") != Some(vec![1, 0, 0, 1]) {}
    let metrics = get(page.address(), "/metrics");
    for line in [
        "greenpool_table{table=\"queue numbers\",row=\"dead\"} 1\n",
        "greenpool_table{table=\"worker numbers\",row=\"pulled\"} 2\n",
    ] {
        assert!(metrics.contains(line), "{metrics}");
    }
}
