//! The header fields that say where a message ends, and what becomes of the connection.

use httparse::Header;

use crate::status::Status;

/// What the fields say.
#[derive(Debug, Default)]
pub(crate) struct Fields {
    pub(crate) hosts: usize,
    pub(crate) body: Body,
    pub(crate) close: bool,
    pub(crate) keep_alive: bool,
    pub(crate) expects_continue: bool,
}

/// How the body is sent.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) enum Body {
    #[default]
    None,
    Length(u64),
    Chunked,
    /// In a coding that we do not know.
    Unknown,
}

/// Reads the fields that matter. The others may say what they like.
pub(crate) fn fields(headers: &[Header<'_>]) -> Result<Fields, Status> {
    let mut fields = Fields::default();
    for Header { name, value } in headers {
        // The length tells most of them apart.
        match name.len() {
            4 if name.eq_ignore_ascii_case("host") => {
                if !is_host(value) {
                    return Err(Status::BadRequest);
                }
                fields.hosts += 1;
            }
            6 if name.eq_ignore_ascii_case("expect") => {
                if !value.eq_ignore_ascii_case(b"100-continue") {
                    return Err(Status::ExpectationFailed);
                }
                fields.expects_continue = true;
            }
            10 if name.eq_ignore_ascii_case("connection") => {
                for token in tokens(value) {
                    fields.close |= token.eq_ignore_ascii_case(b"close");
                    fields.keep_alive |= token.eq_ignore_ascii_case(b"keep-alive");
                }
            }
            14 if name.eq_ignore_ascii_case("content-length") => {
                fields.body = with_length(&fields.body, value)?;
            }
            17 if name.eq_ignore_ascii_case("transfer-encoding") => {
                fields.body = with_coding(&fields.body, value)?;
            }
            _ => {}
        }
    }
    Ok(fields)
}

/// Where two fields disagree on the end of a message, somebody on the way may see another end than we
/// do: such a message is refused.
fn with_length(so_far: &Body, value: &[u8]) -> Result<Body, Status> {
    let length = number(value).ok_or(Status::BadRequest)?;
    match so_far {
        Body::None => Ok(Body::Length(length)),
        Body::Length(other) if *other == length => Ok(Body::Length(length)),
        _ => Err(Status::BadRequest),
    }
}

fn with_coding(so_far: &Body, value: &[u8]) -> Result<Body, Status> {
    match so_far {
        Body::None if value.eq_ignore_ascii_case(b"chunked") => Ok(Body::Chunked),
        Body::Length(_) => Err(Status::BadRequest),
        _ => Ok(Body::Unknown),
    }
}

/// Whether these are the letters of a host's name or address and a port (RFC 3986, section 3.2.2). The
/// field may be empty.
fn is_host(value: &[u8]) -> bool {
    let is_letter =
        |byte: &u8| byte.is_ascii_alphanumeric() || b"-._~!$&'()*+,;=%:[]".contains(byte);
    value.iter().all(is_letter)
}

/// Digits alone: no sign, no blanks.
fn number(value: &[u8]) -> Option<u64> {
    if value.is_empty() || !value.iter().all(u8::is_ascii_digit) {
        return None;
    }
    std::str::from_utf8(value).ok()?.parse().ok()
}

fn tokens(value: &[u8]) -> impl Iterator<Item = &[u8]> {
    value.split(|byte| *byte == b',').map(<[u8]>::trim_ascii)
}
