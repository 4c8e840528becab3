//! The command line.

use std::time::Duration;

use url::Url;

/// Oftener than that, the asking would be much of what there is to see.
const LEAST_INTERVAL: Duration = Duration::from_millis(100);

/// Shows what a program with a page of `inspect::serve` does, as `top` does for a machine.
///
/// Keys: 1 to 4 choose a view, the arrows a row; s sorts, / searches, space pauses, h helps, q quits.
#[derive(Debug, clap::Parser)]
#[command(name = "greenpool-top")]
pub(crate) struct Arguments {
    /// Where the program serves its page: HOST:PORT, or a URL
    #[arg(value_name = "ADDR", value_parser = address)]
    pub(crate) address: Url,

    /// How often to ask: a number of seconds, or one with the unit ms, s or min
    #[arg(long, value_name = "TIME", default_value = "1s", value_parser = interval)]
    pub(crate) interval: Duration,

    /// Prints everything once, as plain text, and ends; it takes a second, as rates need two looks
    #[arg(long)]
    pub(crate) once: bool,
}

fn address(text: &str) -> Result<Url, String> {
    let url = if text.contains("://") { text.to_owned() } else { format!("http://{text}/") };
    let url = Url::parse(&url).map_err(|error| format!("{error}; give HOST:PORT"))?;
    match url.scheme() {
        "http" | "https" => Ok(url),
        other => Err(format!("cannot fetch by {other}; give HOST:PORT")),
    }
}

fn interval(text: &str) -> Result<Duration, String> {
    let digits = text.trim_end_matches(|character: char| character.is_ascii_alphabetic());
    let seconds = match &text[digits.len()..] {
        "ms" => 1e-3,
        "" | "s" => 1.0,
        "min" => 60.0,
        other => return Err(format!("{other} is no unit; take ms, s or min")),
    };
    let number: f64 = digits.trim().parse().map_err(|_| format!("{digits:?} is no number"))?;
    let interval = Duration::try_from_secs_f64(number * seconds).map_err(|it| it.to_string())?;
    if interval < LEAST_INTERVAL {
        return Err(format!("less than {LEAST_INTERVAL:?}"));
    }
    Ok(interval)
}

#[cfg(test)]
mod tests {
    use super::{address, interval};
    use std::time::Duration;

    #[test]
    fn an_address_is_a_host_and_a_port_or_a_url() {
        let parsed = |text| address(text).map(String::from);
        assert_eq!(parsed("localhost:6060").unwrap(), "http://localhost:6060/");
        assert_eq!(parsed("[::1]:6060").unwrap(), "http://[::1]:6060/");
        assert_eq!(parsed("https://shop.internal/jobs/").unwrap(), "https://shop.internal/jobs/");
        assert!(parsed("file:///etc/passwd").is_err());
        assert!(parsed("no host").is_err());
    }

    #[test]
    fn an_interval_has_a_unit_or_is_in_seconds() {
        assert_eq!(interval("2"), Ok(Duration::from_secs(2)));
        assert_eq!(interval("0.5s"), Ok(Duration::from_millis(500)));
        assert_eq!(interval("250ms"), Ok(Duration::from_millis(250)));
        assert_eq!(interval("1min"), Ok(Duration::from_secs(60)));
        for refused in ["", "s", "1h", "-1", "0", "1ms", "nan", "1e300"] {
            assert!(interval(refused).is_err(), "{refused}");
        }
    }
}
