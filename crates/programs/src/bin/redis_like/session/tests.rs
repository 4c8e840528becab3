//! Whole conversations, without a socket.

use executor::GreenThreadPoolExecutor;

use super::*;

/// A client, and the server's side of its connection.
struct Client {
    session: Session,
    input: Input,
}

impl Client {
    fn new() -> Self {
        let pool = GreenThreadPoolExecutor::builder().carriers(1).build().unwrap();
        Client::of(&Arc::new(Database::new(pool.handle())))
    }

    fn of(database: &Arc<Database>) -> Self {
        Client { session: Session::new(database.clone()), input: Input::default() }
    }

    /// Lets `bytes` come in, and plays the connection until more have to.
    fn say(&mut self, bytes: impl AsRef<[u8]>) -> (String, Step) {
        let mut bytes = bytes.as_ref();
        let mut output = Vec::new();
        loop {
            let mut sent = Vec::new();
            let last = self.session.answer(&mut self.input, &mut sent, false);
            output.append(&mut sent);
            let wants_more = matches!(last, Step::Idle | Step::Partial);
            if last == Step::Close || (wants_more && bytes.is_empty()) {
                return (String::from_utf8(output).unwrap(), last);
            }
            if wants_more {
                self.input.fill(&mut bytes).unwrap();
            }
        }
    }

    /// The answer to one command, in a line of words.
    fn call(&mut self, words: &str) -> String {
        self.say(format!("{words}\r\n")).0
    }

    /// That each of these commands is answered so.
    fn check(&mut self, calls: &[(&str, &str)]) {
        for (words, answer) in calls {
            assert_eq!(self.call(words), *answer, "{words}");
        }
    }
}

#[test]
fn values_can_be_set_read_and_removed() {
    Client::new().check(&[
        ("GET key", "$-1\r\n"),
        ("SET key value", "+OK\r\n"),
        ("get key", "$5\r\nvalue\r\n"),
        ("STRLEN key", ":5\r\n"),
        ("APPEND key s", ":6\r\n"),
        ("APPEND fresh one", ":3\r\n"),
        ("TYPE key", "+string\r\n"),
        ("EXISTS key key missing", ":2\r\n"),
        ("DBSIZE", ":2\r\n"),
        ("DEL key key missing", ":1\r\n"),
        ("TYPE key", "+none\r\n"),
        ("FLUSHALL", "+OK\r\n"),
        ("DBSIZE", ":0\r\n"),
    ]);
}

#[test]
fn setting_may_depend_on_what_is_there() {
    Client::new().check(&[
        ("SET key 1 XX", "$-1\r\n"),
        ("SET key 1 NX", "+OK\r\n"),
        ("SET key 2 NX", "$-1\r\n"),
        ("SET key 2 XX GET", "$1\r\n1\r\n"),
        ("SET key 3 NX GET", "$1\r\n2\r\n"),
        ("GET key", "$1\r\n2\r\n"),
        ("SET key 3 NX XX", "-ERR syntax error\r\n"),
        ("SET key 3 EX", "-ERR syntax error\r\n"),
        ("SET key 3 EX 1 KEEPTTL", "-ERR syntax error\r\n"),
        ("SET key 3 EX 0", "-ERR invalid expire time in 'set'\r\n"),
        ("SET key 3 PX x", "-ERR not an integer, or out of range\r\n"),
        ("GET key", "$1\r\n2\r\n"),
    ]);
}

