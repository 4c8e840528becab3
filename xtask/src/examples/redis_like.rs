//! `redis_like`: what it answers over a plain socket; `redis-cli` is not needed.

use crate::error::Result;
use crate::examples::server_ends::{self, Kind};
use crate::examples::serving::{Serving, demand};

const KIND: Kind = Kind {
    name: "redis_like",
    request: "*2\r\n$4\r\nECHO\r\n$5\r\nhello\r\n",
    answer_ends: "$5\r\nhello\r\n",
};

/// What is sent, and the whole answer.
const CONVERSATION: &[(&str, &str)] = &[
    ("*1\r\n$4\r\nPING\r\n", "+PONG\r\n"),
    ("*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$4\r\n\r\n\0\n\r\n", "+OK\r\n"),
    ("*2\r\n$3\r\nGET\r\n$1\r\nk\r\n", "$4\r\n\r\n\0\n\r\n"),
    ("SET k 1 EX 100 NX\r\n", "$-1\r\n"),
    ("SET k 1 EX 100 GET\r\n", "$4\r\n\r\n\0\n\r\n"),
    ("TTL k\r\nINCR k\r\nINCRBY k -5\r\n", ":100\r\n:2\r\n:-3\r\n"),
    ("MSET a 1 b 2\r\nMGET a b c\r\n", "+OK\r\n*3\r\n$1\r\n1\r\n$1\r\n2\r\n$-1\r\n"),
    ("EXISTS a b c\r\nDEL a c\r\nDBSIZE\r\n", ":2\r\n:1\r\n:2\r\n"),
    (
        "NONSENSE\r\nGET\r\n",
        "-ERR unknown command 'NONSENSE'\r\n-ERR wrong number of arguments for 'get'\r\n",
    ),
    ("CONFIG GET appendonly\r\n", "*2\r\n$10\r\nappendonly\r\n$2\r\nno\r\n"),
    ("HELLO 3\r\n", "-NOPROTO only version 2 of the protocol is spoken\r\n"),
    ("FLUSHALL\r\nKEYS *\r\n", "+OK\r\n*0\r\n"),
    ("*1\r\nPING\r\nPING\r\n", "-ERR protocol error: expected '$' before an argument\r\n"),
    ("QUIT\r\nPING\r\n", "+OK\r\n"),
];

pub(super) fn check() -> Result<()> {
    let serving = Serving::start("redis_like", &["--carriers", "2"])?;
    for (request, answer) in CONVERSATION {
        let came = serving.ask(request)?;
        demand(came == *answer, &request.escape_debug().to_string(), &came)?;
    }
    println!("redis_like answers as its clients expect");
    shared(&serving)?;
    println!("redis_like shares what is set between connections, and forgets what has expired");
    large(&serving)?;
    println!("redis_like keeps large values, and refuses larger ones");
    drop(serving);
    overload()?;
    println!("redis_like refuses connections that are too many");
    server_ends::check(&KIND)
}

fn shared(serving: &Serving) -> Result<()> {
    let mut clients = (0..50).map(|_| serving.connect()).collect::<Result<Vec<_>>>()?;
    for client in &mut clients {
        client.send("INCR n\r\n".repeat(100))?;
    }
    for client in &mut clients {
        client.send("QUIT\r\n")?;
        let counts = client.rest()?;
        demand(counts.lines().count() == 101, "counting", &counts)?;
    }
    let count = serving.ask("GET n\r\nPEXPIRE n 1\r\n")?;
    demand(count == "$4\r\n5000\r\n:1\r\n", "what was counted", &count)?;
    while serving.ask("EXISTS n\r\n")? != ":0\r\n" {}
    Ok(())
}

fn large(serving: &Serving) -> Result<()> {
    let value = "0123456789".repeat(200_000);
    let length = value.len();
    let set = format!("*3\r\n$3\r\nSET\r\n$5\r\nlarge\r\n${length}\r\n{value}\r\n");
    let answer = serving.ask(format!("{set}GET large\r\nSTRLEN large\r\n"))?;
    let expected = format!("+OK\r\n${length}\r\n{value}\r\n:{length}\r\n");
    demand(answer == expected, "a large value", &answer)?;
    let answer = serving.ask("*2\r\n$3\r\nGET\r\n$99999999999\r\n")?;
    demand(answer == "-ERR protocol error: an argument is too long\r\n", "too large", &answer)
}

fn overload() -> Result<()> {
    let serving = Serving::start("redis_like", &["--max-connections", "1"])?;
    let mut served = serving.connect()?;
    served.send(KIND.request)?;
    served.until(KIND.answer_ends)?;
    let refused = serving.ask("")?;
    demand(refused.starts_with("-ERR max number of clients"), "one too many", &refused)
}
