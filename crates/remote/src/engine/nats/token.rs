//! What a lease says to the engine: where its message is acknowledged, and what was known when it was given out.

use crate::engine::Lease;

use super::record::Turn;

/// The engine's own part of a lease.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Token {
    pub(super) turn: Turn,
    /// The number of the record that the delivery has written; 0 for none.
    pub(super) revision: u64,
    pub(super) durable: bool,
    /// Where somebody waits for the result.
    pub(super) reply: Option<String>,
    /// The subject for acknowledgements.
    pub(super) ack: String,
}

/// What the server says of a delivery, in the subject for acknowledgements.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Stamp {
    pub(super) turn: Turn,
    /// When the message was stored, in milliseconds of Unix.
    pub(super) stored_ms: u64,
}

impl Token {
    /// As the text that a lease carries.
    pub(super) fn write(&self) -> String {
        let durable = if self.durable { 'd' } else { '-' };
        let reply = self.reply.as_deref().unwrap_or("-");
        let Turn { message, count, .. } = self.turn;
        format!("{message} {count} {} {durable} {reply} {}", self.revision, self.ack)
    }

    /// What [`write`](Self::write) has written; `None` for a lease of another engine.
    pub(super) fn read(lease: &Lease) -> Option<Self> {
        let mut words = lease.token().split(' ');
        let mut number = || words.next()?.parse().ok();
        let (message, count, revision) = (number()?, number()?, number()?);
        let durable = words.next()? == "d";
        let reply = Some(words.next()?).filter(|reply| *reply != "-").map(str::to_owned);
        let ack = words.next()?.to_owned();
        let turn = Turn { delivery: lease.delivery(), message, count };
        Some(Token { turn, revision, durable, reply, ack })
    }
}

impl Stamp {
    /// Reads `$JS.ACK.stream.consumer.count.message.delivery.nanoseconds.pending`; newer servers add a domain and an
    /// account before the stream, and something at the end.
    pub(super) fn read(ack: &str) -> Option<Self> {
        let tokens: Vec<&str> = ack.strip_prefix("$JS.ACK.")?.split('.').collect();
        let tail = match tokens.len() {
            7 => &tokens[2..],
            9.. => &tokens[4..],
            _ => return None,
        };
        let number = |at: usize| tail.get(at)?.parse::<u64>().ok();
        let turn = Turn { count: number(0)?, message: number(1)?, delivery: number(2)? };
        Some(Stamp { turn, stored_ms: number(3)? / 1_000_000 })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::JobId;

    #[test]
    fn stamps_of_old_and_new_servers_are_read() {
        let turn = Turn { count: 2, message: 17, delivery: 40 };
        let expected = Some(Stamp { turn, stored_ms: 1_795_773_616_332 });
        let old = "$JS.ACK.GREENPOOL_q_JOBS.workers.2.17.40.1795773616332301888.0";
        let new = "$JS.ACK._.ACC.GREENPOOL_q_JOBS.workers.2.17.40.1795773616332301888.0.x1";
        assert_eq!(Stamp::read(old), expected);
        assert_eq!(Stamp::read(new), expected);
        assert_eq!(Stamp::read("_INBOX.a.b"), None);
    }

    #[test]
    fn tokens_come_back_from_their_leases() {
        let token = Token {
            turn: Turn { count: 2, message: 17, delivery: 40 },
            revision: 5,
            durable: true,
            reply: Some("_INBOX.a".to_owned()),
            ack: "$JS.ACK.a.b.2.17.40.1.0".to_owned(),
        };
        for token in [token.clone(), Token { durable: false, reply: None, ..token }] {
            let lease = Lease::new(JobId::from("a"), 40, token.write());
            assert_eq!(Token::read(&lease), Some(token));
        }
    }
}