#[test]
fn keys_expire() {
    let mut client = Client::new();
    client.check(&[
        ("TTL key", ":-2\r\n"),
        ("EXPIRE key 10", ":0\r\n"),
        ("SET key 1 EX 100", "+OK\r\n"),
        ("TTL key", ":100\r\n"),
        ("INCR key", ":2\r\n"),
        ("TTL key", ":100\r\n"),
        ("SET key 3 KEEPTTL", "+OK\r\n"),
        ("TTL key", ":100\r\n"),
        ("PERSIST key", ":1\r\n"),
        ("PERSIST key", ":0\r\n"),
        ("TTL key", ":-1\r\n"),
        ("PEXPIRE key 50000", ":1\r\n"),
        ("TTL key", ":50\r\n"),
        ("EXPIRE key 9223372036854775807", "-ERR invalid expire time in 'expire'\r\n"),
        ("EXPIRE key -1", ":1\r\n"),
        ("GET key", "$-1\r\n"),
        ("SET key 1 PX 1", "+OK\r\n"),
    ]);
    // It is gone at some time, and then stays so.
    while client.call("EXISTS key") != ":0\r\n" {}
    client.check(&[("GET key", "$-1\r\n"), ("PTTL key", ":-2\r\n"), ("DBSIZE", ":0\r\n")]);
}

#[test]
fn numbers_are_counted_up_and_down() {
    Client::new().check(&[
        ("INCR n", ":1\r\n"),
        ("INCRBY n 41", ":42\r\n"),
        ("DECR n", ":41\r\n"),
        ("DECRBY n 50", ":-9\r\n"),
        ("GET n", "$2\r\n-9\r\n"),
        ("SET n 9223372036854775807", "+OK\r\n"),
        ("INCR n", "-ERR the result would be out of range\r\n"),
        ("DECRBY n -9223372036854775808", "-ERR the result would be out of range\r\n"),
        ("SET n one", "+OK\r\n"),
        ("INCR n", "-ERR not an integer, or out of range\r\n"),
    ]);
}

#[test]
fn several_keys_are_set_and_read_at_once() {
    Client::new().check(&[
        ("MSET a 1 b 2 a 3", "+OK\r\n"),
        ("MGET a missing b", "*3\r\n$1\r\n3\r\n$-1\r\n$1\r\n2\r\n"),
        ("MSET a 1 b", "-ERR wrong number of arguments for 'mset'\r\n"),
        ("KEYS [^b]", "*1\r\n$1\r\na\r\n"),
    ]);
}

#[test]
fn a_scan_tells_every_key_once() {
    let mut client = Client::new();
    for number in 0..500 {
        client.call(&format!("SET key:{number} 1"));
    }
    let mut found = Vec::new();
    let mut cursor = "0".to_owned();
    loop {
        let answer = client.call(&format!("SCAN {cursor} MATCH key:?? COUNT 10"));
        let mut texts = answer.lines().filter(|line| !line.starts_with(['*', '$']));
        cursor = texts.next().unwrap().to_owned();
        found.extend(texts.map(str::to_owned));
        if cursor == "0" {
            break;
        }
    }
    found.sort();
    let expected: Vec<String> = (10..100).map(|number| format!("key:{number}")).collect();
    assert_eq!(found, expected);
    client.check(&[
        ("SCAN 99", "-ERR invalid cursor\r\n"),
        ("SCAN 0 MATCH", "-ERR syntax error\r\n"),
    ]);
}

#[test]
fn clients_are_told_what_they_ask_when_they_start() {
    let mut client = Client::new();
    client.check(&[
        ("PING", "+PONG\r\n"),
        ("PING hello", "$5\r\nhello\r\n"),
        ("ECHO hello", "$5\r\nhello\r\n"),
        ("SELECT 0", "+OK\r\n"),
        ("SELECT 1", "-ERR there is no database but 0\r\n"),
        ("CONFIG GET save", "*2\r\n$4\r\nsave\r\n$0\r\n\r\n"),
        ("CONFIG GET a*y", "*2\r\n$10\r\nappendonly\r\n$2\r\nno\r\n"),
        ("CLIENT SETNAME me", "+OK\r\n"),
        ("HELLO 3", "-NOPROTO only version 2 of the protocol is spoken\r\n"),
        ("COMMAND DOCS", "*0\r\n"),
    ]);
    assert!(client.call("HELLO 2").starts_with("*8\r\n$6\r\nserver\r\n"));
    assert!(client.call("COMMAND").starts_with("*32\r\n*6\r\n$3\r\nget\r\n:2\r\n"));
    assert!(client.call("INFO").contains("\r\nredis_version:7.0.0\r\n"));
}

