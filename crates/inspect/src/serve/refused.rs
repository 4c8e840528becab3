//! Why a request is not answered.

/// Each is a status of HTTP, and a line for whoever reads it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Refused {
    /// It is no HTTP.
    Malformed,
    /// It is for another site, or made by one.
    Foreign,
    /// There is nothing of that name.
    Unknown,
    /// It is not `GET`.
    Method,
    /// The head did not arrive in time.
    TooSlow,
    /// The head does not end.
    TooLong,
    /// Too many clients are served, or somebody takes a trace.
    Full,
}

impl Refused {
    pub(super) fn status(self) -> &'static str {
        match self {
            Refused::Malformed => "400 Bad Request",
            Refused::Foreign => "403 Forbidden",
            Refused::Unknown => "404 Not Found",
            Refused::Method => "405 Method Not Allowed",
            Refused::TooSlow => "408 Request Timeout",
            Refused::TooLong => "431 Request Header Fields Too Large",
            Refused::Full => "503 Service Unavailable",
        }
    }

    pub(super) fn reason(self) -> &'static str {
        match self {
            Refused::Malformed => "That is not a request, or has no Host.",
            Refused::Foreign => {
                "That is for another host, or comes from another site. Use the IP address or localhost, or allow the \
                 host by ServeOptions."
            }
            Refused::Unknown => {
                "There are: / /json/page /json/inspections /text /metrics /trace?seconds=5&executor=0"
            }
            Refused::Method => "There is only GET.",
            Refused::TooSlow => "The request has not arrived in time.",
            Refused::TooLong => "The request is too long.",
            Refused::Full => "Others are being served. Try again soon.",
        }
    }
}
