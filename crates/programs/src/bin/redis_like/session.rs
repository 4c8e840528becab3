//! One client's requests and answers: bytes in, bytes out, no socket in sight.

use greenstd::sync::Arc;

use crate::call::{Answer, Call};
use crate::commands;
use crate::database::Database;
use crate::request::{Parsed, RequestParser};
use programs::server::{Input, Protocol, Step};

/// With so much to send, the next request has to wait.
const MAX_OUTPUT_BYTES: usize = 64 * 1024;

/// Where a conversation has come to.
#[derive(Debug)]
pub(crate) struct Session {
    database: Arc<Database>,
    parser: RequestParser,
}

impl Session {
    /// Nothing said yet.
    pub(crate) fn new(database: Arc<Database>) -> Self {
        Session { database, parser: RequestParser::default() }
    }

    /// Carries out the request that the parser has found, and returns whether it was the last.
    fn carry_out(&self, input: &[u8], output: &mut Vec<u8>) -> bool {
        let arguments = self.parser.arguments(input);
        if arguments.len() == 0 {
            return false;
        }
        let answer = Answer::new(output);
        let mut call = Call { database: &self.database, arguments, answer, closes: false };
        if let Err(failure) = commands::run(&mut call).and_then(|()| call.answer.finish()) {
            // Of an answer that was begun nothing is left.
            call.answer.fail(&failure);
        }
        call.closes
    }
}

impl Protocol for Session {
    fn answer(&mut self, input: &mut Input, output: &mut Vec<u8>, stopping: bool) -> Step {
        while output.len() < MAX_OUTPUT_BYTES {
            match self.parser.parse(input.bytes()) {
                Parsed::Complete(length) => {
                    let was_last = self.carry_out(input.bytes(), output);
                    input.consume(length);
                    if was_last {
                        return Step::Close;
                    }
                }
                Parsed::Partial if !input.bytes().is_empty() => return Step::Partial,
                Parsed::Partial => return if stopping { Step::Close } else { Step::Idle },
                Parsed::Bad(reason) => {
                    Answer::new(output).error(&format!("ERR protocol error: {reason}"));
                    return Step::Close;
                }
            }
        }
        Step::Flush
    }

    fn answer_too_slow(&mut self, output: &mut Vec<u8>) {
        Answer::new(output).error("ERR the request took too long to arrive");
    }
}

#[cfg(test)]
mod tests;