#[test]
fn errors_leave_the_connection_usable() {
    let mut client = Client::new();
    client.check(&[
        ("NONSENSE 1 2", "-ERR unknown command 'NONSENSE'\r\n"),
        ("GET", "-ERR wrong number of arguments for 'get'\r\n"),
        ("GET a b", "-ERR wrong number of arguments for 'get'\r\n"),
        ("CONFIG SET save 1", "-ERR unknown subcommand 'SET'\r\n"),
        ("PING", "+PONG\r\n"),
    ]);
    let (answer, _) = client.say("*1\r\n$6\r\na\r\n+OK\r\n");
    assert_eq!(answer, "-ERR unknown command 'a\\r\\n+OK'\r\n");
}

#[test]
fn pipelined_requests_are_answered_in_one_output() {
    let mut client = Client::new();
    let requests = "*2\r\n$4\r\nINCR\r\n$1\r\nn\r\n".repeat(16);
    client.input.fill(&mut requests.as_bytes()).unwrap();
    let mut output = Vec::new();
    assert_eq!(client.session.answer(&mut client.input, &mut output, false), Step::Idle);
    let expected: String = (1..=16).map(|number| format!(":{number}\r\n")).collect();
    assert_eq!(String::from_utf8(output).unwrap(), expected);
}

#[test]
fn a_long_value_comes_whole() {
    let mut client = Client::new();
    let value = "0123456789".repeat(100_000);
    let request = format!("*3\r\n$3\r\nSET\r\n$1\r\nk\r\n${}\r\n{value}\r\n", value.len());
    assert_eq!(client.say(&request[..request.len() - 1]), (String::new(), Step::Partial));
    assert_eq!(client.say("\n").0, "+OK\r\n");
    assert_eq!(client.call("GET k"), format!("${}\r\n{value}\r\n", value.len()));
}

#[test]
fn what_breaks_the_protocol_ends_the_connection() {
    let (answer, step) = Client::new().say("PING\r\n*1\r\nPING\r\n");
    assert_eq!(answer, "+PONG\r\n-ERR protocol error: expected '$' before an argument\r\n");
    assert_eq!(step, Step::Close);
    assert_eq!(Client::new().say("QUIT\r\nPING\r\n"), ("+OK\r\n".into(), Step::Close));
}

#[test]
fn clients_share_the_keys() {
    let pool = GreenThreadPoolExecutor::builder().carriers(2).build().unwrap();
    let database = Arc::new(Database::new(pool.handle()));
    let count = |database: &Arc<Database>| {
        let mut client = Client::of(database);
        (0..500).for_each(|_| assert!(client.call("INCR n").starts_with(':')));
    };
    let jobs: Vec<_> = (0..8)
        .map(|_| {
            let database = database.clone();
            pool.submit(move || count(&database)).unwrap()
        })
        .collect();
    jobs.into_iter().for_each(|job| job.result().unwrap());
    assert_eq!(Client::of(&database).call("GET n"), "$4\r\n4000\r\n");
}

#[test]
fn an_answer_is_bounded_however_often_a_value_is_asked_for() {
    let mut client = Client::new();
    let value = "x".repeat(1024 * 1024);
    client.say(format!("*3\r\n$3\r\nSET\r\n$1\r\nk\r\n${}\r\n{value}\r\n", value.len()));

    let (answer, step) = client.say(format!("MGET{}\r\n", " k".repeat(64)));
    assert_eq!((answer.len() > 64 * value.len(), step), (true, Step::Idle));
    let (answer, step) = client.say(format!("MGET{}\r\n", " k".repeat(10_000)));
    assert!(answer.starts_with("-ERR the answer would be longer"), "{}", &answer[..40]);
    assert_eq!(step, Step::Idle);
    client.check(&[("STRLEN k", ":1048576\r\n")]);
}
