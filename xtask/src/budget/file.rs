//! `benches/budget.txt`: a line for each workload, its name and its instructions an operation.

use std::fs;
use std::path::PathBuf;

use crate::error::{Context, Error, Result};
use crate::workspace;

/// Where it is.
pub(super) const NAME: &str = "benches/budget.txt";

/// The lines in their order, comments too.
#[derive(Debug, PartialEq)]
pub(super) struct Budget(Vec<Line>);

#[derive(Debug, PartialEq)]
enum Line {
    Comment(String),
    Workload(String, f64),
}

/// What was counted, against the budget.
#[derive(Debug, Clone, Copy)]
pub(super) struct Standing {
    counted: f64,
    budget: f64,
}

impl Budget {
    /// Reads it.
    pub(super) fn load() -> Result<Self> {
        let file = path();
        let text = fs::read_to_string(&file).context(|| format!("cannot read {NAME}"))?;
        Budget::of_text(&text)
    }

    /// Writes it.
    pub(super) fn save(&self) -> Result<()> {
        fs::write(path(), self.to_text()).context(|| format!("cannot write {NAME}"))
    }

    /// The workloads in it, in their order.
    pub(super) fn names(&self) -> Vec<String> {
        let name = |line: &Line| match line {
            Line::Comment(_) => None,
            Line::Workload(name, _) => Some(name.clone()),
        };
        self.0.iter().filter_map(name).collect()
    }

    /// The instructions that an operation of this workload may take.
    pub(super) fn of(&self, wanted: &str) -> Option<f64> {
        self.0.iter().find_map(|line| match line {
            Line::Workload(name, instructions) if name == wanted => Some(*instructions),
            _ => None,
        })
    }

    /// How `counted` compares.
    pub(super) fn standing(&self, workload: &str, counted: f64) -> Standing {
        Standing { counted, budget: self.of(workload).unwrap_or(counted) }
    }

    /// From now on it may take so many.
    pub(super) fn set(&mut self, wanted: &str, counted: f64) {
        for line in &mut self.0 {
            if let Line::Workload(name, instructions) = line
                && name == wanted
            {
                *instructions = counted;
            }
        }
    }

    fn of_text(text: &str) -> Result<Self> {
        let line = |line: &str| {
            if line.is_empty() || line.starts_with('#') {
                return Ok(Line::Comment(line.to_owned()));
            }
            let words: Vec<&str> = line.split_whitespace().collect();
            match words[..] {
                [name, number] => number.parse().ok().map(|n| Line::Workload(name.to_owned(), n)),
                _ => None,
            }
            .ok_or_else(|| Error::new(format!("{NAME}: '{line}' is no name and number")))
        };
        Ok(Budget(text.lines().map(line).collect::<Result<_>>()?))
    }

    fn to_text(&self) -> String {
        let line = |line: &Line| match line {
            Line::Comment(comment) => format!("{comment}\n"),
            Line::Workload(name, instructions) => format!("{name} {instructions:.0}\n"),
        };
        self.0.iter().map(line).collect()
    }
}

impl Standing {
    /// How far it may be from the budget, in hundredths.
    pub(super) const PERCENT: f64 = 2.0;

    /// Whether it takes more than it may.
    pub(super) fn is_over(self) -> bool {
        self.change() > Self::PERCENT
    }

    /// What a table shows.
    pub(super) fn row(self, name: &str) -> [String; 5] {
        let verdict = match self.change() {
            _ if self.is_over() => "OVER",
            change if change < -Self::PERCENT => "thinner: bless it",
            _ => "",
        };
        let counts = [self.counted, self.budget].map(|count| format!("{count:.0}"));
        let [counted, budget] = counts;
        [name.to_owned(), counted, budget, format!("{:+.1} %", self.change()), verdict.to_owned()]
    }

    fn change(self) -> f64 {
        100.0 * (self.counted / self.budget - 1.0)
    }
}

fn path() -> PathBuf {
    workspace::root().join(NAME)
}

#[cfg(test)]
mod tests {
    use super::Budget;

    const TEXT: &str = "# instructions an operation\n\nspawn_join 1000\nyield 150\n";

    #[test]
    fn what_is_written_is_what_was_read() {
        let mut budget = Budget::of_text(TEXT).expect("it is a budget");
        assert_eq!(budget.to_text(), TEXT);
        budget.set("yield", 149.6);
        assert_eq!(budget.to_text(), TEXT);
        assert_eq!(budget.names(), ["spawn_join", "yield"]);
    }

    #[test]
    fn two_percent_more_is_too_much_and_less_is_told() {
        let budget = Budget::of_text(TEXT).expect("it is a budget");
        for (counted, is_over, told) in [
            (1019.0, false, ""),
            (1021.0, true, "OVER"),
            (981.0, false, ""),
            (979.0, false, "thinner: bless it"),
        ] {
            let standing = budget.standing("spawn_join", counted);
            assert_eq!(standing.is_over(), is_over, "{counted}");
            assert_eq!(standing.row("spawn_join")[4], told, "{counted}");
        }
    }

    #[test]
    fn a_line_that_is_none_is_an_error() {
        assert!(Budget::of_text("spawn_join\n").is_err());
        assert!(Budget::of_text("spawn_join many\n").is_err());
    }
}
